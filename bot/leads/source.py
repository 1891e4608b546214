"""Where a contact came from: the marks of an advertisement in the address he came by."""

from urllib.parse import parse_qsl, urlsplit

MARKS = ("source", "medium", "campaign", "content", "term")
LONGEST = 128


def utm(listing_ref: str | None) -> dict[str, str]:
    """`utm_source=avito` as `source`: `avito`; empty when the address has no marks."""
    try:
        query = parse_qsl(urlsplit(listing_ref or "").query, max_num_fields=50)
    except ValueError:
        return {}
    found = dict(reversed([(key.lower(), value) for key, value in query]))
    return {mark: found[f"utm_{mark}"][:LONGEST] for mark in MARKS if found.get(f"utm_{mark}")}
