"""Methods that change what was sent, and answers to pressed buttons."""

from datetime import timedelta

from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageCaption,
    EditMessageReplyMarkup,
    EditMessageText,
    SetMessageReaction,
)
from aiogram.types import InlineKeyboardMarkup, Message, ReactionTypeEmoji

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Chat
from tests.emulators.telegram.checks import CALLBACK_ANSWER_LIMIT, check_caption, check_markup, check_text
from tests.emulators.telegram.errors import BadRequest, Unlucky
from tests.emulators.telegram.forum import GroupChat
from tests.emulators.telegram.methods.access import chat_to_write

DELETE_WINDOW = timedelta(hours=48)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)

# What a bot may put under a message (core.telegram.org/bots/api#reactiontypeemoji).
_REACTIONS = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥
🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨
🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""

Editing = EditMessageText | EditMessageCaption | EditMessageReplyMarkup


async def edit_message_text(account: Account, call: EditMessageText) -> Message:
    chat, message = _message_to_edit(account, call)
    if message.text is None:
        raise BadRequest("there is no text in the message to edit")
    text, entities = check_text(call.text or "", call.parse_mode, call.entities)
    return _change(chat, message, call.reply_markup, text=text, entities=entities)


async def edit_message_caption(account: Account, call: EditMessageCaption) -> Message:
    chat, message = _message_to_edit(account, call)
    if not (message.photo or message.video or message.document or message.voice):
        raise BadRequest("there is no caption in the message to edit")
    caption, entities = check_caption(call.caption, call.parse_mode, call.caption_entities)
    return _change(chat, message, call.reply_markup, caption=caption, caption_entities=entities)


async def edit_message_reply_markup(account: Account, call: EditMessageReplyMarkup) -> Message:
    chat, message = _message_to_edit(account, call)
    return _change(chat, message, call.reply_markup)


async def delete_message(account: Account, call: DeleteMessage) -> bool:
    chat = chat_to_write(account, call.chat_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise Unlucky("message to delete not found")
    if not _may_delete(account, chat, message):
        raise Unlucky("message can't be deleted")
    chat.delete(call.message_id)
    return True


async def set_message_reaction(account: Account, call: SetMessageReaction) -> bool:
    chat = chat_to_write(account, call.chat_id)
    if call.message_id not in chat.messages:
        raise Unlucky("message to react not found")
    emoji = [each.emoji for each in call.reaction or [] if isinstance(each, ReactionTypeEmoji)]
    if len(emoji) < len(call.reaction or []) or not set(_REACTIONS.split()).issuperset(emoji):
        raise BadRequest("REACTION_INVALID")
    if len(emoji) > 1:
        raise BadRequest("REACTIONS_TOO_MANY")
    chat.reactions[call.message_id] = emoji
    return True


async def answer_callback_query(account: Account, call: AnswerCallbackQuery) -> bool:
    if call.callback_query_id not in account.callback_queries:
        raise BadRequest("query is too old and response timeout expired or query ID is invalid")
    if call.text and len(call.text) > CALLBACK_ANSWER_LIMIT:
        raise BadRequest("MESSAGE_TOO_LONG")
    account.answered[call.callback_query_id] = call.text
    return True


def _may_delete(account: Account, chat: Chat, message: Message) -> bool:
    """In a group the right of an administrator knows no age; nothing deletes the head of a topic."""
    if message.forum_topic_created:
        return False
    if isinstance(chat, GroupChat) and chat.bot.may("can_delete_messages"):
        return True
    own = not isinstance(chat, GroupChat) or message.from_user == account.me
    return own and account.clock.now() - message.date <= DELETE_WINDOW


def _message_to_edit(account: Account, call: Editing) -> tuple[Chat, Message]:
    if call.chat_id is None or call.message_id is None:
        raise BadRequest("message identifier is not specified")
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise Unlucky("message to edit not found")
    if chat.view_of(message.message_id) is None:
        raise BadRequest("message can't be edited")
    return chat, message


def _change(chat: Chat, message: Message, markup: InlineKeyboardMarkup | None, **content: object) -> Message:
    """Without a markup the old inline keyboard goes, as in the real server."""
    check_markup(markup, chat)
    changed = message.model_copy(update={**content, "reply_markup": markup})
    if changed == message:
        raise Unlucky(NOT_MODIFIED)
    chat.replace(changed)
    return changed
