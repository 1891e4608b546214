"""A dialogue with the assistant without Rasa and gateway: what was heard goes in, a reply comes out."""

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.answer import Reply, reply_to
from actions.heard import hear
from actions.memory import Memory, changed_slots, recall
from actions.say import Texts
from actions.turn import Turn
from bot.contract import (
    AskedPhone,
    CapturedLead,
    ConsentGiven,
    ConsentRefused,
    ConsentShown,
    ConsentWithdrawn,
    Effect,
    FocusCar,
    Metadata,
    OpenedTicket,
    OpenTicket,
    RefusedPhone,
    ShowCards,
    Understood,
    Visit,
    VisitBooked,
    VisitCancelled,
)
from bot.db import Sessions
from bot.dealer import Dealer
from bot.stock.catalogue import load_options

MOSCOW = dt.timezone(dt.timedelta(hours=3))
NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=MOSCOW)  # a Saturday; both addresses are open
NBSP = "\u00a0"

OPTIONS = load_options()


def entity(name: str, value: Any, role: str | None = None, **extra: Any) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": 0, "end": 1, **({"role": role} if role else {}), **extra}


def model(make: str, name: str, *, role: str | None = None, others: Sequence[Sequence[str]] = ()) -> Any:
    extra = {"others": [list(o) for o in others]} if others else {}
    return entity("model", name, role, make=make, **extra)


def aspect(intent: str, *names: str) -> list[dict[str, Any]]:
    return [entity("aspect", name, intent=intent) for name in names]


SOLARIS = model("Hyundai", "Solaris")


@dataclass
class Said:
    """A reply with the questions that tests ask of it."""

    reply: Reply

    @property
    def paragraphs(self) -> list[str]:
        return [p.replace(NBSP, " ") for p in self.reply.paragraphs]

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)

    @property
    def titles(self) -> list[str]:
        return [c.title.replace(NBSP, " ") for c in self.reply.choices]

    @property
    def effects(self) -> list[Effect]:
        return self.reply.effects

    def all[E](self, kind: type[E]) -> list[E]:
        return [e for e in self.reply.effects if isinstance(e, kind)]

    def one[E](self, kind: type[E]) -> E:
        (found,) = self.all(kind)
        return found

    @property
    def cards(self) -> list[int]:
        return [card.car_id for cards in self.all(ShowCards) for card in cards.cards]

    @property
    def asked_for(self) -> str | None:
        asked = self.all(AskedPhone)
        return asked[0].step if asked else None

    def __contains__(self, words: str) -> bool:
        return words in self.text


