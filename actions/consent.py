"""Consent to the processing of personal data (152-ФЗ): shown, given, refused, taken back; forgetting."""

import json
import re
from collections.abc import Sequence

from actions import advertising, phones
from actions.memory import Aside, Memory
from actions.nextstep import TOPIC_OF
from actions.say import Answer, Choice, say
from actions.turn import Turn
from bot.contract import (
    ConsentRefused,
    ConsentShown,
    ConsentWithdrawn,
    Effect,
    ForgetMe,
    NextStep,
    RefusedPhone,
)

_TAKE_BACK = r"(?:отзыва|отозва|отзов|отозов|аннулир)\w*"
WITHDRAWS = re.compile(
    rf"\b{_TAKE_BACK}\b.{{0,60}}\bсогласи|\bсогласи\w*\b.{{0,60}}\b{_TAKE_BACK}"
    r"|\bбольше не соглас\w+ на обработк"
    # Not «не даю согласия на кредит».
    r"|\bне даю (?:вам |сво\w+ )?согласи\w*(?= на (?:обработ|перс|хран|использ)|\W*$)",
    re.I,
)
_DELETE = (
    r"(?:удал(?:и|ите|ить|яйте)|сотр(?:и|ите)|стереть|забуд(?:ь|ьте)|убер(?:и|ите)|убрать|уничтож\w+"
    r"|вычеркните)"
)
_MINE = (
    r"(?:мо[ийюяё]\w*|вс(?:[её]|ю)|персональн\w+|личн\w+|эти)\s+(?:\w+\s+){0,2}?"
    r"(?:данн|номер|телефон|контакт|переписк|сообщен)"
)
# Of him, and not «уберите 20 тысяч, у меня наличные» or «вычеркните меня на субботу».
_DAYS = r"(?:понедел|вторн|сред|четверг|пятниц|суббот|воскресен|сегодня|завтра|послезавтра)"
_ME = rf"(?<!у )меня\b(?! (?:со?|из|на|в) (?:запис|тест|осмотр|визит|{_DAYS}))"
# A letter at a time: what can be read in two ways takes for ever on a hostile message.
_WITHIN = r"(?:[^.,?!\n]|,(?= пожалуйста)|(?<=пожалуйста),){0,40}?"
FORGETS = re.compile(
    rf"\b(?<!не ){_DELETE}\b(?:[^.?!\n]{{0,40}}?\b(?:{_MINE}|обо мне\b)|{_WITHIN}\b{_ME})"
    rf"|\b(?:{_MINE}\w*|{_ME}){_WITHIN}\b(?<!не ){_DELETE}\b",
    re.I,
)
AGREES = re.compile(r"\bсоглас(?:ен|на)\b(?=.*\bобработк)|^\W*(?:да\W+)?(?:я\s+)?соглас(?:ен|на)\W*$", re.I)
AGREES_BESIDES = re.compile(r"(?<!не )\bсоглас(?:ен|на)\b", re.I)
TAKES_BACK = re.compile(rf"\b{_TAKE_BACK}", re.I)
DELETES = re.compile(r"^\W*(?:да\W+)*(?:конечно\W+)?(?:удал\w+|стирай\w*|1)\b", re.I)
KEEPS = re.compile(r"\bостав\w+|\bпередумал|^\W*2\W*$", re.I)
FIRST, SECOND = re.compile(r"\W*1\W*"), re.compile(r"\W*2\W*")  # of buttons that became a numbered list

READ = ("shown", "refused")  # the present text has reached him, and he has not agreed to it


def asked_of(turn: Turn) -> tuple[str, ...]:
    """What of personal data this message is about; read by its words, whatever intent was guessed."""
    of_advertising = advertising.asked_of(turn)
    others = advertising.STOPS.sub(" ", turn.heard.text)
    if of_advertising is None:
        asked = _pressed(turn) or _about_processing(turn, others)
        return (asked,) if asked else ()
    if WITHDRAWS.search(others):
        return ("withdraw_consent",)  # advertising ends with it
    return (of_advertising, *_besides(turn, others))


def _besides(turn: Turn, text: str) -> tuple[str, ...]:
    """«согласна, только без рекламы»: a no to advertising is none to anything else."""
    if FORGETS.search(text):
        return ("ask_to_forget",)
    awaited = turn.aside is not None and turn.aside.awaits == "agreement"
    return ("agree_consent",) if awaited and AGREES_BESIDES.search(text) else ()


def _about_processing(turn: Turn, text: str) -> str | None:
    awaited = turn.aside.awaits if turn.aside else None
    if WITHDRAWS.search(text):
        return "decline_consent" if awaited == "agreement" else "withdraw_consent"
    if FORGETS.search(text) and not phones.given(turn) and awaited != "forget":
        return "ask_to_forget"
    if awaited == "forget":
        return _about_forgetting(turn)
    if awaited == "withdrawal":
        return _about_withdrawal(turn)
    return _about_agreement(turn, awaited == "agreement")


def _pressed(turn: Turn) -> str | None:
    yes = turn.heard.says("affirm")
    match turn.heard.first("forget"):
        case "all":
            return "forget" if yes else "keep_data"
        case "consent":
            return "withdraw_consent" if yes else "keep_consent"
    version = turn.heard.first("consent")
    if version is None:
        return None
    if not yes:
        return "decline_consent"
    return "agree_consent" if version == turn.dealer.consent.version else "show_consent"


