"""Token, version, pace, and the methods about the community and its people."""

import pytest
from vk_api.exceptions import ApiError

from tests.emulators.vk import Customer, VkEmulator
from tests.emulators.vk.real_client import GROUP, TOKEN, Client, refusal


async def test_an_error_has_vks_shape_and_no_token(vk: VkEmulator, client: Client) -> None:
    with pytest.raises(ApiError) as refused:
        await client("messages.sing", peer_id=5)
    error = refused.value.error
    assert (error["error_code"], error["error_msg"]) == (3, "Unknown method passed")
    assert {"key": "peer_id", "value": "5"} in error["request_params"]
    assert TOKEN not in str(error)
    assert [violation.where for violation in vk.violations] == ["messages.sing"]


async def test_a_wrong_token_is_refused(vk: VkEmulator) -> None:
    assert await refusal(Client(vk.url, token="other")("groups.getById")) == 5


@pytest.mark.parametrize("version", ["5.92", "5.130", "", "new"])
async def test_an_old_version_is_refused(vk: VkEmulator, version: str) -> None:
    assert await refusal(Client(vk.url, version=version)("groups.getById")) == 8


async def test_more_calls_than_the_limit_are_refused(vk: VkEmulator, client: Client) -> None:
    vk.api.rate_limit = 2
    client.vk.error_handlers.clear()  # vk_api repeats this error by itself for ever
    await client("groups.getById")
    await client("groups.getById")
    assert await refusal(client("groups.getById")) == 6


async def test_a_misspelt_parameter_is_a_violation(vk: VkEmulator, client: Client, anna: Customer) -> None:
    await client.send(anna, "Здравствуйте", keybord="{}")
    assert [violation.what for violation in vk.violations] == ["unknown parameter keybord"]


async def test_calls_are_remembered_without_the_token(vk: VkEmulator, client: Client) -> None:
    await client("groups.getById")
    assert [dict(call.params) for call in vk.calls("groups.getById")] == [{"v": "5.199"}]


async def test_the_community_tells_its_name(client: Client) -> None:
    [group] = (await client("groups.getById"))["groups"]
    assert (group["id"], group["screen_name"]) == (GROUP, f"club{GROUP}")
    assert await refusal(client("groups.getById", group_id=GROUP + 1)) == 100


async def test_the_token_tells_its_permissions(client: Client) -> None:
    permissions = (await client("groups.getTokenPermissions"))["permissions"]
    assert {"messages", "photos", "manage"} <= {permission["name"] for permission in permissions}


@pytest.mark.parametrize(
    "name",
    ["groups.getLongPollServer", "groups.getLongPollSettings", "groups.getCallbackConfirmationCode"],
)
async def test_the_group_must_be_given_and_ones_own(client: Client, name: str) -> None:
    assert await refusal(client(name)) == 100
    assert await refusal(client(name, group_id=GROUP + 1)) == 15


async def test_long_poll_settings_are_changed(client: Client) -> None:
    await client("groups.setLongPollSettings", group_id=GROUP, enabled=1, message_edit=0)
    settings = await client("groups.getLongPollSettings", group_id=GROUP)
    assert settings["is_enabled"] is True
    assert (settings["events"]["message_edit"], settings["events"]["message_new"]) == (0, 1)


async def test_a_long_poll_that_is_off_has_no_server(client: Client) -> None:
    await client("groups.setLongPollSettings", group_id=GROUP, enabled=0)
    assert await refusal(client("groups.getLongPollServer", group_id=GROUP)) == 100


async def test_the_confirmation_code_is_told(vk: VkEmulator, client: Client) -> None:
    answer = await client("groups.getCallbackConfirmationCode", group_id=GROUP)
    assert answer == {"code": vk.community.confirmation}


async def test_names_of_customers(client: Client, anna: Customer) -> None:
    [person] = await client("users.get", user_ids=f"{anna.user_id},999")
    assert (person["first_name"], person["last_name"]) == ("Анна", "Петрова")
    assert await refusal(client("users.get", user_ids="-1")) == 113
    assert await refusal(client("users.get", user_ids="Анна")) == 100
