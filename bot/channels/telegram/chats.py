"""A chat as the Bot API addresses it, and as one string in our database."""

from dataclasses import dataclass
from typing import Self

CHANNEL = "telegram"


@dataclass(frozen=True)
class Chat:
    """A private chat with the bot, or one of a business account that the bot answers for."""

    id: int
    connection: str | None = None

    def __str__(self) -> str:
        return f"b{self.connection}:{self.id}" if self.connection else str(self.id)

    @classmethod
    def parse(cls, text: str) -> Self:
        connection, _, chat_id = text.rpartition(":")
        return cls(int(chat_id), connection.removeprefix("b") or None)
