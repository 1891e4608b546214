"""Every update once, in order: `Inbox.accept` for the channels, `bot.inbox.claim` for the turns."""

from bot.inbox.accept import Inbox

__all__ = ["Inbox"]
