"""photos.*: pictures for messages."""

from typing import Any

from tests.emulators.vk.methods.call import Call, method


@method("photos.getMessagesUploadServer")
def get_messages_upload_server(call: Call) -> dict[str, Any]:
    call.params.integer("peer_id")
    call.optional_group()
    return {
        "upload_url": f"{call.url}/upload/{call.community.photos.new_address()}",
        "album_id": -64,
        "user_id": 0,
        "group_id": call.community.group_id,
    }


@method("photos.saveMessagesPhoto")
def save_messages_photo(call: Call) -> list[dict[str, Any]]:
    server = call.params.required_integer("server", least=0)
    photo = call.params.required("photo")
    return [call.community.photos.save(server, photo, call.params.required("hash"))]
