"""Leads for a system of the dealer's own: signed, recognisable, bounded in time."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.leads.crm.base import CrmDelayed, CrmRefused
from bot.leads.crm.webhook import Webhook
from tests.emulators.crm import WebhookReceiver
from tests.emulators.crm.webhook import SECRET
from tests.leads.crm.cards import PHONE, SAID, card
from tests.leads.crm.outcomes import killed_when_done, says


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def webhook(receiver: WebhookReceiver, http: aiohttp.ClientSession) -> Webhook:
    return Webhook(http, receiver.address, SECRET)


async def test_the_whole_lead_arrives_signed(receiver: WebhookReceiver, webhook: Webhook) -> None:
    assert await webhook.deliver(card(), None) == "crm-lead-5f1c"
    lead = receiver.records["lead-5f1c"]
    assert (lead["phone"], lead["price"], lead["stage"]) == (PHONE, 1_250_000, "contact")
    assert [said["text"] for said in lead["dialogue"]][-1] == SAID


async def test_a_receiver_without_names_of_its_own_keeps_ours(
    receiver: WebhookReceiver, webhook: Webhook
) -> None:
    receiver.answers_with_id = False
    assert await webhook.deliver(card(), None) == "lead-5f1c"
    assert await webhook.deliver(card(), "17") == "17"


@pytest.mark.parametrize("name", [True, "", "a" * 201, "a\nb", {"x": 1}, None])
async def test_a_name_that_cannot_be_kept_is_not_taken(
    receiver: WebhookReceiver, webhook: Webhook, name: object
) -> None:
    receiver.misbehave("leads", "error", status=200, body={"id": name})
    assert await webhook.deliver(card(), None) == "lead-5f1c"


async def test_a_repeat_has_the_same_key_and_new_content_another(
    receiver: WebhookReceiver, webhook: Webhook
) -> None:
    for loss in ("cut", "lost"):
        receiver.misbehave("leads", loss)  # type: ignore[arg-type]
        with pytest.raises(CrmDelayed):
            await webhook.deliver(card(), None)
    receiver.misbehave("leads", "hang")
    await killed_when_done(receiver, webhook.deliver(card(), None))
    await webhook.deliver(card(), None)
    await webhook.deliver(card(stage="visit"), "crm-lead-5f1c")
    assert len(receiver.keys) == 5
    assert len(set(receiver.keys[:4])) == 1
    assert receiver.keys[4] != receiver.keys[3]
    assert receiver.records["lead-5f1c"]["stage"] == "visit"


async def test_silence_is_not_waited_for_ever(receiver: WebhookReceiver, http: aiohttp.ClientSession) -> None:
    receiver.misbehave("leads", "hang")
    with pytest.raises(CrmDelayed) as delayed:
        await Webhook(http, receiver.address, SECRET, timeout=0.05).deliver(card(), None)
    assert "in-the-address" not in says(delayed.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (408, CrmDelayed),
        (425, CrmDelayed),
        (429, CrmDelayed),
        (500, CrmDelayed),
        (503, CrmDelayed),
        (301, CrmDelayed),
        (400, CrmRefused),
        (404, CrmRefused),
        (422, CrmRefused),
    ],
)
async def test_answers_and_what_they_mean(
    receiver: WebhookReceiver, webhook: Webhook, status: int, error: type[CrmDelayed | CrmRefused]
) -> None:
    receiver.misbehave("leads", "error", status=status, body={"error": PHONE})
    with pytest.raises(error, match=str(status)) as refused:
        await webhook.deliver(card(), None)
    says(refused.value)


async def test_a_person_is_not_sent_after_a_redirect(receiver: WebhookReceiver, webhook: Webhook) -> None:
    async with WebhookReceiver() as elsewhere:
        away = {"Location": elsewhere.address}
        receiver.misbehave("leads", "error", status=307, headers=away)
        with pytest.raises(CrmDelayed, match="LEADS_WEBHOOK_URL"):
            await webhook.deliver(card(), None)
        assert elsewhere.requests == []


async def test_the_receiver_may_say_when(receiver: WebhookReceiver, webhook: Webhook) -> None:
    receiver.misbehave("leads", "error", status=503, headers={"Retry-After": "120"})
    with pytest.raises(CrmDelayed) as delayed:
        await webhook.deliver(card(), None)
    assert delayed.value.retry_after == 120


async def test_another_secret_is_told_to_the_admin(
    receiver: WebhookReceiver, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(CrmDelayed, match="LEADS_WEBHOOK_SECRET"):
        await Webhook(http, receiver.address, "other").deliver(card(), None)
    assert receiver.records == {}


async def test_the_receiver_is_asked_to_forget(receiver: WebhookReceiver, webhook: Webhook) -> None:
    record = await webhook.deliver(card(), None)
    await webhook.forget(record)
    await webhook.forget(record)
    assert receiver.forgotten == [record, record]
    assert len(set(receiver.keys)) == 2
