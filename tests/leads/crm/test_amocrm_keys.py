"""Keys of amoCRM that change with every use: never lost, never used before they are kept."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiolimiter import AsyncLimiter

from bot.leads.crm.amocrm import Account, AmoCrm, Integration, RotatingKeys, Tokens
from bot.leads.crm.base import CrmDelayed
from tests.emulators.crm import AmoCrmServer
from tests.emulators.crm.amocrm import CLIENT_ID, CLIENT_SECRET, CODE, DAY, REDIRECT_URI
from tests.leads.crm.cards import ZONE, card
from tests.leads.crm.outcomes import says

NOW = 1_790_000_000.0


class MemoryStore:
    def __init__(self) -> None:
        self.tokens: Tokens | None = None

    async def load(self) -> Tokens | None:
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        self.tokens = tokens


class BrokenStore(MemoryStore):
    async def save(self, tokens: Tokens) -> None:
        raise OSError("disk is full")


class LateStore(MemoryStore):
    """Another gateway keeps its new pair after we have read the old one, `late` times."""

    def __init__(self, old: Tokens | None, new: dict[str, str], late: int = 1) -> None:
        super().__init__()
        self._reads = [
            *[old] * late,
            Tokens(access=new["access_token"], refresh=new["refresh_token"], expires_at=NOW + DAY),
        ]

    async def load(self) -> Tokens | None:
        return self._reads.pop(0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def amo() -> AsyncIterator[AmoCrmServer]:
    async with AmoCrmServer(per_second=10_000) as server:
        yield server
        assert server.violations == []


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(amo: AmoCrmServer, http: aiohttp.ClientSession, store: MemoryStore, clock: Clock) -> RotatingKeys:
    return rotating(amo, http, store, clock)


def rotating(
    amo: AmoCrmServer,
    http: aiohttp.ClientSession,
    store: MemoryStore,
    clock: Clock,
    code: str | None = CODE,
    patience: float = 0.0,
) -> RotatingKeys:
    integration = Integration(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, code)
    return RotatingKeys(http, amo.url, integration, store, patience=patience, now=clock)


async def test_the_first_pair_is_had_for_the_code(
    amo: AmoCrmServer, keys: RotatingKeys, store: MemoryStore
) -> None:
    key = await keys.current()
    assert key in amo.valid_access
    assert store.tokens == Tokens(access=key, refresh=str(amo.valid_refresh), expires_at=NOW + DAY)


async def test_a_pair_serves_until_shortly_before_its_end(
    amo: AmoCrmServer, keys: RotatingKeys, clock: Clock
) -> None:
    first = await keys.current()
    clock.now += DAY - 301
    assert await keys.current() == first
    clock.now += 1
    second = await keys.current()
    assert second != first
    assert second in amo.valid_access
    assert amo.granted == ["authorization_code", "refresh_token"]


async def test_a_restart_goes_on_with_the_kept_pair(
    amo: AmoCrmServer, http: aiohttp.ClientSession, keys: RotatingKeys, store: MemoryStore, clock: Clock
) -> None:
    key = await keys.current()
    assert await rotating(amo, http, store, clock).current() == key


async def test_many_at_once_refresh_once(
    amo: AmoCrmServer, keys: RotatingKeys, store: MemoryStore, clock: Clock
) -> None:
    await keys.current()
    clock.now += DAY
    used = await asyncio.gather(*(keys.current() for _ in range(5)))
    assert len(set(used)) == 1
    assert amo.requests == ["oauth", "oauth"]  # the code, and one refresh


async def test_what_cannot_be_kept_is_not_used(
    amo: AmoCrmServer, http: aiohttp.ClientSession, clock: Clock
) -> None:
    with pytest.raises(OSError, match="disk is full"):
        await rotating(amo, http, BrokenStore(), clock).current()


async def test_a_key_that_was_refused_is_renewed_and_the_lead_arrives(
    amo: AmoCrmServer, http: aiohttp.ClientSession, keys: RotatingKeys
) -> None:
    await keys.current()
    amo.valid_access = set()  # revoked before its time
    crm = AmoCrm(Account(http, amo.url, keys, pace=AsyncLimiter(10_000, 1)), ZONE)
    await crm.deliver(card(), None)
    assert len(amo.leads) == 1


async def test_the_pair_of_another_gateway_is_taken(
    amo: AmoCrmServer, http: aiohttp.ClientSession, keys: RotatingKeys, store: MemoryStore, clock: Clock
) -> None:
    refused = await keys.current()
    other = await rotating(amo, http, store, clock).renewed(refused)
    assert await keys.renewed(refused) == other
    assert amo.granted.count("refresh_token") == 1


async def test_who_comes_second_to_refresh_takes_what_the_first_has_kept(
    amo: AmoCrmServer, http: aiohttp.ClientSession, keys: RotatingKeys, store: MemoryStore, clock: Clock
) -> None:
    refused = await keys.current()
    late = LateStore(store.tokens, amo.grant())
    assert await rotating(amo, http, late, clock).renewed(refused) in amo.valid_access
    assert "refresh_token" not in amo.granted


async def test_a_pair_that_another_gateway_is_about_to_keep_is_waited_for(
    amo: AmoCrmServer, http: aiohttp.ClientSession, keys: RotatingKeys, store: MemoryStore, clock: Clock
) -> None:
    """Both refresh at one moment: the other was served and has not committed yet."""
    refused = await keys.current()
    late = LateStore(store.tokens, amo.grant(), late=2)
    assert await rotating(amo, http, late, clock, patience=60.0).renewed(refused) in amo.valid_access


async def test_a_dead_pair_is_told_and_a_new_code_revives_it(
    amo: AmoCrmServer, http: aiohttp.ClientSession, keys: RotatingKeys, store: MemoryStore, clock: Clock
) -> None:
    await keys.current()
    amo.valid_refresh = None
    clock.now += DAY
    with pytest.raises(CrmDelayed, match="AMOCRM_CODE") as delayed:
        await keys.current()
    assert delayed.value.retry_after == 900
    assert not any(secret in says(delayed.value) for secret in (CLIENT_SECRET, CODE, "refresh-"))
    amo.code = "code-2"
    assert await rotating(amo, http, store, clock, code="code-2").current() in amo.valid_access


async def test_a_server_in_trouble_is_asked_again_with_the_same_pair(
    amo: AmoCrmServer, keys: RotatingKeys, clock: Clock
) -> None:
    await keys.current()
    clock.now += DAY
    amo.misbehave("oauth", "error", status=503)
    with pytest.raises(CrmDelayed, match="не выдаёт ключи"):
        await keys.current()
    assert await keys.current() in amo.valid_access


async def test_neither_keys_nor_secrets_show(keys: RotatingKeys, store: MemoryStore) -> None:
    key = await keys.current()
    shown = f"{store.tokens!r} {Integration(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, CODE)!r}"
    assert not any(secret in shown for secret in (key, CLIENT_SECRET, CODE))
