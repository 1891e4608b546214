"""The phone: given, broken, corrected, refused; each contact becomes a lead with its next step."""

import re
from collections.abc import Sequence

from actions import consent, phones
from actions.booking import MOVES
from actions.memory import Aside, Pending
from actions.nextstep import TOPIC_OF, asks_for_number
from actions.promise import answer_time
from actions.say import Answer, Choice, Say, say
from actions.turn import Turn
from bot.contract import CapturedLead, ConsentGiven, Effect, NextStep, RefusedPhone

WHICH = (re.compile(r"\b(?:1|перв\w+|любой|любому)\b", re.I), re.compile(r"\b(?:2|втор\w+)\b", re.I))
# People name their own number before that of the wife.
WHOSE = (
    re.compile(r"\b(?:мой|мо[её]му|мне)\b", re.I),
    re.compile(r"\b(?:жен|муж|сын|доч|брат|сестр|мам|пап)\w*", re.I),
)

# «завтра к шести» after the number is when to call; «запишите на завтра посмотреть» is a visit.
COMING = re.compile(
    r"запи[сш]|под[ъь]е|при(?:ед|ех|ду)|посмотр|глян|зае[дх]|осмотр|визит|тест|брон|прокат", re.I
)
CALL = re.compile(r"звон|набер|набир|связ|пиш|напис", re.I)
CALL_ME = re.compile(r"\b(?:по|пере)?звоните?\b|\bнабер(?:и|ите)\b|\bнабирайте?\b", re.I)
# «зачем вы звоните» is no wish to be called.
NO_CALL = re.compile(r"\b(?:не|зачем|почему|опять|снова|хватит|вы|вс[её] (?:ещ[её]|равно))\b", re.I)
NAMED = re.compile(r"\b(?:зовут|имя)\b", re.I)
# What is sent, without a word on the phone.
SENT: tuple[NextStep, ...] = ("history_report", "inspection_video", "extra_photos")
# A day or an hour beside the number is that of coming.
ABOUT_COMING: tuple[NextStep, ...] = ("test_drive", "hold_car")


async def give(turn: Turn) -> Answer:
    """A number in the message, or the promise of one."""
    numbers, broken = phones.given(turn), phones.broken(turn)
    if numbers and turn.meta.phone_known and _is_another(turn, numbers[0]):
        return lead(turn, (), other=numbers[0])
    if _is_told_again(turn, numbers):
        turn.memory.aside = turn.aside
        return Answer([say("utter_phone_same", number=phones.spoken(numbers[0]))])
    if numbers:
        return lead(turn, numbers)
    if not broken and turn.meta.phone_known:
        return lead(turn, ())
    turn.await_(turn.pending or Pending(awaits="phone"))
    if broken:
        return Answer([phones.mistake_in(broken)])
    return _waiting(turn)


def _is_another(turn: Turn, number: str) -> bool:
    """«запишите ещё номер жены» leaves the first one as it is; «ещё раз: 8916…» says it again."""
    if turn.meta.phone_tail is not None and number.endswith(turn.meta.phone_tail):
        return False
    text = turn.heard.text
    return bool(phones.ANOTHER.search(text)) and not phones.MISTAKEN.search(text)


def _is_told_again(turn: Turn, numbers: Sequence[str]) -> bool:
    """The same number once more and nothing new with it: what it is for was promised already."""
    step, tail = turn.memory.contact.step, turn.meta.phone_tail
    if step is None or tail is None or turn.meta.consent != "given":
        return False
    asked = turn.pending.step if turn.pending else None
    new = phones.notes(turn) or turn.heard.first("person") or asked not in (None, step)
    return bool(numbers) and not new and all(number.endswith(tail) for number in numbers)


def asks_to_call_after_all(turn: Turn) -> bool:
    """«ладно, звоните» of one who took his consent back, or refused it: he is asked for it anew."""
    heard = turn.heard
    if turn.meta.consent not in ("withdrawn", "refused") or set(heard.questions) or heard.says("complain"):
        return False
    return bool(CALL_ME.search(heard.text)) and not NO_CALL.search(heard.text)


async def agree(turn: Turn) -> Answer:
    """«да» to the offered step."""
    if turn.meta.phone_known:
        return lead(turn, ())
    turn.await_(turn.pending)
    return _waiting(turn)


def _waiting(turn: Turn) -> Answer:
    step = turn.pending.step if turn.pending else None
    says, effects = asks_for_number(turn, step or "call_back")
    return Answer([say("utter_phone_waiting"), *says], effects=effects)


