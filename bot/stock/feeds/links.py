"""Addresses of listings: which site, and the number customers' links carry."""

import re
from urllib.parse import urlsplit

from bot.stock.feeds.record import Listing

_SITES = (
    ("avito", "avito.ru", re.compile(r"_(\d{6,})(?:$|/)|^/(?:items/)?(\d{6,})(?:$|/)")),
    ("autoru", "auto.ru", re.compile(r"/(\d{6,}-[0-9a-f]+)(?:$|/)")),
    ("drom", "drom.ru", re.compile(r"/(\d{6,})\.html$")),
)


def listing(url: str | None, external_id: str | None = None, site: str | None = None) -> Listing | None:
    """A listing of an address, a number, or both; None of nothing."""
    address = url if url and url.startswith(("https://", "http://")) and len(url) <= 512 else None
    if address:
        found_site, found_id = locate(address)
        return Listing(site or found_site, external_id or found_id, address)
    return Listing(site, external_id) if site and external_id and external_id != "0" else None


def locate(url: str) -> tuple[str, str | None]:
    """(site, listing number) of an address; any other host is the dealer's own `site`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    for site, domain, pattern in _SITES:
        if host == domain or host.endswith("." + domain):
            match = pattern.search(parts.path)
            return site, next((g for g in match.groups() if g), None) if match else None
    return "site", None
