"""Which leads a call of amoCRM names.

A mass change comes as one form with every field of every lead, and nothing documented bounds it. So it is
read as it comes, and nothing of it is kept but the numbers.

https://www.amocrm.ru/developers/content/crm_platform/webhooks-format
"""

import logging
import re
from collections.abc import AsyncIterator

import aiohttp

# Thousands of leads with long fields. What is beyond is found by the next look, as if the call were lost.
LONGEST = 64 * 2**20

_NUMBER = re.compile(
    rb"leads(?:\[|%5B)(?:status|update)(?:\]|%5D)(?:\[|%5B)\d{1,6}(?:\]|%5D)(?:\[|%5B)id(?:\]|%5D)=(\d{1,18})",
    re.ASCII | re.IGNORECASE,
)
_LONGEST_NUMBER = 100  # bytes of such a field; of a longer one its beginning tells that it is another

log = logging.getLogger(__name__)


async def changed_leads(form: aiohttp.StreamReader) -> set[str]:
    found = set()
    async for field in _fields(form):
        number = _NUMBER.fullmatch(field)
        if number is not None:
            found.add(number[1].decode())
    return found


async def _fields(form: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Each as it stands in the form, a long one cut short."""
    rest, read = b"", 0
    async for chunk in form.iter_any():
        *fields, rest = (rest + chunk).split(b"&")
        for field in fields:
            yield field
        rest, read = rest[:_LONGEST_NUMBER], read + len(chunk)
        if read > LONGEST:
            log.warning("call of amocrm not read to its end")
            return
    yield rest
