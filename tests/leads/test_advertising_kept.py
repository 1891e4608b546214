"""Consent to advertising: a history of its own, and only a yes that nobody took back allows it."""

import hashlib
import json

import pytest
from sqlalchemy import select

from bot.customers.export import export
from bot.customers.persons import confirm
from bot.db import Sessions
from bot.leads.advertising import advertised
from bot.leads.consent import Deed, record
from bot.leads.export import read_rows
from bot.leads.models import Consent, Lead
from tests.leads.telling import GIVEN, PHONE, SHOWN, Telling, lead, telling
from tests.spine import DEALER

TERMS = DEALER.consent.advertising
assert TERMS is not None


def _about(effect: str, **fields: object) -> dict[str, object]:
    return {"custom": {"effect": effect, "kind": "advertising"} | fields}


OFFERED = _about("consent_shown", version=TERMS.version, question=True)
YES = _about("consent_given", how="button")
IN_WORDS = _about("consent_given", how="words")
NO = _about("consent_refused", version=TERMS.version)
STOP = _about("consent_withdrawn")
ALL_WITHDRAWN = {"custom": {"effect": "consent_withdrawn"}}
FORGET = {"custom": {"effect": "forget_me"}}


async def test_the_proof_has_its_own_text_version_and_link(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.hear(OFFERED)
        await desk.hear(YES, message_id="12")
        shown, given = await _history(desk)
        assert (shown.event, shown.url, shown.version) == ("shown", TERMS.url, TERMS.version)
        assert (given.event, given.how, given.message_ids) == ("given", "button", ["12"])
        assert (given.url, given.version, given.text) == (TERMS.url, TERMS.version, "Хорошо.")
        assert given.text_sha256 == hashlib.sha256("Хорошо.".encode()).hexdigest()
        assert (given.channel, given.phone) == ("fake", PHONE)
        assert given.reached_at is not None


async def test_it_is_no_condition_and_says_nothing_of_the_processing(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), YES)
        assert [row.status for row in await desk.deliveries()] == ["consent"]
        await desk.hear(NO)
        await desk.hear(GIVEN)
        assert [row.status for row in await desk.deliveries()] == ["queued"]


@pytest.mark.parametrize(
    ("said", "states"),
    [
        ([OFFERED], ["none", "asked"]),
        ([OFFERED, YES], ["none", "asked", "given"]),
        ([OFFERED, NO], ["none", "asked", "asked"]),
        ([OFFERED, YES, STOP], ["none", "asked", "given", "asked"]),
        ([STOP], ["none", "asked"]),
        ([OFFERED, YES, ALL_WITHDRAWN], ["none", "asked", "given", "asked"]),
        ([OFFERED, YES, FORGET], ["none", "asked", "given", "none"]),
    ],
)
async def test_the_actions_are_told_whether_he_may_be_asked(
    sqlite_sessions: Sessions, said: list[dict[str, object]], states: list[str]
) -> None:
    async with telling(sqlite_sessions) as desk:
        for replies in ([deed] for deed in said):
            await desk.hear(*replies)
        await desk.hear()
        assert [turn["metadata"]["advertising"] for turn in desk.gateway.rasa.asked] == states


async def test_who_was_asked_in_one_chat_is_not_asked_in_another(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(chat="telegram", own_phone=PHONE)
        await desk.hear(chat="vk")
        async with sessions.begin() as session:
            await confirm(session, await desk.gateway.conversation("vk"), PHONE, "staff")
        await desk.hear(OFFERED, chat="telegram")
        await desk.hear(chat="vk")
        assert desk.gateway.rasa.asked[-1]["metadata"]["advertising"] == "asked"


async def test_the_crm_hears_of_the_yes_and_of_its_end(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        for replies, allowed in (([], False), ([OFFERED], False), ([YES], True), ([STOP], False)):
            await desk.hear(*replies)
            await desk.tell()
            assert desk.crm.latest[0].advertising is allowed
            assert await _in_the_table(desk) is allowed


async def test_to_stop_advertising_leaves_the_lead_with_the_people(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(SHOWN)
        await desk.hear(lead(), GIVEN)
        await desk.hear(YES)
        await desk.hear(STOP)
        await desk.tell()
        assert (desk.crm.forgotten, len(desk.crm.records)) == ([], 1)
        await desk.hear()
        assert desk.gateway.rasa.asked[-1]["metadata"]["consent"] == "given"


async def test_without_a_text_in_dealer_yml_a_no_is_kept_all_the_same(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        silent = DEALER.consent.model_copy(update={"advertising": None})
        await desk.hear()
        conversation = await desk.gateway.conversation("anna")
        async with sessions.begin() as session:
            no = Deed("withdrawn", "words", ["7"], "advertising")
            await record(session, conversation, silent, no, [conversation.id])
        (row,) = await _history(desk)
        assert (row.event, row.text, row.version, row.url) == ("withdrawn", "", "", "")


@pytest.mark.parametrize(("end", "event"), [(ALL_WITHDRAWN, "withdrawn"), (FORGET, "forgotten")])
async def test_it_ends_with_the_processing_and_its_history_says_so(
    sessions: Sessions, end: dict[str, object], event: str
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.hear(OFFERED)
        await desk.hear(YES)
        await desk.hear(end)
        history = [(row["kind"], row["event"]) for row in await _exported(desk)]
        assert history == [
            ("processing", "given"),
            ("advertising", "shown"),
            ("advertising", "given"),
            ("processing", event),
            ("advertising", event),
        ]
        assert not await _in_the_table(desk)


async def test_who_never_heard_of_advertising_has_no_history_of_it(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.hear(FORGET)
        assert await _history(desk) == []


class TestOfAStrangerWhoTypedAnothersNumber:
    async def test_his_yes_is_not_the_owners_who_said_no(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await desk.hear(lead(), GIVEN, NO, chat="owner")
            await desk.hear(lead(), GIVEN, YES, chat="stranger")
            await desk.tell()
            assert not desk.crm.latest[0].advertising
            assert not await _in_the_table(desk)

    async def test_his_silence_leaves_the_owners_yes(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await desk.hear(lead(), GIVEN, YES, chat="owner")
            await desk.hear(lead(), GIVEN, chat="stranger")
            assert await _in_the_table(desk)


async def test_a_yes_in_words_to_a_text_that_did_not_arrive_is_none(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.hear(IN_WORDS)
        assert not await _in_the_table(desk)
        await desk.hear(OFFERED)
        await desk.hear(IN_WORDS)
        assert await _in_the_table(desk)


async def test_of_many_leads_those_who_agreed_are_found_at_once(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), lead(step="test_drive"), GIVEN, YES, chat="anna")
        await desk.hear(lead("+79007654321"), GIVEN, chat="boris")
        async with sessions() as session:
            assert await advertised(session, select(Lead.id)) == {1, 2}


async def _history(desk: Telling) -> list[Consent]:
    rows = await desk.gateway.rows(Consent)
    return sorted((row for row in rows if row.kind == "advertising"), key=lambda row: row.id)


async def _exported(desk: Telling) -> list[dict[str, str]]:
    """As `bot customer export` prints it."""
    conversation = await desk.gateway.conversation("anna")
    async with desk.gateway.sessions() as session:
        rows = json.loads(await export(session, [conversation.id], None))["consent"]
    return sorted(rows, key=lambda row: row["id"])


async def _in_the_table(desk: Telling) -> bool:
    """As `bot leads export` writes it."""
    (row,) = await read_rows(desk.gateway.sessions, limit=None)
    return row.advertising
