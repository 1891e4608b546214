"""docs.*: files and voice messages for messages."""

from typing import Any

from tests.emulators.vk.methods.call import Call, method


@method("docs.getMessagesUploadServer")
def get_messages_upload_server(call: Call) -> dict[str, Any]:
    kind = call.params.choice("type", {"doc", "audio_message"}, default="doc")
    call.conversation(call.params.required_integer("peer_id"))
    return {"upload_url": f"{call.url}/upload/{call.community.docs.new_address(kind)}"}


@method("docs.save")
def save(call: Call) -> dict[str, Any]:
    call.params.without_effect("tags")
    return call.community.docs.save(call.params.required("file"), call.params.text("title"))