@dataclass
class Dialogue:
    """Keeps what the gateway (meta) and Rasa (slots) would keep between turns."""

    sessions: Sessions
    dealer: Dealer
    texts: Texts
    meta: dict[str, Any] = field(default_factory=dict)
    slots: dict[str, Any] = field(default_factory=dict)
    now: dt.datetime = NOON
    turns: int = 0

    @property
    def memory(self) -> Memory:
        return recall(self.slots)

    async def ask(
        self,
        *intents: str,
        text: str = "",
        entities: Sequence[Mapping[str, Any]] = (),
        ranking: Mapping[str, float] | None = None,
        **meta: Any,
    ) -> Said:
        """One message of the customer; `meta` is what the gateway adds to this turn alone."""
        self.turns += 1
        routed = intents[0] if intents else "nlu_fallback"
        message = {
            "text": text,
            "intent": {"name": routed},
            "intents": [{"name": i, "confidence": 0.9} for i in intents],
            "entities": list(entities),
            "intent_ranking": [{"name": n, "confidence": c} for n, c in (ranking or {}).items()],
        }
        return await self._turn(message, meta)

    async def press(self, said: Said, title: str) -> Said:
        """Press the button with this title (or its beginning)."""
        choice = next(c for c in said.reply.choices if c.title.replace(NBSP, " ").startswith(title))
        return await self.send(choice.payload)

    async def send(self, payload: str) -> Said:
        name, _, values = payload.removeprefix("/").partition("{")
        given = json.loads("{" + values) if values else {}
        entities = [entity(key, value) for key, value in given.items()]
        self.turns += 1
        message = {"text": payload, "intent": {"name": name}, "entities": entities, "intent_ranking": []}
        return await self._turn(message, {"pressed": payload})

    async def _turn(self, message: dict[str, Any], meta: dict[str, Any]) -> Said:
        before = recall(self.slots)
        known = {"turn": f"t{self.turns}", "channel": "test", "now": self.now, **self.meta, **meta}
        async with self.sessions() as session:
            turn = Turn(
                meta=Metadata.model_validate(known),
                heard=hear(message),
                memory=before.model_copy(deep=True),
                session=session,
                dealer=self.dealer,
                options=OPTIONS,
            )
            reply = await reply_to(turn, self.texts)
        self.slots |= changed_slots(before, turn.memory)
        for effect in reply.effects:
            self._apply(effect)
        said = Said(reply)
        proofread(said)
        return said

    def _apply(self, effect: Effect) -> None:
        """What bot/turn/apply.py does to the conversation."""
        meta = self.meta
        match effect:
            case FocusCar(car_id=car_id):
                left = meta.get("focus_car_id")
                earlier = [c for c in (left, *meta.get("earlier_car_ids", ())) if c and c != car_id]
                meta |= {"focus_car_id": car_id, "earlier_car_ids": tuple(dict.fromkeys(earlier))}
            case AskedPhone(step=step):
                meta["asked_topics"] = (*meta.get("asked_topics", ()), step)
            case RefusedPhone():
                meta["phone_refusals"] = meta.get("phone_refusals", 0) + 1
            case CapturedLead(phone=phone):
                meta |= {"phone_known": True, "phone_tail": phone[-4:] if phone else meta.get("phone_tail")}
            case ConsentShown(kind="advertising"):
                meta["advertising"] = "asked"
            case ConsentGiven(kind="advertising"):
                meta["advertising"] = "given"
            case ConsentRefused(kind="advertising") | ConsentWithdrawn(kind="advertising"):
                meta["advertising"] = "asked"
            case ConsentShown(question=question):
                stays = ("given", "refused") if question else ("given",)
                meta["consent"] = meta["consent"] if meta.get("consent") in stays else "shown"
            case ConsentGiven():
                meta |= {"consent": "given", "consent_holds": True}
            case ConsentRefused():
                meta["consent"] = "given" if meta.get("consent") == "given" else "refused"
            case ConsentWithdrawn():
                meta |= {"consent": "withdrawn", "consent_holds": False}
            case VisitBooked():
                meta["visit"] = Visit(date=effect.date, time=effect.time, car_id=effect.car_id)
            case VisitCancelled():
                meta["visit"] = None
            case OpenedTicket(department=department):
                meta.setdefault("open_ticket", OpenTicket(department=department, opened_at=self.now))
            case Understood(ok=ok):
                meta["failures_in_a_row"] = 0 if ok else meta.get("failures_in_a_row", 0) + 1
            case _:
                pass


def proofread(said: Said) -> None:
    """What no reply may contain, whatever was asked."""
    for paragraph in said.paragraphs:
        prose = re.sub(r"https?://\S+", "LINK", paragraph)
        assert not re.search(r"(?<!\.)\.\.(?!\.)|,\.|:\.|: ,|, ,| ,|\s\.|  |\{|\}", prose), paragraph
        assert "None" not in prose, paragraph
        assert not prose[0].isalpha() or prose[0].isupper() or prose[0].isascii(), paragraph
        for start in re.findall(r"[.!?] ([а-яё]\w*)", prose):
            assert start in {"с", "л", "т", "о"}, f"«{start}» begins a sentence in: {paragraph}"
    if any(words in said.text for words in ("ередал", "обавил", "опросил", "Заявка у специалиста")):
        assert any(said.all(kind) for kind in (OpenedTicket, CapturedLead, ConsentGiven)), said.text
    assert len(said.paragraphs) == len(set(said.paragraphs))