def lead(turn: Turn, numbers: Sequence[str], other: str | None = None) -> Answer:
    """Without numbers the one the person gave before is meant. Told to people only with his consent."""
    pending = _frame(turn, numbers)
    step: NextStep = pending.step or "call_back"
    second = other or (numbers[1] if len(numbers) > 1 else None)
    details = _details(turn, pending) | ({"other_phone": second} if second else {})
    captured = _captured(turn, pending, numbers[0] if numbers else None, details)
    aside = Aside(awaits="call", step=step, topic=pending.topic, phones=tuple(numbers))
    turn.memory.contact.step = step
    if not consent.holds(turn, numbers):
        asked = consent.ask(turn, aside, numbers[0] if numbers else None)
        return Answer(asked.says, effects=[captured, *asked.effects], choices=asked.choices)
    effects: list[Effect] = [captured]
    if turn.meta.consent != "given":
        effects.append(ConsentGiven(how="number_after_text"))
    promised = promise(turn, step, pending.topic, phones.wished(turn) if "wished_time" in details else None)
    told = Answer([*_saved(turn, numbers, other), promised], effects=effects)
    return _ask_which(turn, aside, told)


def _frame(turn: Turn, numbers: Sequence[str]) -> Pending:
    """What the number is for: a corrected one, for what the wrong one was."""
    pending = turn.pending or Pending(awaits="phone")
    if pending.passed and pending.step in SENT and CALL.search(turn.heard.text):
        # «ладно, 8916…, звоните»: it was not offered, and he says himself what he wants.
        return pending.model_copy(update={"step": "call_back"})
    before = turn.memory.contact.step
    if pending.step or before is None or not (numbers and turn.meta.phone_known):
        return pending
    return Pending(awaits="phone", step=before, topic=TOPIC_OF[before])


def _captured(turn: Turn, pending: Pending, phone: str | None, details: dict[str, object]) -> CapturedLead:
    return CapturedLead(
        phone=phone,
        name=turn.heard.first("person") or turn.meta.name,
        step=pending.step or "call_back",
        topic=pending.topic,
        department=turn.department(pending.topic),
        car_id=turn.car.id if turn.car else turn.meta.focus_car_id,
        details=details,
        corrects=phone is not None and turn.meta.phone_known,
    )


def promise(turn: Turn, step: NextStep, topic: str, wished: str | None = None) -> Say:
    """Who does what of the step, and when; at a time that was `wished` nobody is rung up before it."""
    department = turn.department(topic)
    who = turn.dealer.departments[department].title
    if wished is not None and step not in (*SENT, *ABOUT_COMING):
        return say("utter_lead_wished", who=who, wish=wished)
    return say("utter_lead_" + step, who=who, when=answer_time(turn, department))


def _saved(turn: Turn, numbers: Sequence[str], other: str | None) -> list[Say]:
    if other:
        return [say("utter_phone_another", number=phones.spoken(other))]
    if not numbers:
        return []
    number = phones.spoken(numbers[0])
    if len(numbers) > 1:
        return [say("utter_phone_two", number=number, other=phones.spoken(numbers[1]))]
    changed = turn.meta.phone_tail is not None and not numbers[0].endswith(turn.meta.phone_tail)
    mistaken = turn.meta.phone_known and phones.MISTAKEN.search(turn.heard.text)
    return [say("utter_phone_corrected" if changed or mistaken else "utter_phone_saved", number=number)]


def _ask_which(turn: Turn, aside: Aside, told: Answer) -> Answer:
    """After two numbers, which of them to call. The first is called until he says."""
    turn.memory.aside = aside
    if len(aside.phones) < 2:
        return told
    turn.memory.aside = aside.model_copy(update={"awaits": "which_phone"})
    told.says.append(say("utter_phone_which"))
    told.choices = [Choice(phones.spoken(n), f'/give_phone{{"phone": "{n}"}}') for n in aside.phones[:2]]
    return told


async def agreed(turn: Turn) -> Answer:
    """The consent was given: what was held back goes on its way."""
    aside = consent.asked_with(turn)
    if turn.meta.consent == "given":
        return Answer([say("utter_consent_known")])
    if turn.meta.pressed is None and turn.meta.consent not in consent.READ:
        return await consent.show(turn)
    given = ConsentGiven(how="button" if turn.meta.pressed else "words")
    thanks = [say("utter_consent_thanks"), promise(turn, aside.step, aside.topic)]
    return _ask_which(turn, aside.model_copy(update={"awaits": "call"}), Answer(thanks, effects=[given]))


