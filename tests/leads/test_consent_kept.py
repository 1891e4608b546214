"""Nothing goes to a CRM without consent, and the proof of it is kept for ever (152-ФЗ)."""

import hashlib

import pytest
from sqlalchemy import delete, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.customers.persons import confirm, split
from bot.db import Sessions
from bot.desk.models import Ticket
from bot.errors import DeliveryError
from bot.leads.crm.base import CrmDelayed, CrmRefused
from bot.leads.models import Consent
from bot.outbox.models import OutboxMessage
from tests.leads.telling import GIVEN, OTHER, PHONE, SHOWN, Clock, Telling, lead, telling
from tests.spine import DEALER

WITHDRAWN = {"custom": {"effect": "consent_withdrawn"}}
REFUSED = {"custom": {"effect": "consent_refused", "version": DEALER.consent.version}}
ASKED = {"custom": {"effect": "consent_shown", "version": DEALER.consent.version, "question": True}}
BY_NUMBER = {"custom": {"effect": "consent_given", "how": "number_after_text"}}


async def test_a_lead_waits_for_consent_and_goes_out_with_it(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), SHOWN)
        assert await _statuses(desk) == ["consent"]
        assert await desk.tell() == 0
        await desk.hear(GIVEN)
        assert await desk.tell() == 1
        assert await _statuses(desk) == ["done"]


async def test_the_proof_holds_the_text_as_it_was_shown_and_what_he_did(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), SHOWN, message_id="11")
        await desk.hear(GIVEN, message_id="12")
        shown, given = await _proofs(desk)
        assert (shown.event, shown.text, shown.version) == ("shown", "Хорошо.", DEALER.consent.version)
        assert (given.event, given.how, given.kind) == ("given", "button", "processing")
        assert (given.text, given.message_ids) == ("Хорошо.", ["12"])
        assert given.text_sha256 == hashlib.sha256("Хорошо.".encode()).hexdigest()
        assert (given.phone, given.channel, given.chat_id) == (PHONE, "fake", "anna")
        assert (given.url, given.bot_version) == (DEALER.consent.url, "0.1.0")


