"""groups.* and users.get."""

from typing import Any

from tests.emulators.vk.errors import VkError, invalid
from tests.emulators.vk.longpoll import KNOWN_EVENTS
from tests.emulators.vk.methods.call import Call, method

PERMISSIONS = {"photos": 4, "messages": 4096, "docs": 131_072, "manage": 262_144}


@method("groups.getById")
def get_by_id(call: Call) -> dict[str, Any]:
    asked = call.params.text("group_id") or call.params.text("group_ids") or str(call.community.group_id)
    call.params.without_effect("group_ids", "fields")
    own = {str(call.community.group_id), _screen_name(call)}
    if not set(asked.split(",")) <= own:
        raise invalid("group_ids is undefined")
    group = {
        "id": call.community.group_id,
        "name": "Автосалон",
        "screen_name": _screen_name(call),
        "is_closed": 0,
        "type": "group",
        "photo_50": "https://vk.com/images/community_50.png",
    }
    return {"groups": [group], "profiles": []}


@method("groups.getLongPollServer")
def get_long_poll_server(call: Call) -> dict[str, str]:
    group_id = call.own_group()
    if not call.longpoll.settings["is_enabled"]:
        raise invalid("longpoll for this group is not enabled")
    return call.longpoll.entry(f"{call.url}/longpoll/{group_id}")


@method("groups.getLongPollSettings")
def get_long_poll_settings(call: Call) -> dict[str, Any]:
    call.own_group()
    return call.longpoll.settings


@method("groups.setLongPollSettings")
def set_long_poll_settings(call: Call) -> int:
    call.own_group()
    settings = call.longpoll.settings
    changed = {name: call.params.integer(name, least=0, most=1) for name in KNOWN_EVENTS}
    settings["events"] |= {name: value for name, value in changed.items() if value is not None}
    enabled = call.params.integer("enabled", least=0, most=1)
    if enabled is not None:
        settings["is_enabled"] = bool(enabled)
    settings["api_version"] = call.params.text("api_version", default=settings["api_version"])
    return 1


@method("groups.getCallbackConfirmationCode")
def get_callback_confirmation_code(call: Call) -> dict[str, str]:
    call.own_group()
    return {"code": call.community.confirmation}


@method("groups.getTokenPermissions")
def get_token_permissions(call: Call) -> dict[str, Any]:
    permissions = [{"name": name, "setting": bit} for name, bit in PERMISSIONS.items()]
    return {"mask": sum(PERMISSIONS.values()), "permissions": permissions}


@method("users.get")
def get_users(call: Call) -> list[dict[str, Any]]:
    call.params.without_effect("fields", "name_case")
    asked = call.params.integers("user_ids", at_most=1000)
    if any(user_id <= 0 for user_id in asked):
        raise VkError(113)
    customers = call.community.customers
    return [
        {
            "id": user_id,
            "first_name": customers[user_id].first_name,
            "last_name": customers[user_id].last_name,
            "is_closed": False,
            "can_access_closed": True,
        }
        for user_id in asked
        if user_id in customers
    ]


def _screen_name(call: Call) -> str:
    return f"club{call.community.group_id}"
