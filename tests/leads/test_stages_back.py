"""The CRM says what became of a lead, and nobody else can."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiolimiter import AsyncLimiter
from sqlalchemy import event

from bot.db import Sessions
from bot.leads.crm.amocrm import Account, AmoCrm, LongLivedKey
from bot.leads.crm.base import ShowsStages
from bot.leads.crm.bitrix24 import Bitrix24, Portal
from bot.leads.crm.hooks import add_crm_hooks
from bot.leads.crm.webhook import Webhook
from bot.leads.looks import CrmLook, Looks, claim_look
from bot.leads.models import CrmCall, LeadStage, Stage
from bot.leads.stages import move
from bot.outside import Outside
from bot.settings import Settings
from tests.emulators.crm import AmoCrmServer, Bitrix24Server, WebhookReceiver
from tests.emulators.crm.amocrm import TOKEN
from tests.emulators.crm.bitrix24 import APPLICATION_TOKEN, DEAL, LEAD
from tests.emulators.crm.webhook import SECRET, signed
from tests.leads.telling import GIVEN, Clock, Telling, lead, telling
from tests.spine import DEALER

KEY = "invented-by-the-admin"
BITRIX24_STAGES: dict[str, Stage] = {"IN_PROCESS": "worksheet", "UC_VISIT": "visit"}
AMOCRM_STAGES: dict[int, Stage] = {5: "worksheet", 6: "visit"}


class Dealership:
    """A gateway with its addresses for calls, and one lead that the system knows."""

    def __init__(self, desk: Telling, client: TestClient[web.Request, web.Application]) -> None:
        self.desk = desk
        self._client = client
        crms = {n: c for n, c in desk.handovers.crms.items() if isinstance(c, ShowsStages)}
        self.looks = Looks(desk.gateway.sessions, crms, Outside())

    async def look(self) -> int:
        """Every look that is due now; how many there were."""
        number = 0
        while found := await claim_look(self.desk.gateway.sessions, tuple(self.looks.crms)):
            await self.looks.handle(found)
            number += 1
        return number

    async def call(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> int:
        async with self._client.post(path, data=body, headers=headers) as answer:
            return answer.status

    async def record(self) -> str:
        (row,) = await self.desk.deliveries()
        return row.record or ""

    async def history(self) -> list[tuple[Stage, str]]:
        rows = await self.desk.gateway.rows(LeadStage)
        return [(row.stage, row.by) for row in sorted(rows, key=lambda row: row.id)]


@asynccontextmanager
async def dealership(sessions: Sessions, crm: Any, **settings: Any) -> AsyncIterator[Dealership]:
    app = web.Application()
    add_crm_hooks(app, Settings(_env_file=None, **settings), sessions)
    async with telling(sessions, crm) as desk, TestClient(TestServer(app)) as client:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        yield Dealership(desk, client)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def portal() -> AsyncIterator[Bitrix24Server]:
    async with Bitrix24Server(capacity=10_000) as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def bitrix24(
    sessions: Sessions, portal: Bitrix24Server, http: aiohttp.ClientSession
) -> AsyncIterator[Dealership]:
    crm = Bitrix24(Portal(http, portal.webhook, pace=AsyncLimiter(10_000, 1)), DEALER.zone, BITRIX24_STAGES)
    hook = {"bitrix24_webhook": portal.webhook, "bitrix24_hook_token": APPLICATION_TOKEN}
    async with dealership(sessions, crm, **hook) as found:
        yield found


@pytest.fixture
async def amo() -> AsyncIterator[AmoCrmServer]:
    async with AmoCrmServer(per_second=10_000) as server:
        yield server
        assert server.violations == []


@pytest.fixture(params=["field", "tag"])
async def amocrm(
    sessions: Sessions, amo: AmoCrmServer, http: aiohttp.ClientSession, request: pytest.FixtureRequest
) -> AsyncIterator[Dealership]:
    account = Account(http, amo.url, LongLivedKey(TOKEN), pace=AsyncLimiter(10_000, 1))
    uid_field = amo.uid_field if request.param == "field" else None
    crm = AmoCrm(account, DEALER.zone, uid_field=uid_field, stages=AMOCRM_STAGES)
    async with dealership(sessions, crm, amocrm_url=amo.url, amocrm_hook_key=KEY) as found:
        yield found


@pytest.fixture
async def own(sessions: Sessions, http: aiohttp.ClientSession) -> AsyncIterator[Dealership]:
    """A system of the dealer's own."""
    async with WebhookReceiver() as receiver:
        crm = Webhook(http, receiver.address, SECRET)
        hook = {"leads_webhook_url": receiver.address, "leads_webhook_secret": SECRET}
        async with dealership(sessions, crm, **hook) as found:
            yield found


