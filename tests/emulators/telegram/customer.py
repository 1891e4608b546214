"""A person with Telegram on the phone: writes to the bot and sees what it sends."""

import asyncio
import secrets
from typing import Any

import aiogram.types as tg
from aiogram.types import InlineKeyboardButton, KeyboardButton, Message, User

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.author import Author
from tests.emulators.telegram.chat import PrivateChat, Received
from tests.emulators.telegram.membership import FOREVER
from tests.emulators.telegram.wire import wire


class Customer(Author):
    """With a business connection in the chat, everything is written to its owner instead of the bot."""

    def __init__(self, account: Account, chat: PrivateChat, phone: str) -> None:
        self._account = account
        self._chat = chat
        self.phone = phone

    @property
    def id(self) -> int:
        return self._chat.customer.id

    @property
    def user(self) -> User:
        return self._chat.customer

    @property
    def received(self) -> list[Received]:
        """What the bot sent to this chat, in order."""
        return self._chat.received

    @property
    def actions(self) -> list[str]:
        return self._chat.actions

    @property
    def messages(self) -> list[Message]:
        """Both sides, in order, without what was deleted."""
        return list(self._chat.messages.values())

    async def next_message(self, within: float = 10) -> Received:
        """The first that was not returned yet; TimeoutError when none comes within so many seconds."""
        return await asyncio.wait_for(self._chat.unread.get(), within)

    def starts(self, payload: str = "") -> Message:
        self._set_blocked(False)
        return self.says(f"/start {payload}".strip())

    def replies(self, to: Message | Received | int, text: str) -> Message:
        return self.writes(text=text, reply_to_message=self._chat.messages[_id(to)])

    def edits(self, message: Message | int, text: str) -> Message:
        old = self._chat.messages[_id(message)]
        field = "text" if old.text is not None else "caption"
        edited = old.model_copy(
            update={field: text, "edit_date": int(self._account.clock.second().timestamp())}
        )
        self._chat.messages[edited.message_id] = edited
        self._update("edited_business_message" if self._chat.connection else "edited_message", edited)
        return edited

    def shares_contact(self, own: bool = True, phone: str | None = None) -> Message:
        """Not the own one: somebody's card out of the phone book, without a Telegram account."""
        contact = tg.Contact(
            phone_number=phone or self.phone,
            first_name=self.user.first_name if own else "Сосед",
            user_id=self.id if own else None,
        )
        return self.writes(contact=contact)

    def presses(self, button: str, on: Received | None = None) -> str | None:
        """A button by its title or its data, on the latest message that has it.

        An inline button gives the id of its callback query.
        """
        message, inline = self._inline_button(button, on)
        if inline is not None and message is not None:
            return self._call_back(message, inline.callback_data)
        self._press_keyboard(button)
        return None

    def blocks(self) -> None:
        self._set_blocked(True)

    def unblocks(self) -> None:
        self._set_blocked(False)

    def deletes(self, message: Message | int) -> None:
        """The bot learns of it only in a business chat."""
        self._chat.delete(_id(message))
        if self._chat.connection:
            deleted = tg.BusinessMessagesDeleted(
                business_connection_id=self._chat.connection.id,
                chat=self._chat.as_telegram(),
                message_ids=[_id(message)],
            )
            self._update("deleted_business_messages", deleted)

    def writes(self, **content: Any) -> Message:
        """Any content of a message, by the fields of aiogram's Message."""
        connection = self._chat.connection
        message = Message(
            message_id=self._account.next_message_id(),
            date=self._account.clock.second(),
            chat=self._chat.as_telegram(),
            from_user=self.user,
            business_connection_id=connection.id if connection else None,
            **content,
        )
        self._chat.known, self._chat.last_incoming = True, message.date
        self._chat.messages[message.message_id] = message
        self._update("business_message" if connection else "message", message)
        return message

    def _inline_button(
        self, button: str, on: Received | None
    ) -> tuple[Received | None, InlineKeyboardButton | None]:
        for message in [on] if on else reversed(self.received):
            for each in (each for row in message.rows for each in row):
                if isinstance(each, InlineKeyboardButton) and button in (each.text, each.callback_data):
                    return message, each
        return None, None

    def _call_back(self, message: Received, data: str | None) -> str:
        query = tg.CallbackQuery(
            id=str(secrets.randbits(62)),
            from_user=self.user,
            chat_instance=str(self.id),
            message=message.messages[0],
            data=data,
        )
        self._account.callback_queries.add(query.id)
        self._update("callback_query", query)
        return query.id

    def _press_keyboard(self, title: str) -> None:
        rows: list[list[KeyboardButton]] = self._chat.keyboard.keyboard if self._chat.keyboard else []
        pressed = next((each for row in rows for each in row if each.text == title), None)
        if pressed is None:
            raise LookupError(f"no such button: {title}")
        if self._chat.keyboard and self._chat.keyboard.one_time_keyboard:
            self._chat.keyboard = None
        self.shares_contact() if pressed.request_contact else self.says(title)

    def _set_blocked(self, blocked: bool) -> None:
        if self._chat.blocked == blocked:
            return
        self._chat.blocked = blocked
        member = tg.ChatMemberMember(user=self._account.me)
        kicked = tg.ChatMemberBanned(user=self._account.me, until_date=FOREVER)
        change = tg.ChatMemberUpdated(
            chat=self._chat.as_telegram(),
            from_user=self.user,
            date=self._account.clock.second(),
            old_chat_member=member if blocked else kicked,
            new_chat_member=kicked if blocked else member,
        )
        self._update("my_chat_member", change)

    def _update(self, kind: str, body: tg.TelegramObject) -> None:
        self._account.updates.add(kind, wire(body), self._chat.key)


def _id(message: Message | Received | int) -> int:
    return message if isinstance(message, int) else message.message_id