async def test_no_proof_can_be_changed_or_deleted(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(GIVEN)
        for change in (update(Consent).values(event="withdrawn"), delete(Consent)):
            with pytest.raises(DBAPIError, match="only ever added to"):
                async with sessions.begin() as session:
                    await session.execute(change)


async def test_the_state_of_consent_goes_to_the_actions(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        states = []
        for replies in ([SHOWN], [GIVEN], [WITHDRAWN], []):
            await desk.hear(*replies)
            states.append(desk.gateway.rasa.asked[-1]["metadata"]["consent"])
        assert states == ["none", "shown", "given", "withdrawn"]


async def test_a_consent_to_an_earlier_text_is_asked_again_but_still_holds(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear({"custom": {"effect": "consent_shown", "version": "2020-01"}}, GIVEN)
        async with sessions.begin() as session:
            copied = (
                "INSERT INTO consent (conversation_id, channel, account, chat_id, event, kind, how, version,"
                " url, policy_url, text, text_sha256, message_ids, bot_version, at) SELECT conversation_id,"
                " channel, account, chat_id, event, kind, how, '2020-01', url, policy_url, text, text_sha256,"
                " message_ids, bot_version, at FROM consent WHERE event = 'given'"
            )
            await session.execute(text(copied))
        await desk.hear(lead())
        assert desk.gateway.rasa.asked[-1]["metadata"]["consent"] != "given"
        assert await _statuses(desk) == ["queued"]


async def test_withdrawal_stops_calls_back_and_tells_people(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        await desk.hear(lead(step="test_drive"))
        await desk.hear(WITHDRAWN)
        await desk.tell()
        assert desk.crm.forgotten == ["lead:1"]
        assert desk.crm.records == {}
        assert await _statuses(desk) == ["done", "consent"]
        (ticket,) = await desk.gateway.rows(Ticket)
        assert "отозвал согласие" in ticket.summary


async def test_a_call_back_is_not_lost_when_he_writes_again(sessions: Sessions, clock: Clock) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        desk.crm.troubles = [CrmDelayed("нет связи")]
        await desk.hear(WITHDRAWN)
        await desk.tell()
        await desk.hear(lead(name="Анна"))
        clock.move(hours=1)
        await desk.tell()
        assert desk.crm.forgotten == ["lead:1"]


async def test_who_agrees_again_is_a_new_record(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        await desk.hear(WITHDRAWN)
        await desk.tell()
        await desk.hear(SHOWN)
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        assert (len(desk.crm.made), len(desk.crm.records)) == (2, 1)


async def test_withdrawn_while_it_is_told_it_is_called_back(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        errand = await desk.claim()
        assert errand is not None
        await desk.hear(WITHDRAWN)
        await desk.handovers.handle(errand)
        await desk.tell()
        assert (desk.crm.forgotten, desk.crm.records) == (["lead:1"], {})


async def test_where_it_is_unknown_whether_there_is_a_record_a_person_looks(
    sessions: Sessions, clock: Clock
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.troubles = [TimeoutError()]
        await desk.tell()
        await desk.hear(WITHDRAWN)
        await desk.tell()
        (row,) = await desk.deliveries()
        assert (row.task, row.status) == ("forget", "failed")
        assert (await desk.leads())[0].uid in (row.error or "")


async def test_what_was_refused_outright_has_nothing_to_be_forgotten(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.troubles = [CrmRefused("нет права CRM")]
        await desk.tell()
        await desk.hear(WITHDRAWN)
        assert await _statuses(desk) == ["consent"]


async def test_the_consent_of_one_customer_is_not_anothers(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN, chat="anna")
        await desk.hear(lead(OTHER), chat="boris")
        assert await _statuses(desk) == ["queued", "consent"]


class TestOfOnePersonInTwoChats:
    async def test_what_is_told_in_one_goes_out_by_the_consent_of_the_other(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _joined(desk)
            await desk.hear(lead(), GIVEN, chat="telegram")
            await desk.hear(lead(None, step="test_drive"), chat="vk")
            assert await _statuses(desk) == ["queued", "queued"]

    async def test_what_is_taken_back_in_one_is_not_told_by_the_other(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _joined(desk)
            await desk.hear(lead(), GIVEN, chat="telegram")
            await desk.tell()
            await desk.hear(WITHDRAWN, chat="vk")
            await desk.tell()
            await desk.hear(lead(name="Анна"), chat="telegram")
            await desk.tell()
            assert desk.crm.records == {}

    async def test_what_is_taken_back_stays_so_when_they_are_parted(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _joined(desk)
            await desk.hear(lead(), GIVEN, chat="telegram")
            await desk.hear(WITHDRAWN, chat="vk")
            async with sessions.begin() as session:
                await split(session, await desk.gateway.conversation("vk"))
            await desk.hear(chat="telegram")
            assert _consent(desk) == ("withdrawn", False)

    async def test_what_is_refused_in_one_is_known_in_the_other(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _joined(desk)
            await desk.hear(SHOWN, chat="telegram")
            await desk.hear(REFUSED, chat="telegram")
            await desk.hear(chat="vk")
            assert _consent(desk) == ("refused", False)

    async def test_the_proof_holds_the_text_that_was_shown_in_the_other(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _joined(desk)
            await desk.hear(SHOWN, chat="telegram")
            await desk.hear(lead(), GIVEN, chat="vk")
            assert [proof.text for proof in await _proofs(desk)] == ["Хорошо.", "Хорошо."]


class TestOfARefusal:
    async def test_it_is_kept_with_the_text_and_what_he_did(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await desk.hear(lead(), SHOWN)
            await desk.hear(REFUSED, message_id="12")
            proof = (await _proofs(desk))[-1]
            assert (proof.event, proof.version, proof.text) == ("refused", DEALER.consent.version, "Хорошо.")
            assert (proof.how, proof.message_ids, proof.phone) == ("words", ["12"], PHONE)

    async def test_an_agreement_to_an_earlier_text_holds_until_it_is_taken_back(
        self, sessions: Sessions
    ) -> None:
        async with telling(sessions) as desk:
            await desk.hear(lead(), GIVEN)
            await _agreed_to_an_earlier_text_only(desk)
            await desk.hear(REFUSED)
            await desk.hear(lead(step="test_drive"))
            assert _consent(desk) == ("refused", True)
            assert await _statuses(desk) == ["queued", "queued"]
            await desk.hear(WITHDRAWN)
            await desk.hear()
            assert _consent(desk) == ("withdrawn", False)

    async def test_to_be_asked_again_does_not_make_the_next_number_an_agreement(
        self, sessions: Sessions
    ) -> None:
        async with telling(sessions) as desk:
            await desk.hear(SHOWN)
            await desk.hear(REFUSED)
            await desk.hear(ASKED)
            await desk.hear()
            assert _consent(desk)[0] == "refused"
            await desk.hear(SHOWN)
            await desk.hear()
            assert _consent(desk)[0] == "shown"


class TestOfATextThatDidNotArrive:
    async def test_it_was_not_shown(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            desk.gateway.channel.troubles = [DeliveryError("нет связи")]
            await desk.hear(lead(), SHOWN)
            await desk.hear()
            assert _consent(desk)[0] == "none"

    async def test_a_number_after_it_agrees_to_nothing(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            desk.gateway.channel.troubles = [DeliveryError("нет связи")]
            await desk.hear(SHOWN)
            await desk.hear(lead(), BY_NUMBER)
            assert await desk.tell() == 0
            assert (await _proofs(desk))[-1].reached_at is None

    async def test_a_number_after_one_that_arrived_does_and_keeps_the_moment(
        self, sessions: Sessions
    ) -> None:
        async with telling(sessions) as desk:
            await desk.hear(SHOWN)
            await desk.hear(lead(), BY_NUMBER)
            assert await desk.tell() == 1
            (carried, _) = sorted(await desk.gateway.rows(OutboxMessage), key=lambda row: row.id)
            assert (await _proofs(desk))[-1].reached_at == carried.sent_at is not None


class TestOfAStrangerWhoTypedAnothersNumber:
    """Anybody can type any number; what its owner arranged stays his."""

    async def test_his_withdrawal_leaves_the_owners_record(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _owner_and_stranger(desk)
            await desk.hear(WITHDRAWN, chat="stranger")
            await desk.tell()
            assert (desk.crm.forgotten, len(desk.crm.records)) == ([], 1)
            (card,) = desk.crm.latest
            assert (card.phone, card.name) == (PHONE, "Анна")
            assert "слова чужого" not in [line.text for line in card.dialogue]
            assert "Предлагает цену" not in card.wishes
            assert "Уберите из заметок" in card.wishes
            (ticket,) = await desk.gateway.rows(Ticket)
            assert "контакт остаётся в работе" in ticket.summary

    async def test_the_owners_news_still_go_out(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _owner_and_stranger(desk)
            await desk.hear(WITHDRAWN, chat="stranger")
            await desk.hear(lead(), chat="stranger")
            await desk.tell()
            await desk.hear(lead(name="Анна Смирнова"), chat="owner")
            assert await desk.tell() == 1
            assert desk.crm.latest[0].name == "Анна Смирнова"

    async def test_the_owner_who_proved_his_number_takes_all_of_it_back(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await desk.hear(chat="owner", own_phone=PHONE)
            await _owner_and_stranger(desk)
            await desk.hear(WITHDRAWN, chat="owner")
            await desk.tell()
            assert desk.crm.records == {}

    async def test_he_is_not_told_what_the_owner_said(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await desk.hear(lead(details={"own_car": {"make": "Lada"}}), GIVEN, chat="owner")
            await desk.hear(lead(), chat="stranger")
            await desk.hear(chat="stranger")
            assert desk.gateway.rasa.asked[-1]["metadata"]["own_car"] is None


async def test_the_proof_says_that_the_number_came_by_the_messengers_own_button(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        number = {"custom": {"effect": "consent_given", "how": "number_after_text"}}
        await desk.hear(lead(), number, own_phone=PHONE)
        await desk.hear(lead(), number)
        assert [proof.how for proof in await _proofs(desk)] == ["contact_button", "number_after_text"]


def _consent(desk: Telling) -> tuple[str, bool]:
    """What the actions were told of it last."""
    metadata = desk.gateway.rasa.asked[-1]["metadata"]
    return metadata["consent"], metadata["consent_holds"]


async def _owner_and_stranger(desk: Telling) -> None:
    await desk.hear(lead(name="Анна"), GIVEN, chat="owner")
    await desk.hear(lead(name="Пётр", details={"offer": 900_000}), text="слова чужого", chat="stranger")
    await desk.tell()
    assert desk.crm.latest[0].name == "Пётр"


async def _agreed_to_an_earlier_text_only(desk: Telling) -> None:
    """As after an upgrade: the text of his agreement is not the present one."""
    async with desk.gateway.sessions.begin() as session:
        (given,) = (await session.scalars(select(Consent))).all()
        older = {c.key: getattr(given, c.key) for c in inspect(Consent).column_attrs if c.key != "id"}
        session.add(Consent(**older | {"event": "withdrawn"}))
        await session.flush()
        session.add(Consent(**older | {"version": "2020-01"}))


async def _joined(desk: Telling) -> None:
    await desk.hear(chat="telegram", own_phone=PHONE)
    await desk.hear(chat="vk")
    async with desk.gateway.sessions.begin() as session:
        await confirm(session, await desk.gateway.conversation("vk"), PHONE, "staff")


async def _statuses(desk: Telling) -> list[str]:
    return [row.status for row in sorted(await desk.deliveries(), key=lambda row: row.id)]


async def _proofs(desk: Telling) -> list[Consent]:
    return sorted(await desk.gateway.rows(Consent), key=lambda row: row.id)