async def test_bitrix24_calls_and_the_stage_is_read_there(
    bitrix24: Dealership, portal: Bitrix24Server
) -> None:
    record = await bitrix24.record()
    for status, semantics in (("IN_PROCESS", "P"), ("UC_VISIT", "P"), ("JUNK", "F")):
        portal.staff_moves(record, status, semantics)
        assert await bitrix24.call("/crm/bitrix24", portal.call(record)) == 200
        assert await bitrix24.look() == 1
    assert await bitrix24.history() == [
        ("contact", "bot"),
        ("worksheet", "bitrix24"),
        ("visit", "bitrix24"),
        ("lost", "bitrix24"),
    ]


async def test_a_processed_lead_of_bitrix24_is_a_sale_only_when_its_deal_is_won(
    bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    record = await bitrix24.record()
    portal.staff_moves(record, "CONVERTED", "S")
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    await bitrix24.look()
    assert (await bitrix24.history())[-1] == ("worksheet", "bitrix24")
    deal = portal.staff_adds(DEAL, leadId=int(record.partition(":")[2]))
    portal.staff_moves(f"deal:{deal}", "WON", "S")
    clock.move(hours=2)  # nobody calls: the deal is not ours
    await bitrix24.look()
    assert (await bitrix24.history())[-1] == ("deal", "bitrix24")


async def test_amocrm_calls_and_the_stage_is_read_there(amocrm: Dealership, amo: AmoCrmServer) -> None:
    record = await amocrm.record()
    for status in (5, 6, 142):
        amo.staff_moves(record, status)
        assert await amocrm.call(f"/crm/amocrm?key={KEY}", amo.call(record)) == 200
        assert await amocrm.look() == 1
    assert await amocrm.history() == [
        ("contact", "bot"),
        ("worksheet", "amocrm"),
        ("visit", "amocrm"),
        ("deal", "amocrm"),
    ]


async def test_a_system_of_the_dealers_own_tells_the_stage_itself(own: Dealership) -> None:
    (captured,) = await own.desk.leads()
    body = _moved(captured.uid, "visit")
    assert await own.call("/crm/webhook", body, signed(body)) == 200
    assert await own.history() == [("contact", "bot"), ("visit", "webhook")]


async def test_a_recorded_call_played_again_moves_nothing(own: Dealership, clock: Clock) -> None:
    (captured,) = await own.desk.leads()
    visit, deal = _moved(captured.uid, "visit"), _moved(captured.uid, "deal")
    recorded = signed(visit)
    assert await own.call("/crm/webhook", visit, recorded) == 200
    assert await own.call("/crm/webhook", deal, signed(deal)) == 200
    clock.move(minutes=9)
    assert await own.call("/crm/webhook", visit, recorded) == 200
    assert (await own.history())[-1] == ("deal", "webhook")


async def test_a_call_that_comes_twice_at_one_moment_counts_once(own: Dealership) -> None:
    """As when it is played again at once, at another gateway."""
    (captured,) = await own.desk.leads()
    body = _moved(captured.uid, "visit")
    headers = signed(body)
    answers = await asyncio.gather(*(own.call("/crm/webhook", body, headers) for _ in range(8)))
    assert answers == [200] * 8
    assert await own.history() == [("contact", "bot"), ("visit", "webhook")]
    assert len(await own.desk.gateway.rows(CrmCall)) == 1


async def test_a_call_is_remembered_no_longer_than_its_signature_is_believed(
    own: Dealership, clock: Clock
) -> None:
    (captured,) = await own.desk.leads()
    for stage in ("visit", "deal"):
        body = _moved(captured.uid, stage)
        assert await own.call("/crm/webhook", body, signed(body)) == 200
        clock.move(minutes=16)
    assert len(await own.desk.gateway.rows(CrmCall)) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {}, 403),
        (b"{}", signed(b"{}", secret="another"), 403),
        (b"{}", signed(b"{}", moment=1), 403),
        (b"{}", signed(b'{"stage": "deal"}'), 403),
        (b"{}", {**signed(b"{}"), "X-Avtootvet-Timestamp": "сегодня"}, 403),
        (b"{}", None, 400),  # None: signed when the test runs, as a signature grows old in five minutes
        (b"[[[", None, 400),
        (b'{"event": "stage", "uid": "x", "stage": "won"}', None, 400),
        (b'{"event": "stage", "uid": "of-nobody", "stage": "deal"}', None, 200),
    ],
)
async def test_what_comes_to_the_dealers_own_address_is_checked(
    own: Dealership, body: bytes, headers: Mapping[str, str] | None, status: int
) -> None:
    assert await own.call("/crm/webhook", body, signed(body) if headers is None else headers) == status
    assert await own.history() == [("contact", "bot")]