def _about_forgetting(turn: Turn) -> str | None:
    text, heard = turn.heard.text, turn.heard
    if heard.says("deny") or KEEPS.search(text):
        return "keep_data"
    return "forget" if DELETES.search(text) or (heard.says("affirm") and not heard.questions) else None


def _about_withdrawal(turn: Turn) -> str | None:
    """Only a plain answer is one: the agreement that he gave holds until he takes it back."""
    text, heard = turn.heard.text, turn.heard
    if heard.says("deny") or KEEPS.search(text):
        return "keep_consent"
    said = heard.says("affirm") and not heard.questions
    return "withdraw_consent" if said or TAKES_BACK.search(text) or FIRST.fullmatch(text) else None


def _about_agreement(turn: Turn, awaited: bool) -> str | None:
    heard = turn.heard
    if awaited and (heard.says("deny", "refuse_phone") or SECOND.fullmatch(heard.text)):
        return "decline_consent"
    if awaited and (heard.says("affirm") or FIRST.fullmatch(heard.text)):
        return "agree_consent"
    offered = turn.pending is not None and turn.pending.step is not None and not turn.pending.passed
    waits = turn.meta.consent in READ and turn.meta.phone_known and not offered
    return "agree_consent" if waits and AGREES.search(heard.text) else None


def holds(turn: Turn, numbers: Sequence[str]) -> bool:
    """Whether he agreed, or agrees by sending a number after the text that says so."""
    if turn.meta.consent == "given":
        return True
    asked = turn.aside is not None and turn.aside.awaits == "agreement"
    return turn.meta.consent == "shown" and bool(numbers) and not asked


def ask(turn: Turn, aside: Aside, phone: str | None) -> Answer:
    """The number is kept but told to nobody until he agrees."""
    turn.memory.aside = aside.model_copy(update={"awaits": "agreement"})
    whom = turn.dealer.departments[turn.department(aside.topic)].whom
    saved = [say("utter_phone_held", tail=phones.tail(phone))] if phone else []
    text = say("utter_consent_ask", whom=whom, url=turn.dealer.consent.url)
    shown_now = ConsentShown(version=turn.dealer.consent.version, question=True)
    return Answer([*saved, text], effects=[shown_now], choices=_choices(turn, aside))


def _choices(turn: Turn, aside: Aside) -> list[Choice]:
    values = json.dumps({"consent": turn.dealer.consent.version, "step": aside.step})
    return [Choice("Согласен", f"/affirm{values}"), Choice("Не согласен", f"/deny{values}")]


def asked_with(turn: Turn) -> Aside:
    """The step that the agreement was asked for; a late button says it itself."""
    if turn.aside is not None and turn.aside.awaits == "agreement":
        return turn.aside
    pressed = turn.heard.first("step")
    step: NextStep = next((step for step in TOPIC_OF if step == pressed), "call_back")
    return Aside(awaits="agreement", step=step, topic=TOPIC_OF[step])


async def show(turn: Turn) -> Answer:
    """The text has changed since that button was sent, or had not reached him when he agreed."""
    return ask(turn, asked_with(turn), None)


async def decline(turn: Turn) -> Answer:
    version = str(turn.heard.first("consent") or turn.dealer.consent.version)
    effects: list[Effect] = [RefusedPhone(), ConsentRefused(version=version)]
    if turn.meta.consent_holds:
        return _ask_of_earlier(turn, effects)
    address = turn.dealer.departments[turn.department(asked_with(turn).topic)].address
    phone = turn.dealer.addresses[address].phone
    return Answer([say("utter_consent_declined", phone=phone)], effects=effects)


def _ask_of_earlier(turn: Turn, effects: list[Effect]) -> Answer:
    """People know his number by an agreement that he gave before: to say that nobody does would be untrue."""
    turn.memory.aside = Aside(awaits="withdrawal")
    yes, no = (f'/{intent}{{"forget": "consent"}}' for intent in ("affirm", "deny"))
    choices = [Choice("Отозвать", yes), Choice("Оставить", no)]
    return Answer([say("utter_consent_earlier")], effects=effects, choices=choices)


async def keep_earlier(turn: Turn) -> Answer:
    return Answer([say("utter_consent_kept")])


async def withdraw(turn: Turn) -> Answer:
    return Answer([say("utter_consent_withdrawn")], effects=[ConsentWithdrawn()])


async def ask_to_forget(turn: Turn) -> Answer:
    turn.memory.aside = Aside(awaits="forget")
    yes, no = (f'/{intent}{{"forget": "all"}}' for intent in ("affirm", "deny"))
    return Answer([say("utter_forget_ask")], choices=[Choice("Удалить", yes), Choice("Оставить", no)])


async def forget(turn: Turn) -> Answer:
    """The dialogue forgets at once; the rest is the gateway's."""
    turn.memory, turn.pending = Memory(), None
    return Answer([say("utter_forget_done")], effects=[ForgetMe()])


async def keep(turn: Turn) -> Answer:
    return Answer([say("utter_forget_kept")])
