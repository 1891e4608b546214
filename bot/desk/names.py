"""What the people of the departments call a customer: by his name when it can be seen, else by his number."""

import unicodedata

# Marks, controls, formats and spaces. What Unicode does not know yet may be a new emoji.
_UNSEEN = frozenset(("Mn", "Mc", "Me", "Cc", "Cf", "Cs", "Zs", "Zl", "Zp"))
# Letters and symbols that are drawn as nothing; Telegram takes most of them for spaces.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")


def visible(name: str | None) -> str | None:
    """The name in one line; None when nothing of it would be seen."""
    line = " ".join((name or "").split())
    return line if any(map(_is_seen, line)) else None


def name_of(name: str | None, conversation_id: int) -> str:
    """«Клиент 17» for who has no name, or one that cannot be seen."""
    return visible(name) or f"Клиент {conversation_id}"


def _is_seen(character: str) -> bool:
    return character not in _BLANKS and unicodedata.category(character) not in _UNSEEN