async def test_a_stranger_cannot_make_us_look(
    bitrix24: Dealership, portal: Bitrix24Server, caplog: pytest.LogCaptureFixture
) -> None:
    record = await bitrix24.record()
    assert await bitrix24.call("/crm/bitrix24", portal.call(record, token="guess")) == 403
    assert await bitrix24.call("/crm/bitrix24", {"event": "ONCRMLEADUPDATE"}) == 403
    assert await bitrix24.call("/crm/bitrix24", b"\xff\xfe") == 400
    assert await bitrix24.call("/crm/amocrm?key=", {}) == 404  # not connected, so there is no such address
    assert await bitrix24.look() == 0
    assert APPLICATION_TOKEN not in caplog.text


async def test_a_stranger_cannot_make_us_look_into_amocrm(amocrm: Dealership, amo: AmoCrmServer) -> None:
    form = amo.call(await amocrm.record())
    assert await amocrm.call("/crm/amocrm", form) == 403
    assert await amocrm.call("/crm/amocrm?key=ключ", form) == 403
    assert await amocrm.look() == 0


@pytest.mark.parametrize("number", ["999999", "0", "", "1; DROP TABLE lead", "9" * 400])
async def test_records_of_others_are_nothing_to_us(
    bitrix24: Dealership, portal: Bitrix24Server, number: str
) -> None:
    form = portal.call("lead:1") | {"data[FIELDS][ID]": number}
    assert await bitrix24.call("/crm/bitrix24", form) == 200
    assert await bitrix24.call("/crm/bitrix24", form | {"event": "ONCRMCONTACTUPDATE"}) == 200
    assert await bitrix24.look() == 0


async def test_a_call_about_records_of_others_writes_nothing(
    sessions: Sessions, bitrix24: Dealership, portal: Bitrix24Server
) -> None:
    """A portal calls for each change of each record, and SQLite has one writer."""
    written: list[str] = []
    engine = sessions.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", lambda *query: written.append(query[2].split()[0]))
    form = portal.call("lead:1") | {"data[FIELDS][ID]": "999999"}
    assert await bitrix24.call("/crm/bitrix24", form) == 200
    assert set(written) == {"SELECT"}


async def test_the_record_of_another_dealership_with_our_number_moves_nothing(
    bitrix24: Dealership, portal: Bitrix24Server
) -> None:
    """The portal was changed for another, where the number is that of another's lead."""
    record = await bitrix24.record()
    portal.items[LEAD, int(record.partition(":")[2])]["originId"] = "of-a-twin"
    portal.staff_moves(record, "JUNK", "F")
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    assert await bitrix24.look() == 1
    assert await bitrix24.history() == [("contact", "bot")]