async def choose(turn: Turn) -> Answer:
    """«лучше второй» of two numbers."""
    aside = turn.aside or Aside(awaits="which_phone")
    chosen = _chosen(turn.heard.text, aside.phones) or aside.phones[0]
    told = Answer([say("utter_phone_chosen", number=phones.spoken(chosen))])
    if chosen != aside.phones[0]:
        pending = Pending(awaits="phone", step=aside.step, topic=aside.topic)
        details = _details(turn, pending) | {"other_phone": aside.phones[0]}
        told.effects.append(_captured(turn, pending, chosen, details))
    return told


def chooses_phone(turn: Turn) -> bool:
    aside = turn.aside
    if aside is None or aside.awaits != "which_phone" or len(turn.heard.text) > 40:
        return False
    if set(phones.given(turn)) - set(aside.phones):
        return False
    return _chosen(turn.heard.text, aside.phones) is not None


def _chosen(text: str, numbers: Sequence[str]) -> str | None:
    told = (*zip(WHICH, numbers, strict=False), *zip(WHOSE, numbers, strict=False))
    for pattern, number in told:
        if pattern.search(text):
            return number
    digits = "".join(filter(str.isdecimal, text))
    fitting = [number for number in numbers if len(digits) >= 2 and digits in number]
    return fitting[0] if len(fitting) == 1 else None


async def note(turn: Turn) -> Answer:
    """«после 18», «только в Телеграм», «Анна» after the number: for the one who calls."""
    step = turn.memory.contact.step or "call_back"
    aside = turn.aside or Aside(awaits="call", step=step, topic=TOPIC_OF[step])
    pending = Pending(awaits="phone", step=aside.step, topic=aside.topic)
    captured = _captured(turn, pending, None, _details(turn, pending))
    turn.memory.aside = aside
    name = turn.heard.first("person")
    told = say("utter_phone_named", person=name) if name else say("utter_phone_noted")
    return Answer([told], effects=[captured])


def names_hour_of_call(turn: Turn) -> bool:
    """«звоните после шести» beside the number is no hour of a visit; nor is «после шести» beside one that
    was asked for something else.
    """
    text, pending = turn.heard.text, turn.pending
    if COMING.search(text) or MOVES.search(text):
        return False
    if turn.meta.visit is not None:
        return bool(CALL.search(text))
    return pending is not None and pending.step is not None and pending.step not in ABOUT_COMING


def is_note(turn: Turn) -> bool:
    return _is_note_at_once(turn) or _is_late_note(turn)


def _is_note_at_once(turn: Turn) -> bool:
    """Right after the number, when the message is about nothing else."""
    heard = turn.heard
    if turn.aside is None or turn.aside.awaits != "call" or heard.all("phone") or heard.says("complain"):
        return False
    visits = turn.aside.step == "test_drive" or turn.meta.visit is not None or COMING.search(heard.text)
    if set(heard.questions) - {"book_visit"} or (visits and heard.says("book_visit")):
        return False
    if heard.says("request_human") and not CALL.search(heard.text):
        return False
    return bool(phones.notes(turn) or heard.first("person"))


def _is_late_note(turn: Turn) -> bool:
    """Some messages later, when it can be nothing else: «пишите только в телеграм», «меня Анна зовут»."""
    heard, contact = turn.heard, turn.memory.contact
    if contact.step is None or turn.meta.consent != "given" or not turn.meta.phone_known:
        return False
    if not set(heard.intents) <= {"refuse_phone", "request_human", "greet", "out_of_scope", "nlu_fallback"}:
        return False
    return _is_named(turn) or ("channel" in phones.notes(turn) and bool(CALL.search(heard.text)))


def _is_named(turn: Turn) -> bool:
    """«Виктор», «меня Анна зовут»; a name in other words may be anybody's."""
    text, name = turn.heard.text, turn.heard.first("person")
    return name is not None and (text.strip(" .,!").lower() == name.lower() or bool(NAMED.search(text)))


async def refuse(turn: Turn) -> Answer:
    return Answer([say("utter_phone_refused")], effects=[RefusedPhone()])


def _details(turn: Turn, pending: Pending) -> dict[str, object]:
    """What the manager should know before the call; only what was really said."""
    details: dict[str, object] = {k: v for k, v in pending.details.items() if v is not None}
    credit = turn.memory.credit.model_dump(exclude_none=True)
    own_car = turn.memory.own_car.model_dump(exclude_none=True)
    for name, value in (("credit", credit), ("own_car", own_car)):
        if value:
            details[name] = value
    noted = phones.notes(turn)
    if "date" in details:  # the day and hour of this message are the visit's
        noted.pop("wished_time", None)
    return details | noted
