"""The one action that Rasa calls: tracker → turn → reply → dispatcher."""

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import Reply, reply_to
from actions.heard import hear
from actions.memory import changed_slots, recall
from actions.say import Texts
from actions.turn import Turn
from bot.contract import Metadata
from bot.db import Sessions
from bot.dealer import Dealer
from bot.errors import SettingsError
from bot.stock.catalogue import Options


class AnswerAction(Action):
    """`action_answer`: reads the stock and the dealership, sets the dialogue's slots, writes nothing."""

    def __init__(self, sessions: Sessions, dealer: Dealer, options: Options) -> None:
        self._sessions = sessions
        self._dealer = dealer
        self._options = options

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        before = recall(tracker.slots)
        async with self._sessions() as session:
            turn = Turn(
                meta=_metadata(tracker),
                heard=hear(tracker.latest_message),
                memory=before.model_copy(deep=True),
                session=session,
                dealer=self._dealer,
                options=self._options,
            )
            reply = await reply_to(turn, _texts(domain))
        _dispatch(dispatcher, reply)
        return [SlotSet(name, value) for name, value in changed_slots(before, turn.memory).items()]


def _texts(domain: dict[str, Any]) -> Texts:
    if not domain.get("responses"):
        raise SettingsError("В домене нет текстов (responses): проверьте domain.yml и обучите модель заново.")
    return Texts(domain["responses"])


def _metadata(tracker: Tracker) -> Metadata:
    """What the gateway sent; `rasa shell` and `rasa test` send nothing and get a bare customer."""
    sent = tracker.latest_message.get("metadata") or {}
    if "turn" in sent:
        return Metadata.model_validate({k: v for k, v in sent.items() if k in Metadata.model_fields})
    message_id = str(tracker.latest_message.get("message_id") or tracker.sender_id)
    return Metadata(turn=message_id, channel="shell", now=dt.datetime.now(dt.UTC))


def _dispatch(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    buttons = [{"title": c.title, "payload": c.payload} for c in reply.choices]
    dispatcher.utter_message(text="\n\n".join(reply.paragraphs), buttons=buttons or None)
    for effect in reply.effects:
        dispatcher.utter_message(json_message=effect.model_dump(mode="json"))
