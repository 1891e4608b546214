"""Leads as letters, through a real SMTP conversation."""

import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from bot.leads.crm.base import CrmDelayed, CrmRefused
from bot.leads.crm.mail import Mail, MailServer, Security
from tests.emulators.crm import LOCALHOST, SmtpServer
from tests.emulators.crm.smtp import PASSWORD, USER
from tests.leads.crm.cards import NAME, PERSONAL, PHONE, SAID, ZONE, card, line
from tests.leads.crm.outcomes import says

SENDER = "bot@salon.example"
EVERYONE = "leads@salon.example"
MANAGER = "gromov@salon.example"


@pytest.fixture
async def post() -> AsyncIterator[SmtpServer]:
    async with SmtpServer() as server:
        yield server


@pytest.fixture
def mail(post: SmtpServer) -> Mail:
    return through(post)


def through(
    post: SmtpServer,
    *,
    security: Security = "none",
    user: str | None = None,
    password: str | None = None,
    timeout: float = 30.0,
) -> Mail:
    trust = ssl.create_default_context(cafile=str(LOCALHOST))
    server = MailServer("127.0.0.1", security, post.port, user, password, timeout=timeout, trust=trust)
    return Mail(server, SENDER, (EVERYONE,), ZONE)


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_the_department_and_the_manager_get_a_letter(post: SmtpServer, mail: Mail) -> None:
    await mail.deliver(card(responsible_id=MANAGER), None)
    [letter] = post.letters
    assert post.recipients == [[MANAGER, EVERYONE]]
    assert letter["Subject"] == "Контакт. Тест-драйв: Hyundai Solaris, 2019, белый"
    assert letter["From"] == f"Автоответ <{SENDER}>"
    assert PHONE not in letter["Subject"]
    assert NAME not in letter["Subject"]


async def test_the_text_reads_without_html(post: SmtpServer, mail: Mail) -> None:
    await mail.deliver(card(), None)
    text = text_of(post.letters[0])
    assert f"Клиент: {NAME}\nТелефон: {PHONE}\nЧто дальше: Тест-драйв\n" in text
    assert "Карточка: https://salon.example/cars/12" in text
    assert "Согласие на рекламу: нет" in text
    assert f"Клиент: {SAID}" in text


async def test_the_html_is_for_tapping(post: SmtpServer, mail: Mail) -> None:
    await mail.deliver(card(), None)
    html = html_of(post.letters[0])
    assert f'<a href="tel:{PHONE}">{PHONE}</a>' in html
    assert '<a href="https://salon.example/cars/12">https://salon.example/cars/12</a>' in html


async def test_words_of_customers_are_text_only(post: SmtpServer, mail: Mail) -> None:
    evil = '<img src=x onerror="alert(1)"> & Co'
    await mail.deliver(
        card(
            name=evil,
            car="<img>\r\nBcc: thief@evil.example",
            car_url="javascript:alert(1)",
            dialogue=(line(evil, 0),),
        ),
        None,
    )
    [letter] = post.letters
    html = html_of(letter)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; Co") == 2
    assert "href" not in html.replace('href="tel:', "")
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Контакт. Тест-драйв: <img> Bcc: thief@evil.example"


async def test_a_repeat_is_recognisable_and_a_new_fact_is_another_letter(
    post: SmtpServer, mail: Mail
) -> None:
    record = await mail.deliver(card(), None)
    await mail.deliver(card(), None)  # the record was lost
    assert await mail.deliver(card(), record) == record  # known: no letter
    await mail.deliver(card(summary="Передумал, едет в воскресенье."), record)
    first, repeated, changed = post.letters
    assert first["Message-ID"] == repeated["Message-ID"] != changed["Message-ID"]
    assert first["References"] == changed["References"]
    assert changed["Subject"].startswith("Обновление. ")


async def test_a_stage_alone_is_no_letter(post: SmtpServer, mail: Mail) -> None:
    record = await mail.deliver(card(), None)
    assert await mail.deliver(card(stage="visit"), record) == record
    assert len(post.letters) == 1


