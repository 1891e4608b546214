"""Rasa's replies become one message to the customer and a list of effects."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from bot.channels.base import Outgoing
from bot.contract import EFFECT, Abilities, AskedPhone, Effect, ShowCards, ShowPictures
from bot.errors import AvtootvetError
from bot.outbox import Choice
from bot.turn.rasa import Reply


class BadEffect(AvtootvetError):
    """The actions returned an effect that the gateway does not know."""

    retry = True


@dataclass(frozen=True)
class Answer:
    outgoing: Outgoing | None  # None: this turn says nothing
    choices: tuple[Choice, ...]
    effects: tuple[Effect, ...]


def read_answer(replies: Sequence[Reply], abilities: Abilities) -> Answer:
    """Texts joined by blank lines, buttons of the last reply that has some, pictures as an album."""
    effects = tuple(_effect(reply.custom) for reply in replies if reply.custom is not None)
    albums = [effect for effect in effects if isinstance(effect, ShowPictures)]
    outgoing = Outgoing(
        text="\n\n".join(reply.text.strip() for reply in replies if reply.text and reply.text.strip()),
        pictures=tuple(
            [reply.image for reply in replies if reply.image] + [url for a in albums for url in a.urls]
        ),
        video_url=next((a.video_url for a in reversed(albums) if a.video_url), None),
        cards=tuple(card for e in effects if isinstance(e, ShowCards) for card in e.cards),
        ask_contact=abilities.contact_button
        and any(isinstance(e, AskedPhone) and not e.known for e in effects),
    )
    buttons = next((reply.buttons for reply in reversed(replies) if reply.buttons), ())
    choices = tuple(Choice(title=b.title, payload=b.payload) for b in buttons)
    if choices and not abilities.buttons:
        outgoing, choices = _typed(outgoing, choices), ()
    return Answer(
        outgoing=None if outgoing == Outgoing() and not choices else outgoing,
        choices=choices,
        effects=effects,
    )


def _typed(outgoing: Outgoing, choices: Sequence[Choice]) -> Outgoing:
    """Buttons for an app that shows none: a numbered list to answer in words («второе»)."""
    lines = "\n".join(f"{number}. {choice.title}" for number, choice in enumerate(choices, 1))
    return outgoing.model_copy(update={"text": f"{outgoing.text}\n\n{lines}".strip()})


def _effect(custom: dict[str, object]) -> Effect:
    try:
        return EFFECT.validate_python(custom)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, e["loc"])) or "effect" for e in error.errors())
        raise BadEffect(f"эффект {custom.get('effect')!r} не принят: {places}") from error
