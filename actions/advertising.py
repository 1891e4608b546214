"""Consent to advertising (38-ФЗ, article 18): offered once beside a courtesy, a condition of nothing."""

import json
import re

from actions.memory import Aside
from actions.say import Answer, Choice, say
from actions.turn import Turn
from bot.contract import ConsentGiven, ConsentRefused, ConsentShown, ConsentWithdrawn

_ADVERTISING = r"(?:реклам\w*|рассыл(?:к\w+|ок)|спам\w*)"
# What may also be asked about: an order not to send it is needed.
_NEWS = rf"(?:{_ADVERTISING}|акци\w+|новост\w+|промо\w*|предложени\w+)"
_SEND = r"(?:присыла(?:йте|й|ть)|отправля(?:йте|й|ть)|рассыла(?:йте|й|ть)|шлите|шли|слать)"
_ENOUGH = r"(?:хватит|довольно|прекрати\w*|перестан\w+)"
_UNWANTED = r"не\s+(?:надо|нужн\w+|хо(?:чу|тим))"
_TURN_OFF = r"(?:отключи|отмени|останови|убери)(?:те|ть)?"
STOPS = re.compile(
    rf"\b(?:не|{_ENOUGH})\s+(?:\w+\s+){{0,2}}?{_SEND}\s+(?:\w+\s+){{0,3}}?{_NEWS}"
    rf"|\b{_NEWS}\s+(?:\w+\s+){{0,2}}?не\s+(?:надо\s+)?{_SEND}"
    rf"|\b(?:{_ENOUGH}|{_UNWANTED}|{_TURN_OFF}|без|отказ\w+\s+от)\s+(?:\w+\s+){{0,2}}?{_ADVERTISING}"
    rf"|\b{_ADVERTISING}\s+(?:\w+\s+){{0,2}}?(?:{_UNWANTED}|{_TURN_OFF})\b"
    rf"|\b(?:отзыва|отзов|отозва)\w*\s+(?:\w+\s+){{0,2}}?согласи\w+\s+на\s+(?:\w+\s+)?{_ADVERTISING}"
    r"|\b(?:удали|убери|исключи|вычеркни)(?:те|ть)?\s+меня\s+из\s+(?:\w+\s+)?рассыл\w+"
    # «отпишитесь по цене» asks for an answer.
    r"|\bотпиши(?:те)?\s+меня\b|\bотписаться\s+от\b|\bхочу\s+отписаться\b"
    r"|^\W*отпиши(?:те)?(?:\W+пожалуйста)?\W*$",
    re.I,
)
# A plain answer and nothing else: «да, но не сейчас» is no agreement, «не надо звонить» is about the phone.
_AROUND = r"(?:спасибо|пожалуйста|мне|это|ничего|присылать|присылайте?|можно|конечно|хочу)"
_YES = re.compile(
    rf"\W*(?:да|давайте|присылайте?|хочу|можно|конечно|соглас(?:ен|на))(?:\W+{_AROUND})*\W*", re.I
)
_NO = re.compile(
    rf"\W*(?:спасибо\W+)?(?:нет|не\s+(?:надо|нужно|хочу|стоит|присылайте?|интересно|соглас(?:ен|на)))"
    rf"(?:\W+(?:{_AROUND}|не\s+(?:надо|нужно|хочу|стоит|интересно)))*\W*",
    re.I,
)
_FIRST, _SECOND = re.compile(r"\W*1\W*"), re.compile(r"\W*2\W*")  # of buttons that became a numbered list


def with_offer(turn: Turn, courtesy: Answer) -> Answer:
    """The courtesy, and once in a customer's life the question whether he wants our news."""
    terms = turn.dealer.consent.advertising
    if terms is None or not _may_offer(turn):
        return courtesy
    turn.memory.aside = Aside(awaits="advertising")
    courtesy.closing = say("utter_advertising_ask", url=terms.url)
    courtesy.effects.append(ConsentShown(kind="advertising", version=terms.version, question=True))
    value = json.dumps({"advertising": terms.version})
    courtesy.choices = [Choice("Да, присылайте", f"/affirm{value}"), Choice("Не нужно", f"/deny{value}")]
    return courtesy


def _may_offer(turn: Turn) -> bool:
    """When his number is with people by his consent, and neither he nor the bot waits for an answer."""
    meta = turn.meta
    if meta.advertising != "none" or meta.consent != "given" or not meta.phone_known:
        return False
    waits = turn.pending is not None and not turn.pending.passed
    return not (waits or meta.open_ticket or meta.after_person or meta.attachments)


def asked_of(turn: Turn) -> str | None:
    """What this message says of advertising, by its words: whatever intent was guessed."""
    if turn.heard.first("advertising"):
        return "agree_advertising" if turn.heard.says("affirm") else "decline_advertising"
    if STOPS.search(turn.heard.text):
        return "stop_advertising"
    awaited = turn.aside is not None and turn.aside.awaits == "advertising"
    return _answered(turn.heard.text) if awaited else None


def _answered(text: str) -> str | None:
    if _NO.fullmatch(text) or _SECOND.fullmatch(text):
        return "decline_advertising"
    return "agree_advertising" if _YES.fullmatch(text) or _FIRST.fullmatch(text) else None


async def agree(turn: Turn) -> Answer:
    how = ConsentGiven(kind="advertising", how="button" if turn.meta.pressed else "words")
    return Answer([say("utter_advertising_thanks")], effects=[how])


async def decline(turn: Turn) -> Answer:
    """The button stays where it is: who agreed and presses «Не нужно» takes it back."""
    if turn.meta.advertising == "given":
        return await stop(turn)
    terms = turn.dealer.consent.advertising
    version = str(turn.heard.first("advertising") or (terms.version if terms else ""))
    refused = ConsentRefused(kind="advertising", version=version)
    return Answer([say("utter_advertising_declined")], effects=[refused])


async def stop(turn: Turn) -> Answer:
    """Also before he was ever asked: then he never will be."""
    return Answer([say("utter_advertising_stopped")], effects=[ConsentWithdrawn(kind="advertising")])
