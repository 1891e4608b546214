"""Outbox → browser. The history table is what the browser reads, so delivering is telling it to look."""

from collections.abc import Sequence

from bot.channels.base import Outgoing
from bot.channels.site.hub import Hub
from bot.channels.site.transcript import CHANNEL
from bot.contract import Abilities
from bot.db import Sessions


class SiteChannel:
    name = CHANNEL
    abilities = Abilities(buttons=True, albums=True, contact_button=False)

    def __init__(self, sessions: Sessions, burst_window: float = 0.3) -> None:
        self.hub = Hub(sessions)
        self.burst_window = burst_window

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        return (message,)

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        """Delivered already: `bot.outbox.put` wrote the message into the history.

        A customer who closed the page finds it there when he comes back.
        """
        self.hub.nudge(chat_id)
        return ()

    async def edit(self, chat_id: str, external_ids: Sequence[str], message: Outgoing) -> None:
        """Done already, as in `send`: who corrects a message changes it in the history."""
        self.hub.nudge(chat_id)

    async def typing(self, chat_id: str) -> None:
        self.hub.nudge(chat_id)