async def test_the_word_of_a_person_here_stands_until_the_crm_has_news(
    sessions: Sessions, bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    record = await bitrix24.record()
    portal.staff_moves(record, "IN_PROCESS")
    clock.move(hours=2)
    await bitrix24.look()
    async with sessions.begin() as session:
        await move(session, 1, "visit", by="staff")
    clock.move(hours=2)
    assert await bitrix24.look() == 1  # it still shows what it showed before
    assert (await bitrix24.history())[-1] == ("visit", "staff")
    portal.staff_moves(record, "LOSE", "F")
    clock.move(hours=2)
    await bitrix24.look()
    assert (await bitrix24.history())[-1] == ("lost", "bitrix24")


@pytest.mark.parametrize(
    ("here", "there", "after"),
    [
        ("visit", "IN_PROCESS", "visit"),
        ("lost", "IN_PROCESS", "lost"),
        ("deal", "JUNK", "deal"),
        ("worksheet", "UC_VISIT", "visit"),
        ("worksheet", "JUNK", "lost"),
    ],
)
async def test_the_first_look_moves_nobody_back(
    sessions: Sessions,
    bitrix24: Dealership,
    portal: Bitrix24Server,
    clock: Clock,
    here: Stage,
    there: str,
    after: Stage,
) -> None:
    """Nothing was seen before, so nobody knows whose word is the newer one."""
    async with sessions.begin() as session:
        await move(session, 1, here, by="staff")
    portal.staff_moves(await bitrix24.record(), there, "F" if there == "JUNK" else "P")
    clock.move(hours=2)
    assert await bitrix24.look() == 1
    assert (await bitrix24.history())[-1][0] == after


async def test_after_the_first_look_the_crms_news_may_move_it_back(
    sessions: Sessions, bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    async with sessions.begin() as session:
        await move(session, 1, "deal", by="staff")
    record = await bitrix24.record()
    for status in ("UC_VISIT", "IN_PROCESS"):
        portal.staff_moves(record, status)
        clock.move(hours=2)
        assert await bitrix24.look() == 1
    assert (await bitrix24.history())[-2:] == [("deal", "staff"), ("worksheet", "bitrix24")]


async def test_a_call_that_was_lost_is_made_good_by_the_next_look(
    bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    portal.staff_moves(await bitrix24.record(), "UC_VISIT")
    assert await bitrix24.look() == 0
    clock.move(hours=1, minutes=1)
    assert await bitrix24.look() == 1
    assert (await bitrix24.history())[-1] == ("visit", "bitrix24")


async def test_a_portal_that_is_away_is_looked_at_again(
    bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    record = await bitrix24.record()
    portal.staff_moves(record, "UC_VISIT")
    portal.misbehave("crm.item.get", "drop")
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    assert await bitrix24.look() == 1
    clock.move(minutes=16)
    assert await bitrix24.look() == 1
    assert (await bitrix24.history())[-1] == ("visit", "bitrix24")


async def test_a_call_that_comes_while_we_look_is_followed_by_another_look(
    sessions: Sessions, bitrix24: Dealership, portal: Bitrix24Server
) -> None:
    record = await bitrix24.record()
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    found = await claim_look(sessions, ["bitrix24"])
    assert found is not None
    assert await claim_look(sessions, ["bitrix24"]) is None  # one gateway looks at a time
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    await bitrix24.looks.handle(found)
    assert await bitrix24.look() == 1


async def test_a_story_that_is_over_is_looked_at_only_when_somebody_calls(
    sessions: Sessions, bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    record = await bitrix24.record()
    portal.staff_moves(record, "JUNK", "F")
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    await bitrix24.look()
    clock.move(days=30)
    assert await bitrix24.look() == 0
    portal.staff_moves(record, "UC_VISIT")  # he has come after all
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    await bitrix24.look()
    assert (await bitrix24.history())[-1] == ("visit", "bitrix24")


async def test_a_story_that_was_over_is_followed_again_when_the_customer_comes_back(
    bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    record = await bitrix24.record()
    portal.staff_moves(record, "JUNK", "F")
    await bitrix24.call("/crm/bitrix24", portal.call(record))
    await bitrix24.look()
    await bitrix24.desk.hear(lead())
    await bitrix24.desk.tell()
    portal.staff_moves(record, "IN_PROCESS")
    clock.move(hours=2)  # nobody calls
    assert await bitrix24.look() == 1
    assert (await bitrix24.history())[-2:] == [("contact", "bot"), ("worksheet", "bitrix24")]


async def test_another_record_of_the_lead_has_shown_nothing_yet(
    bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    """He took his consent back, so the first was deleted, and agreed again."""
    first = await bitrix24.record()
    portal.staff_moves(first, "JUNK", "F")
    await bitrix24.call("/crm/bitrix24", portal.call(first))
    await bitrix24.look()
    await bitrix24.desk.hear({"custom": {"effect": "consent_withdrawn"}})
    await bitrix24.desk.tell()
    await bitrix24.desk.hear(lead(), GIVEN)
    await bitrix24.desk.tell()
    second = await bitrix24.record()
    assert second != first
    portal.staff_moves(second, "JUNK", "F")
    clock.move(hours=2)
    await bitrix24.look()
    assert (await bitrix24.history())[-2:] == [("contact", "bot"), ("lost", "bitrix24")]


async def test_a_mass_change_in_amocrm_is_read_whole(amocrm: Dealership) -> None:
    """Three megabytes of it: a refused call would be lost, and in the end the webhook switched off."""
    comment = {"leads[update][7][custom_fields][9][values][0][value]": "очень длинный комментарий " * 10_000}
    many = {f"leads[update][{n}][custom_fields][{f}][id]": "1" for n in range(1000) for f in range(40)}
    ours = {"leads[update][1000][id]": await amocrm.record()}
    assert await amocrm.call(f"/crm/amocrm?key={KEY}", comment | many | ours) == 200
    assert await amocrm.look() == 1


async def test_a_mass_change_of_more_leads_than_a_question_may_name(amocrm: Dealership) -> None:
    others = {f"leads[status][{n}][id]": str(10**6 + n) for n in range(40_000)}
    ours = {"leads[status][40000][id]": await amocrm.record()}
    assert await amocrm.call(f"/crm/amocrm?key={KEY}", others | ours) == 200
    assert await amocrm.look() == 1


async def test_what_is_beyond_the_bound_of_a_call_is_as_if_it_were_lost(
    amocrm: Dealership, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("bot.leads.crm.amocrm.changed.LONGEST", 1000)
    form = {"leads[update][0][name]": "Анна" * 100_000, "leads[status][0][id]": await amocrm.record()}
    assert await amocrm.call(f"/crm/amocrm?key={KEY}", form) == 200
    assert await amocrm.look() == 0
    clock.move(hours=2)
    assert await amocrm.look() == 1


async def test_a_mark_that_no_database_can_hold_is_no_mark(own: Dealership) -> None:
    body = _moved("\0" * 32, "deal")
    assert await own.call("/crm/webhook", body, signed(body)) == 400


async def test_the_older_a_lead_the_seldomer_it_is_looked_at(
    sessions: Sessions, bitrix24: Dealership, clock: Clock
) -> None:
    clock.move(days=5)
    assert await bitrix24.look() == 1
    clock.move(hours=11)
    assert await bitrix24.look() == 0
    clock.move(hours=2)
    assert await bitrix24.look() == 1
    clock.move(days=200)
    assert await bitrix24.look() == 1
    assert [row.due_at for row in await bitrix24.desk.gateway.rows(CrmLook)] == [None]


@pytest.mark.parametrize("wish", ["consent_withdrawn", "forget_me"])
async def test_whoever_was_forgotten_is_looked_at_no_more(
    bitrix24: Dealership, clock: Clock, wish: str
) -> None:
    await bitrix24.desk.hear({"custom": {"effect": wish}})
    await bitrix24.desk.tell()
    clock.move(hours=2)
    assert await bitrix24.look() == 0
    assert await bitrix24.desk.gateway.rows(CrmLook) == []


async def test_whoever_cannot_be_forgotten_there_is_looked_at_no_more_all_the_same(
    bitrix24: Dealership, portal: Bitrix24Server, clock: Clock
) -> None:
    portal.staff_moves(await bitrix24.record(), "WON", "S")
    await bitrix24.desk.hear({"custom": {"effect": "consent_withdrawn"}})
    await bitrix24.desk.tell()
    assert [(d.task, d.status) for d in await bitrix24.desk.deliveries()] == [("forget", "failed")]
    assert await bitrix24.desk.gateway.rows(CrmLook) == []


async def test_a_delivery_under_way_while_he_takes_his_consent_back_is_not_followed(
    bitrix24: Dealership,
) -> None:
    await bitrix24.desk.hear(lead(name="Анна"))
    errand = await bitrix24.desk.claim()
    assert errand is not None
    await bitrix24.desk.hear({"custom": {"effect": "consent_withdrawn"}})
    await bitrix24.desk.handovers.handle(errand)
    await bitrix24.desk.tell()
    assert await bitrix24.desk.gateway.rows(CrmLook) == []


async def test_who_agrees_again_is_followed_again(bitrix24: Dealership) -> None:
    await bitrix24.desk.hear({"custom": {"effect": "consent_withdrawn"}})
    await bitrix24.desk.tell()
    await bitrix24.desk.hear(lead(), GIVEN)
    await bitrix24.desk.tell()
    assert len(await bitrix24.desk.gateway.rows(CrmLook)) == 1


async def test_the_other_systems_hear_of_a_stage_and_the_one_that_said_it_does_not(
    sessions: Sessions,
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        async with sessions.begin() as session:
            await move(session, 1, "visit", by="another")
        assert await desk.tell() == 1
        assert desk.crm.latest[0].stage == "visit"
        async with sessions.begin() as session:
            await move(session, 1, "deal", by=desk.crm.name)
            await move(session, 1, "deal", by=desk.crm.name)
        assert await desk.tell() == 0
        assert [row.stage for row in await desk.gateway.rows(LeadStage)] == ["contact", "visit", "deal"]


def _moved(uid: str, stage: str) -> bytes:
    return json.dumps({"event": "stage", "uid": uid, "stage": stage}).encode()
