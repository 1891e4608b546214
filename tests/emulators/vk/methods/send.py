"""messages.send."""

import re
from typing import Any

from tests.emulators.vk.community import Community, Conversation, Message
from tests.emulators.vk.errors import VkError, invalid
from tests.emulators.vk.keyboard import checked_carousel, checked_keyboard, read_json
from tests.emulators.vk.methods.call import Call, method
from tests.emulators.vk.params import Params

LONGEST_TEXT = 4096
MOST_ATTACHMENTS = 10
MOST_PEERS = 100
LONGEST_PAYLOAD = 1000
REPLY_WINDOW = 24 * 3600  # seconds after the customer's last message
# Newer pages of VK promise an hour, older ones for ever. The emulator believes the worse.
RANDOM_ID_MEMORY = 3600
ATTACHMENT = re.compile(r"(?P<kind>photo|doc|market)(?P<owner>-?\d+)_(?P<id>\d+)(?:_(?P<key>\w+))?")
INTENTS = frozenset({"default", "customer_support", "confirmed_notification", "non_promo_newsletter"})
IGNORED = ("dont_parse_links", "disable_mentions", "content_source", "lat", "long", "subscribe_id")


@method("messages.send")
def send(call: Call) -> Any:
    key = call.params.integer("random_id")
    if key is None:
        raise invalid("random_id is a required parameter")
    peers = call.params.integers("peer_ids", at_most=MOST_PEERS)
    content = _content(call)
    if peers:
        return [_for_one_of_many(call, peer_id, key, content) for peer_id in peers]
    return _deliver(call, call.peer(), key, content)["id"]


def _for_one_of_many(call: Call, peer_id: int, key: int, content: Message) -> dict[str, Any]:
    try:
        message = _deliver(call, peer_id, key, content)
    except VkError as error:
        return {"peer_id": peer_id, "error": {"code": error.code, "description": str(error)}}
    return {
        "peer_id": peer_id,
        "message_id": message["id"],
        "conversation_message_id": message["conversation_message_id"],
    }


def _content(call: Call) -> Message:
    params = call.params
    call.optional_group()
    params.without_effect(*IGNORED)
    if params.choice("intent", INTENTS, default="default") != "default":
        raise VkError(943)
    text = params.text("message")
    if len(text) > LONGEST_TEXT:
        raise VkError(914)
    content: Message = {
        "text": text,
        "attachments": read_attachments(call.community, params.text("attachment")),
    }
    content |= _buttons(call.community, params, text)
    content |= _reply(call)
    if not text.strip() and not content["attachments"]:
        raise invalid("message is empty or invalid")
    payload = params.text("payload", longest=LONGEST_PAYLOAD)
    return content | ({"payload": payload} if payload else {})


def _buttons(community: Community, params: Params, text: str) -> Message:
    keyboard, template = params.text("keyboard"), params.text("template")
    if (keyboard or template) and not community.bot_features:
        raise VkError(912)
    buttons: Message = {}
    if keyboard:
        buttons["keyboard"] = checked_keyboard(keyboard)
    if template:
        if not text:
            raise invalid("template: message is required")
        buttons["template"] = checked_carousel(template)
        _check_pictures(community, buttons["template"])
    return buttons


def _check_pictures(community: Community, template: dict[str, Any]) -> None:
    for element in template["elements"]:
        if "photo_id" in element:
            _attachment(community, f"photo{element['photo_id']}")


def read_attachments(community: Community, listed: str) -> list[dict[str, Any]]:
    items = [item.strip() for item in listed.split(",") if item.strip()]
    if len(items) > MOST_ATTACHMENTS:
        raise invalid(f"attachment: at most {MOST_ATTACHMENTS} items")
    return [_attachment(community, item) for item in items]


def _attachment(community: Community, item: str) -> dict[str, Any]:
    match = ATTACHMENT.fullmatch(item)
    if match is None:
        raise invalid("attachment has a wrong form")
    kind, owner, media_id = match["kind"], int(match["owner"]), int(match["id"])
    if kind == "photo" and community.photos.has(owner, media_id, match["key"]):
        return {"type": "photo", "photo": community.photos.saved[media_id]}
    if kind == "doc" and community.docs.has(owner, media_id, match["key"]):
        return community.docs.attached(media_id)
    if kind == "market" and owner == -community.group_id and media_id in community.market:
        return {"type": "market", "market": community.market[media_id]}
    raise invalid(f"attachment: {kind} is not the community's own")


def _reply(call: Call) -> Message:
    reply_to, forward = call.params.integer("reply_to", least=1), call.params.text("forward")
    if forward:
        told = read_json(forward, "forward")
        known = {"peer_id", "owner_id", "conversation_message_ids", "message_ids", "is_reply"}
        if not isinstance(told, dict) or not set(told) <= known:
            raise invalid("forward has unknown fields")
        return _quoted(call, told) if told.get("is_reply") else {"forward": told}
    if reply_to is None:
        return {}
    if not call.community.messages_by_id([reply_to]):
        raise invalid("reply_to is unknown")
    return {"reply_to": reply_to}


def _quoted(call: Call, told: dict[str, Any]) -> Message:
    """One message of the chat that is written to, by its number there."""
    peer_id, numbers = told.get("peer_id"), told.get("conversation_message_ids")
    if str(peer_id) != (call.params.text("peer_ids") or call.params.text("peer_id")):
        raise invalid("forward: a reply is to a message of the same chat")
    if not isinstance(numbers, list) or len(numbers) != 1 or "message_ids" in told:
        raise invalid("forward: a reply is to one message")
    messages = call.conversation(int(str(peer_id))).messages
    found = [message for message in messages if message["conversation_message_id"] == numbers[0]]
    if not found:
        raise invalid("forward: the message is unknown")
    return {"reply_message": found[0]}


def _deliver(call: Call, peer_id: int, key: int, content: Message) -> Message:
    conversation = call.conversation(peer_id)
    earlier = _sent_before(call.community, conversation, key)
    if earlier is not None:
        return earlier
    _check_permission(call.community, conversation)
    message = call.community.answer(peer_id, **content, random_id=key)
    conversation.sent_keys[key] = (call.community.clock.now(), message)
    call.community.sent.append(message)
    call.community.customers[peer_id].receive(message)
    return message


def _sent_before(community: Community, conversation: Conversation, key: int) -> Message | None:
    when, message = conversation.sent_keys.get(key, (0.0, None))
    remembered = community.clock.now() - when < RANDOM_ID_MEMORY
    return message if key != 0 and remembered else None  # 0 switches the check off


def _check_permission(community: Community, conversation: Conversation) -> None:
    if not conversation.allowed:
        raise VkError(901)
    if community.clock.now() - conversation.last_contact > REPLY_WINDOW:
        raise VkError(950)
