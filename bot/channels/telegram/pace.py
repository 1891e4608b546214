"""How fast Telegram lets a bot send (core.telegram.org/bots/faq): beyond it come refusals, then a ban."""

from aiolimiter import AsyncLimiter

# A little below the 30 messages a second that Telegram names.
BOT_RATE = 25
# One message a second for each chat; Telegram tolerates short bursts.
CHAT_BURST = 3
CHATS = 10_000


class Pace:
    def __init__(self) -> None:
        self._bot = AsyncLimiter(BOT_RATE, time_period=1)
        self._chats: dict[str, AsyncLimiter] = {}

    async def wait(self, chat: str, messages: int) -> None:
        """Until so many messages may be sent to the chat; an album is one for the chat."""
        await self._of(chat).acquire()
        await self._bot.acquire(messages)

    def _of(self, chat: str) -> AsyncLimiter:
        """Those of the latest chats are kept: a chat that was silent for long has a fresh one anyway."""
        limiter = self._chats.pop(chat, None) or AsyncLimiter(CHAT_BURST, time_period=CHAT_BURST)
        self._chats[chat] = limiter
        if len(self._chats) > CHATS:
            del self._chats[next(iter(self._chats))]
        return limiter
