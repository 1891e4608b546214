"""messages.*, but for send."""

from typing import Any

from tests.emulators.vk.community import Conversation
from tests.emulators.vk.errors import VkError, invalid
from tests.emulators.vk.keyboard import read_json
from tests.emulators.vk.methods.call import Call, method

PAGE = 200
SNACKBAR = 90  # characters
EVENT_DATA = 1000
PRESS_WAITS = 60  # seconds that a callback button waits for its answer


@method("messages.setActivity")
def set_activity(call: Call) -> int:
    call.optional_group()
    kind = call.params.choice("type", {"typing", "audiomessage", "file", "photo", "video"}, default="typing")
    peer_id = call.peer()
    call.conversation(peer_id)
    if kind == "typing":
        call.community.customers[peer_id].typing_seen += 1
    return 1


@method("messages.markAsRead")
def mark_as_read(call: Call) -> int:
    call.optional_group()
    conversation = call.conversation(call.peer())
    call.params.without_effect("message_ids", "up_to_cmid")
    last = conversation.messages[-1]["id"] if conversation.messages else 0
    up_to = call.params.integer("start_message_id", least=0) or last
    if call.params.flag("mark_conversation_as_read"):
        up_to = last
    conversation.read_up_to = max(conversation.read_up_to, up_to)
    return 1


@method("messages.markAsAnsweredConversation")
def mark_as_answered_conversation(call: Call) -> int:
    call.optional_group()
    conversation = call.conversation(call.params.required_integer("peer_id"))
    conversation.answered = call.params.text("answered", default="1") == "1"
    return 1


@method("messages.sendMessageEventAnswer")
def send_message_event_answer(call: Call) -> int:
    event_id = call.params.required("event_id")
    user_id = call.params.required_integer("user_id", least=1)
    if call.params.required_integer("peer_id") != user_id:
        raise invalid("peer_id is not the chat of the press")
    customer = call.community.customers.get(user_id)
    pressed = customer.presses_waiting.get(event_id) if customer else None
    if customer is None or pressed is None or call.community.clock.now() - pressed > PRESS_WAITS:
        raise invalid("event_id is unknown, answered or too old")
    answer = _event_data(call.params.text("event_data", longest=EVENT_DATA))
    del customer.presses_waiting[event_id]
    customer.press_answers.append(answer)
    return 1


def _event_data(text: str) -> dict[str, Any] | None:
    if not text:
        return None  # the wheel on the button stops, nothing else
    data = read_json(text, "event_data")
    needed = {"show_snackbar": {"text"}, "open_link": {"link"}, "open_app": {"app_id", "hash"}}
    if not isinstance(data, dict) or data.get("type") not in needed or not needed[data["type"]] <= set(data):
        raise invalid("event_data has a wrong form")
    if len(str(data.get("text", ""))) > SNACKBAR:
        raise invalid(f"event_data: text is longer than {SNACKBAR}")
    return dict(data)


@method("messages.getConversations")
def get_conversations(call: Call) -> dict[str, Any]:
    call.optional_group()
    call.params.without_effect("extended", "fields", "start_message_id")
    wanted = call.params.choice("filter", {"all", "unread", "unanswered", "important"}, default="all")
    offset, count = _page(call)
    chosen = [one for one in call.community.conversations.values() if _fits(one, wanted)]
    chosen.sort(key=lambda one: one.messages[-1]["id"], reverse=True)
    items = [
        {"conversation": _described(one), "last_message": one.messages[-1]}
        for one in chosen[offset : offset + count]
    ]
    unread = sum(1 for one in call.community.conversations.values() if one.unread)
    return {"count": len(chosen), "items": items} | ({"unread_count": unread} if unread else {})


def _fits(conversation: Conversation, wanted: str) -> bool:
    if not conversation.messages or wanted == "important":
        return False
    unread, unanswered = conversation.unread > 0, not conversation.answered
    return {"all": True, "unread": unread, "unanswered": unanswered}[wanted]


def _described(conversation: Conversation) -> dict[str, Any]:
    peer_id, last = conversation.peer_id, conversation.messages[-1]
    sent = [message["id"] for message in conversation.messages if message["out"]]
    described = {
        "peer": {"id": peer_id, "type": "user", "local_id": peer_id},
        "last_message_id": last["id"],
        "last_conversation_message_id": last["conversation_message_id"],
        "in_read": conversation.read_up_to,
        "out_read": sent[-1] if sent else 0,
        "important": False,
        "unanswered": not conversation.answered,
        "can_write": {"allowed": conversation.allowed},
    }
    return described | ({"unread_count": conversation.unread} if conversation.unread else {})


@method("messages.getHistory")
def get_history(call: Call) -> dict[str, Any]:
    call.optional_group()
    call.params.without_effect("extended", "fields")
    conversation = call.conversation(call.peer())
    offset, count = _page(call)
    messages = list(conversation.messages)
    if not call.params.flag("rev"):
        messages.reverse()
    start = call.params.integer("start_message_id", least=1)
    skipped = next((n for n, message in enumerate(messages) if message["id"] == start), 0) if start else 0
    first = skipped + offset
    return {"count": len(messages), "items": messages[first : first + count]}


@method("messages.getById")
def get_by_id(call: Call) -> dict[str, Any]:
    call.optional_group()
    call.params.without_effect("extended", "fields", "preview_length")
    asked = call.params.integers("message_ids", at_most=100)
    if not asked:
        raise invalid("message_ids is undefined")
    found = call.community.messages_by_id(asked)
    return {"count": len(found), "items": found}


@method("messages.isMessagesFromGroupAllowed")
def is_messages_from_group_allowed(call: Call) -> dict[str, int]:
    call.own_group()
    user_id = call.params.required_integer("user_id", least=1)
    if user_id not in call.community.conversations:
        raise VkError(113)
    return {"is_allowed": int(call.community.conversations[user_id].allowed)}


def _page(call: Call) -> tuple[int, int]:
    offset = call.params.integer("offset", least=0) or 0
    count = call.params.integer("count", least=0, most=PAGE)
    return offset, 20 if count is None else count
