"""The owner of a business account: lets the bot into his chats, and sometimes types himself."""

import secrets

from aiogram.types import Message, User

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Connection, PrivateChat, Received
from tests.emulators.telegram.customer import Customer
from tests.emulators.telegram.wire import wire


class Owner:
    def __init__(self, account: Account, user: User) -> None:
        self._account = account
        self.user = user
        self.connection = Connection(secrets.token_hex(8), user, account.clock.now(), enabled=False)

    def connects(self, can_reply: bool = True) -> Connection:
        return self._changes(enabled=True, can_reply=can_reply)

    def disconnects(self) -> Connection:
        return self._changes(enabled=False, can_reply=self.connection.can_reply)

    def types(self, to: Customer, text: str) -> Message:
        """The bot sees what the owner writes: in this chat a person has taken over."""
        message = Message(
            message_id=self._account.next_message_id(),
            date=self._account.clock.second(),
            chat=self._chat(to).as_telegram(),
            from_user=self.user,
            business_connection_id=self.connection.id,
            text=text,
        )
        self._chat(to).messages[message.message_id] = message
        self._tell(message, to)
        return message

    def echoes(self, to: Customer, received: Received) -> None:
        """The bot's own message comes back as an update; `sender_business_bot` tells it from the owner's."""
        for message in received.messages:
            self._tell(message, to)

    def _changes(self, enabled: bool, can_reply: bool) -> Connection:
        self._account.connections[self.connection.id] = self.connection
        self.connection.enabled, self.connection.can_reply = enabled, can_reply
        body = wire(self.connection.as_telegram())
        self._account.updates.add("business_connection", body, self.connection.id)
        return self.connection

    def _chat(self, customer: Customer) -> PrivateChat:
        chat = self._account.chat(customer.id, self.connection.id)
        if chat is None:
            raise LookupError("the customer does not write to this owner")
        return chat

    def _tell(self, message: Message, to: Customer) -> None:
        self._account.updates.add("business_message", wire(message), self._chat(to).key)
