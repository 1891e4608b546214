"""Numbers as the customer hears of them, and what the caller should know beside them."""

import re

from actions import wording
from actions.calendar import Wish, wish_of
from actions.say import Say, say
from actions.turn import Turn

CODES = "3489"  # what a Russian number may begin with after its 8 or +7
FULL, CITY = 10, 7  # digits without the country, and without the town
ABOUT_SUMS = ("manager_price", "credit_check", "selection")  # «900» is an offer there
MISCOUNTED = {1: "одной", 2: "двух", 3: "трёх", 4: "четырёх", 5: "пяти"}
TOO_MANY = {1: "одна лишняя", 2: "две лишние", 3: "три лишние"}
ANOTHER = re.compile(
    r"\bещ[её]\b|\bдополнительн|\bзапасн|\bтакже\b|\bвтор(?:ой|ого)\b|\b(?:жен|муж|сын|доч|брат(?!ь)|сестр)\w*",
    re.I,
)
MISTAKEN = re.compile(
    r"\bне тот\b|ошиб|опечат|\bне(?:верн|правильн)|перепута|исправ|поправ|\bверный|\bправильный|\bточнее\b"
    r"|сменил",
    re.I,
)
CHANNELS = {
    "Telegram": re.compile(r"телег|\bтг\b|telegram", re.I),
    "WhatsApp": re.compile(r"\bв[ао][тц]\w*ап|whats", re.I),
    "Viber": re.compile(r"вайбер|viber", re.I),
    "ВКонтакте": re.compile(r"\bвк\b|вконтакт", re.I),
    "СМС": re.compile(r"\bсмс\w*|\bsms\b", re.I),
    "переписка": re.compile(
        r"не звон|без звонк|только (?:писать|пишите|переписк)|лучше (?:писать|пишите)", re.I
    ),
}


def spoken(phone: str) -> str:
    """`+79161234567` → «+7 916 123-45-67»; others as they are."""
    match = re.fullmatch(r"\+7(\d{3})(\d{3})(\d{2})(\d{2})", phone)
    return "+7 {} {}-{}-{}".format(*match.groups()) if match else phone


def tail(phone: str) -> str:
    """«45-67»: enough to be recognised by its owner."""
    return f"{phone[-4:-2]}-{phone[-2:]}"


def given(turn: Turn) -> tuple[str, ...]:
    """Numbers that can be called, in the order said; of «не 8…8, а 8…7» the second, corrected ones last."""
    valid = [e for e in turn.heard.all("phone") if e.extra.get("valid", True)]
    meant = [e for e in valid if not re.search(r"\bне\s*$", turn.heard.text[: e.start])] or valid
    numbers = tuple(dict.fromkeys(str(e.value) for e in meant))
    return numbers[-1:] if MISTAKEN.search(turn.heard.text) else numbers


def broken(turn: Turn) -> str | None:
    """As the customer wrote it; a few digits alone when the number was asked for."""
    written = next((str(e.value) for e in turn.heard.all("phone") if not e.extra.get("valid", True)), None)
    return written or (turn.heard.text.strip() if is_short(turn) else None)


def is_short(turn: Turn) -> bool:
    """«112», «900»: nothing but a few digits where a phone is awaited."""
    pending = turn.pending
    if pending is None or pending.awaits != "phone" or pending.step in (None, *ABOUT_SUMS):
        return False
    return bool(re.fullmatch(r"[\s*#]*\d{3,6}[\s.!#]*", turn.heard.text))


def mistake_in(written: str) -> Say:
    """What is wrong with it, kindly and exactly."""
    digits = "".join(filter(str.isdecimal, written))
    national = digits[1:] if digits[:1] in ("7", "8") and digits[1:2] in tuple(CODES) else digits
    if national.startswith("80") and len(national) == FULL:
        return say("utter_phone_toll_free", number=written)
    if len(national) < CITY - 1:
        return say("utter_phone_too_short", number=written)
    if len(national) == CITY and national == digits:
        return say("utter_phone_no_code", number=written)
    if len(national) == FULL:
        return say("utter_phone_unknown", number=written)
    return _miscounted(written, len(digits), len(digits) - len(national) + FULL)


def _miscounted(written: str, count: int, needed: int) -> Say:
    values = {"number": written, "count": wording.plural(count, "цифра", "цифры", "цифр"), "needed": needed}
    if count < needed:
        return say("utter_phone_lacks", **values, lacking=MISCOUNTED.get(needed - count, "нескольких"))
    return say("utter_phone_exceeds", **values, extra=TOO_MANY.get(count - needed, "есть лишние"))


def wished(turn: Turn) -> str | None:
    """«завтра после 18:00»: when he wishes to be called, as it is said to him."""
    wish = _wish(turn)
    if wish is None:
        return None
    day = wording.day(wish.date, turn.now.date()) if wish.date else None
    return " ".join(filter(None, (day, wish.words)))


def _wish(turn: Turn) -> Wish | None:
    return wish_of(turn.heard.any_of("day"), turn.heard.any_of("time"), turn.now)


def notes(turn: Turn) -> dict[str, object]:
    """How and when he wishes to be called, by this message."""
    found: dict[str, object] = {}
    channels = [name for name, words in CHANNELS.items() if words.search(turn.heard.text)]
    wish = _wish(turn)
    email = turn.heard.first("email")
    extension = next((e.extra["extension"] for e in turn.heard.all("phone") if "extension" in e.extra), None)
    if channels:
        found["channel"] = ", ".join(channels)
    if wish:
        date = f"{wish.date:%d.%m}" if wish.date else ""
        found["wished_time"] = " ".join(filter(None, (date, wish.words)))
    if email:
        found["email"] = email
    if extension:
        found["extension"] = extension
    return found
