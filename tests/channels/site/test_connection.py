"""What happens to messages when the connection, the gateway or the database goes."""

import asyncio

import aiohttp
from selenium.webdriver.support.wait import WebDriverWait

from tests.channels.site.gateway import Gateway
from tests.channels.site.page import Page


def offline(page: Page) -> None:
    page.until(lambda: page.one("#chat").get_attribute("data-connection") in ("offline", "unavailable"))


def test_restart_of_the_gateway_loses_and_doubles_nothing(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/chat")
    page.online()
    page.say("До")
    page.shows("me: До", "bot: «До»")
    gateway.stop()
    offline(page)
    page.until(lambda: page.one(".banner").is_displayed())
    page.say("Во время")
    page.say("И ещё")
    assert page.texts[2:] == ["me: Во время", "me: И ещё"]
    assert page.states == ["stored", "pending", "pending"]
    gateway.start()
    page.online()
    page.until(lambda: page.states == ["stored"] * 3)
    assert not page.one(".banner").is_displayed()
    page.until(lambda: len([d for d, _ in gateway.history() if d == "out"]) >= 2)
    page.until(lambda: len(page.texts) == len(gateway.history()))
    assert [text for direction, text in gateway.history() if direction == "in"] == ["До", "Во время", "И ещё"]
    assert [t for t in page.texts if t.startswith("me")] == ["me: До", "me: Во время", "me: И ещё"]


def test_answer_given_while_the_page_was_away_is_there_once(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/chat")
    page.online()
    gateway.call(gateway.rasa.release.clear)
    page.say("Цена?")
    page.until(lambda: page.states == ["stored"])
    page.browser.get("about:blank")
    gateway.call(gateway.rasa.release.set)
    WebDriverWait(gateway, 20).until(lambda g: len(g.history()) == 2)
    page.browser.get(gateway.url + "/chat")
    page.shows("me: Цена?", "bot: «Цена?»")


def test_queue_outlives_a_reload(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/chat")
    page.online()
    page.script("window.sent = WebSocket.prototype.send; WebSocket.prototype.send = () => {}")
    page.say("Не ушло")
    assert page.states == ["pending"]
    page.browser.refresh()
    page.shows("me: Не ушло", "bot: «Не ушло»")
    assert len(gateway.history()) == 2


def test_lost_acknowledgement_does_not_double_the_message(gateway: Gateway, page: Page) -> None:
    """The message arrives, its acknowledgement does not; the page connects again and asks."""
    page.browser.get(gateway.url + "/chat")
    page.online()
    page.script(
        "const original = JSON.parse; let open = false;"
        "JSON.parse = (text) => { const frame = original(text); if (frame?.type === 'ready') open = true;"
        " return open || !frame?.type ? frame : {}; }"
    )
    page.say("Один раз")
    WebDriverWait(gateway, 20).until(lambda g: len(g.history()) == 2)
    assert page.states == ["pending"]
    page.script("window.dispatchEvent(new Event('offline'))")
    page.shows("me: Один раз", "bot: «Один раз»")
    assert page.states == ["stored"]
    assert len(gateway.history()) == 2


def test_page_that_remembers_another_database_begins_anew(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/chat")
    page.online()
    page.say("Старое")
    page.shows("me: Старое", "bot: «Старое»")
    gateway.stop()
    offline(page)
    asyncio.run(gateway.forget())
    gateway.start()
    page.online()
    page.shows()
    page.say("Новое")
    page.shows("me: Новое", "bot: «Новое»")


def test_too_many_messages_are_slowed_down_and_all_arrive(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/chat")
    page.online()
    page.script(
        "const field = document.getElementById('text'); const form = document.querySelector('.composer');"
        "for (let n = 1; n <= 12; n++) { field.value = 'Вопрос ' + n; form.requestSubmit(); }"
    )
    page.until(lambda: "слишком быстро" in page.one(".log").text)
    page.until(lambda: page.states == ["stored"] * 12)
    asked = [text for direction, text in gateway.history() if direction == "in"]
    assert asked == [f"Вопрос {n}" for n in range(1, 13)]


def test_second_gateway_on_the_same_database_shows_the_answer(gateway: Gateway, page: Page) -> None:
    """The socket is at one gateway, the message of another tab comes through the other."""
    second = Gateway(gateway.database_url, gateway.pictures).start()
    try:
        page.browser.get(gateway.url + "/chat")
        page.online()
        page.say("Первый")
        page.shows("me: Первый", "bot: «Первый»")
        chat = page.script("return localStorage['avtootvet.chat']")
        asyncio.run(say(second.url, chat, "Второй"))
        page.shows("me: Первый", "bot: «Первый»", "me: Второй", "bot: «Второй»")
    finally:
        second.stop()


async def say(url: str, chat: str, text: str) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/site/ws") as socket:
        await socket.send_json({"type": "hello", "chat": chat})
        await socket.receive_json()
        await socket.send_json({"type": "say", "id": "second-tab", "text": text})
        await socket.receive_json()


def test_long_absence_of_the_gateway_offers_the_telephone(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/chat")
    page.online()
    gateway.stop()
    page.until(lambda: page.one("#chat").get_attribute("data-connection") == "offline")
    assert page.one(".banner").text == "Нет связи, пробую снова…"
    page.until(lambda: page.one("#chat").get_attribute("data-connection") == "unavailable")
    assert page.one(".banner").text == "Бот пока недоступен, пробую снова. Можно позвонить: +7 812 000-16-30"
    assert page.one(".banner-call").get_attribute("href") == "tel:+78120001630"
    gateway.start()
    page.online()
    assert not page.one(".banner").is_displayed()