async def test_after_an_unclear_end_the_letter_comes_again_under_its_name(
    post: SmtpServer, mail: Mail
) -> None:
    post.hangs_up_after_data = True
    with pytest.raises(CrmDelayed) as delayed:
        await mail.deliver(card(), None)
    assert says(delayed.value).endswith("недоступен (SMTPServerDisconnected). Отправим ещё раз сами.")
    post.hangs_up_after_data = False
    await mail.deliver(card(), None)
    first, repeated = post.letters
    assert first["Message-ID"] == repeated["Message-ID"]


@pytest.mark.parametrize("security", ["ssl", "starttls"])
async def test_the_letter_travels_encrypted_after_a_login(security: Security) -> None:
    async with SmtpServer(security) as post:
        await through(post, security=security, user=USER, password=PASSWORD).deliver(card(), None)
        assert len(post.letters) == 1


async def test_a_wrong_password_waits_for_the_admin() -> None:
    async with SmtpServer("ssl") as post:
        with pytest.raises(CrmDelayed, match="MAIL_PASSWORD") as delayed:
            await through(post, security="ssl", user=USER, password="wrong").deliver(card(), None)
    assert delayed.value.retry_after == 900
    assert "wrong" not in says(delayed.value)


async def test_a_server_without_encryption_gets_nothing(post: SmtpServer) -> None:
    with pytest.raises(CrmDelayed, match="MAIL_SECURITY"):
        await through(post, security="starttls").deliver(card(), None)
    assert post.letters == []


async def test_a_certificate_of_a_stranger_is_not_believed() -> None:
    async with SmtpServer("ssl") as post:
        server = MailServer("127.0.0.1", "ssl", post.port, USER, PASSWORD)
        with pytest.raises(CrmDelayed, match="защищённое соединение"):
            await Mail(server, SENDER, (EVERYONE,), ZONE).deliver(card(), None)
        assert post.letters == []


async def test_nobody_takes_the_letter(post: SmtpServer, mail: Mail) -> None:
    post.refused = {EVERYONE: 550}
    with pytest.raises(CrmRefused, match="MAIL_TO") as refused:
        await mail.deliver(card(), None)
    says(refused.value)


async def test_one_mailbox_less_is_no_reason_to_keep_the_lead(post: SmtpServer, mail: Mail) -> None:
    post.refused = {MANAGER: 550}
    await mail.deliver(card(responsible_id=MANAGER), None)
    assert post.recipients == [[EVERYONE]]


async def test_a_mailbox_that_is_full_for_now_is_tried_again(post: SmtpServer, mail: Mail) -> None:
    post.refused = {EVERYONE: 452}
    with pytest.raises(CrmDelayed, match="просит подождать"):
        await mail.deliver(card(), None)


@pytest.mark.parametrize(
    ("command", "code", "error", "words"),
    [
        ("DATA", 451, CrmDelayed, "просит подождать"),
        ("DATA", 554, CrmRefused, "спам"),
        ("MAIL", 550, CrmDelayed, "MAIL_FROM"),
        ("MAIL", 421, CrmDelayed, "просит подождать"),
    ],
)
async def test_refusals_of_the_server(
    post: SmtpServer, mail: Mail, command: str, code: int, error: type[CrmDelayed | CrmRefused], words: str
) -> None:
    post.codes = {command: code}
    with pytest.raises(error, match=words) as refused:
        await mail.deliver(card(), None)
    says(refused.value)


async def test_a_server_that_is_down_is_tried_again() -> None:
    async with SmtpServer() as post:
        mail = through(post)
    with pytest.raises(CrmDelayed, match="недоступен"):
        await mail.deliver(card(), None)


async def test_a_manager_with_a_broken_address_is_for_a_person(post: SmtpServer, mail: Mail) -> None:
    with pytest.raises(CrmRefused, match=r"dealer\.yml"):
        await mail.deliver(card(responsible_id="gromov@salon.example, thief@evil.example"), None)
    assert post.letters == []


async def test_those_who_got_it_are_asked_to_forget(post: SmtpServer, mail: Mail) -> None:
    record = await mail.deliver(card(responsible_id=MANAGER), None)
    await mail.forget(record)
    letter, request = post.letters
    assert post.recipients[1] == [MANAGER, EVERYONE]
    assert request["References"] == letter["References"]
    assert not any(word in str(request) + text_of(request) for word in PERSONAL)
    assert text_of(request).startswith("Клиент попросил удалить его данные.")
