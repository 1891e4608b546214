"""messages.edit."""

from tests.emulators.vk.community import Message
from tests.emulators.vk.errors import VkError, invalid
from tests.emulators.vk.keyboard import checked_keyboard
from tests.emulators.vk.methods.call import Call, method
from tests.emulators.vk.methods.send import LONGEST_TEXT, read_attachments

WINDOW = 24 * 3600  # seconds after the message was sent


@method("messages.edit")
def edit(call: Call) -> int:
    """What is not given again goes: attachments, buttons, and the quote without keep_forward_messages."""
    call.optional_group()
    call.params.without_effect("dont_parse_links", "disable_mentions", "keep_snippets")
    message = _message(call)
    text = call.params.text("message")
    attachments = read_attachments(call.community, call.params.text("attachment"))
    keyboard = call.params.text("keyboard")
    if len(text) > LONGEST_TEXT:
        raise VkError(914)
    if not text.strip() and not attachments:
        raise invalid("message is empty or invalid")
    if not call.params.flag("keep_forward_messages"):
        message.pop("reply_message", None)
    message.pop("keyboard", None)
    message |= {"text": text, "attachments": attachments, "update_time": int(call.community.clock.now())}
    if keyboard:
        message["keyboard"] = checked_keyboard(keyboard)
    call.community.feed.publish("message_edit", dict(message), message["peer_id"])
    return 1


def _message(call: Call) -> Message:
    conversation = call.conversation(call.params.required_integer("peer_id"))
    number = call.params.required_integer("cmid", least=1)
    found = [m for m in conversation.messages if m["conversation_message_id"] == number]
    if not found:
        raise invalid("cmid is unknown")
    [message] = found
    if not message["out"]:
        raise VkError(15, "the message is not the community's own")
    if call.community.clock.now() - message["date"] > WINDOW:
        raise VkError(909)
    if any(attachment["type"] == "audio_message" for attachment in message["attachments"]):
        raise VkError(920)
    return message
