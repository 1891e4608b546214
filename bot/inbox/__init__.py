"""Every update once, in order: `Inbox.accept` for the channels, `bot.inbox.claim` for the turns."""

from bot.inbox.accept import Inbox, refused_for_good

__all__ = ["Inbox", "refused_for_good"]
