"""The chat as a customer meets it: in Chromium, through inbox, turn and outbox."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.channels.site.gateway import Gateway
from tests.channels.site.page import PHONE, Page, resize

BUTTONS = [{"title": "Записаться", "payload": "/book_visit"}, {"title": "Кредит", "payload": "/ask_credit"}]


def cards(*titles: str) -> dict[str, object]:
    shown = [
        {
            "car_id": n,
            "title": title,
            "text": "64 000 км\n1 150 000 ₽",
            "picture": f"/stock/{n}.jpg",
            "button": "Расскажите о ней",
            "payload": f'/choose_car{{"car_id": {n}}}',
        }
        for n, title in enumerate(titles, 1)
    ]
    return {"custom": {"effect": "cards", "cards": shown}}


def album(*urls: str) -> dict[str, object]:
    return {"custom": {"effect": "pictures", "car_id": 1, "urls": urls}}


@pytest.fixture
def chat(gateway: Gateway, page: Page) -> Page:
    page.browser.get(gateway.url + "/chat")
    page.online()
    return page


def test_message_is_answered_and_both_are_marked_in_the_history(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Да, продаётся."})
    chat.say("Солярис ещё продаётся?")
    chat.shows("me: Солярис ещё продаётся?", "bot: Да, продаётся.")
    assert chat.states == ["stored"]
    assert gateway.history() == [("in", "Солярис ещё продаётся?"), ("out", "Да, продаётся.")]


def test_shift_enter_breaks_the_line_and_enter_sends(gateway: Gateway, chat: Page) -> None:
    chat.one("#text").send_keys("Первое", Keys.SHIFT + Keys.ENTER + Keys.NULL, "второе", Keys.ENTER)
    chat.until(lambda: len(chat.texts) == 2)
    assert gateway.history()[0] == ("in", "Первое\nвторое")
    assert chat.texts[0] == "me: Первое\nвторое"


def test_typing_is_shown_while_the_turn_runs(gateway: Gateway, chat: Page) -> None:
    assert not chat.one(".typing").is_displayed()
    gateway.call(gateway.rasa.release.clear)
    chat.say("Цена?")
    chat.until(lambda: chat.one(".typing").is_displayed())
    assert chat.states == ["stored"]
    gateway.call(gateway.rasa.release.set)
    chat.shows("me: Цена?", "bot: «Цена?»")
    chat.until(lambda: not chat.one(".typing").is_displayed())


def test_button_sends_its_payload_and_shows_its_title(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Что дальше?", "buttons": BUTTONS})
    chat.say("Привет")
    chat.shows("me: Привет", "bot: Что дальше?")
    chat.all(".message .chip")[1].click()
    chat.shows("me: Привет", "bot: Что дальше?", "me: Кредит", "bot: «/ask_credit»")
    assert gateway.rasa.messages == ["Привет", "/ask_credit"]


def test_typed_payload_is_not_a_command(gateway: Gateway, chat: Page) -> None:
    chat.say('/choose_car{"car_id": 1}')
    chat.until(lambda: len(chat.texts) == 2)
    assert not gateway.rasa.messages[0].startswith("/")


def test_frequent_question_is_one_press_away_until_the_talk_begins(gateway: Gateway, chat: Page) -> None:
    chat.one(".hints .chip").click()
    chat.until(lambda: len(chat.texts) == 2)
    assert gateway.rasa.messages == ["Какие машины есть до миллиона?"]
    assert not chat.one(".welcome").is_displayed()


def test_cards_have_pictures_and_buttons(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Вот они:"}, cards("Hyundai Solaris", "Kia Rio"))
    chat.say("Что есть?")
    chat.until(lambda: len(chat.all(".card")) == 2)
    loaded = "return [...document.querySelectorAll('.card img')].every(i => i.complete && i.naturalWidth > 0)"
    chat.until(lambda: chat.script(loaded))
    chat.all(".card .chip")[1].click()
    chat.until(lambda: gateway.rasa.messages[-1] == '/choose_car{"car_id": 2}')


def test_broken_picture_leaves_the_drawn_car(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Фото:"}, album("/stock/0.jpg", "/stock/missing.jpg"))
    chat.say("Фото")
    chat.until(lambda: len(chat.all(".tile")) == 2)
    chat.until(lambda: len(chat.all(".tile img")) == 1)
    assert len(chat.all(".tile .picture")) == 2


def test_album_is_looked_through_by_keyboard(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Фото:"}, album(*(f"/stock/{n}.jpg" for n in range(6))))
    chat.say("Фото")
    chat.until(lambda: len(chat.all(".tile")) == 4)
    assert chat.one(".more").text == "+2"
    chat.script("document.querySelectorAll('.tile')[3].focus()")
    chat.browser.switch_to.active_element.send_keys(Keys.ENTER)
    counted = chat.one(".viewer-count")
    assert counted.text == "4 из 6"
    keys = chat.browser.switch_to.active_element
    keys.send_keys(Keys.ARROW_RIGHT)
    assert counted.text == "5 из 6"
    for _ in range(5):
        keys.send_keys(Keys.ARROW_LEFT)
    assert counted.text == "6 из 6"
    keys.send_keys(Keys.ESCAPE)
    chat.until(lambda: not chat.all(".viewer"))
    assert chat.focused == "Фото 4 из 6, открыть"


def test_everything_is_reached_by_tab(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Вот:", "buttons": BUTTONS}, cards("Hyundai Solaris"))
    chat.say("Что есть?")
    chat.until(lambda: len(chat.all(".card")) == 1)
    chat.script("document.querySelector('.log').focus()")
    seen = []
    for _ in range(8):
        seen.append(chat.script("return document.activeElement.innerText || document.activeElement.id"))
        chat.browser.switch_to.active_element.send_keys(Keys.TAB)
    reached = [name for name in seen if name not in ("log", "")]
    wanted = ["Расскажите о ней", "Записаться", "Кредит", "text", "Политика данных", "Согласие на обработку"]
    assert [name for name in reached if name in wanted] == wanted


def test_reload_keeps_history_and_identity(gateway: Gateway, chat: Page) -> None:
    chat.say("Здравствуйте")
    chat.shows("me: Здравствуйте", "bot: «Здравствуйте»")
    identity = chat.script("return localStorage['avtootvet.chat']")
    chat.browser.refresh()
    chat.shows("me: Здравствуйте", "bot: «Здравствуйте»")
    assert len(identity) == 32
    assert chat.script("return localStorage['avtootvet.chat']") == identity


def test_second_tab_shows_the_same_talk(gateway: Gateway, chat: Page) -> None:
    first = chat.browser.current_window_handle
    chat.say("Раз")
    chat.shows("me: Раз", "bot: «Раз»")
    chat.browser.switch_to.new_window("tab")
    chat.browser.get(gateway.url + "/chat")
    chat.shows("me: Раз", "bot: «Раз»")
    chat.say("Два")
    chat.shows("me: Раз", "bot: «Раз»", "me: Два", "bot: «Два»")
    chat.browser.close()
    chat.browser.switch_to.window(first)
    chat.shows("me: Раз", "bot: «Раз»", "me: Два", "bot: «Два»")


def test_markup_is_shown_as_text(gateway: Gateway, chat: Page) -> None:
    attack = '<img src=x onerror="window.broken=1"><script>window.broken=1</script> javascript:alert(1)'
    button = {"title": "<b>жирно</b>", "payload": "/greet"}
    gateway.answer({"text": attack, "buttons": [button]}, cards("<i>Kia</i>"), album("javascript:alert(1)"))
    chat.say(attack)
    chat.shows(f"me: {attack}", f"bot: {attack}")
    chat.browser.refresh()
    chat.shows(f"me: {attack}", f"bot: {attack}")
    assert chat.script("return window.broken") is None
    assert chat.one(".card-title").text == "<i>Kia</i>"
    assert chat.one(".buttons .chip").text == "<b>жирно</b>"
    assert not chat.all(".bubble img, .bubble script, .bubble a, .tile, .log b:not(.card-title)")


def test_only_https_addresses_become_links(gateway: Gateway, chat: Page) -> None:
    gateway.answer({"text": "Карта: https://yandex.ru/maps/?text=Энгельса. И http://plain.example"})
    chat.say("Адрес")
    chat.until(lambda: len(chat.texts) == 2)
    (link,) = chat.all(".bubble a")
    assert link.text == "https://yandex.ru/maps/?text=Энгельса"
    assert "noopener" in link.get_attribute("rel")
    assert link.get_attribute("target") == "_blank"


def test_counter_appears_near_the_limit_and_longer_text_is_not_sent(gateway: Gateway, chat: Page) -> None:
    fill = (
        "const t = document.getElementById('text'); t.value = 'я'.repeat(arguments[0]);"
        "t.dispatchEvent(new Event('input'))"
    )
    chat.script(fill, 3799)
    assert chat.one("#left").text == ""
    chat.script(fill, 3990)
    assert chat.one("#left").text == "Осталось знаков: 10"
    chat.script(fill, 4001)
    assert chat.one("#left").text == "Длиннее на 1, сократите"
    assert not chat.one(".send").is_enabled()
    chat.script(fill, 4000)
    chat.one(".send").click()
    chat.until(lambda: len(chat.texts) == 2)
    assert len(gateway.history()[0][1]) == 4000


@pytest.mark.parametrize("size", [PHONE, (320, 568), (740, 360)])
@pytest.mark.parametrize("path", ["/", "/chat?car=1"])
def test_fits_a_phone(gateway: Gateway, page: Page, size: tuple[int, int], path: str) -> None:
    resize(page.browser, *size)
    gateway.answer(
        {"text": "Длинноеслово" * 20 + " https://example.org/" + "a" * 200, "buttons": BUTTONS},
        cards("Hyundai Solaris", "Kia Rio", "Lada Vesta"),
        album("/stock/0.jpg", "/stock/1.jpg", "/stock/2.jpg"),
    )
    page.browser.get(gateway.url + path)
    page.online()
    page.say("Покажите")
    page.until(lambda: len(page.all(".card")) == 3)
    assert page.overflow() == (0, 0)
    log = "const l = document.querySelector('.log'); return l.scrollWidth - l.clientWidth"
    assert page.script(log) == 0
    small = page.script(
        "return [...document.querySelectorAll('button, textarea, .foot a')].filter(b => b.offsetParent)"
        ".map(b => [b.innerText || b.ariaLabel || b.id, b.offsetHeight, b.offsetWidth])"
        ".filter(([, height, width]) => height < 44 || width < 44)"
    )
    assert small == []


def test_strip_draws_a_car_where_the_picture_is_missing(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/")
    shown = "return [...document.querySelectorAll('.strip-car')].map(c => c.querySelectorAll('img').length)"
    page.until(lambda: page.script(shown) == [1, 1, 1, 0, 0, 1])


def test_strip_opens_the_talk_about_its_car(gateway: Gateway, page: Page) -> None:
    page.browser.get(gateway.url + "/")
    page.online()
    assert [b.text for b in page.all(".strip-car b")][:2] == ["Hyundai Solaris", "Kia Rio"]
    page.all(".strip-car")[1].click()
    assert page.one(".topic-text b").text == "Kia Rio"
    assert page.focused == "text"
    page.say("Сколько стоит?")
    page.until(lambda: len(page.texts) == 2)
    assert gateway.rasa.asked[0]["metadata"]["listing_ref"] == "car2"


@pytest.mark.parametrize("link", ["1", "car1", "z94ct41dbkr123456", "https://www.avito.ru/a_771", "771"])
def test_deep_link_names_the_car(gateway: Gateway, page: Page, link: str) -> None:
    page.browser.get(f"{gateway.url}/chat?car={link}")
    page.online()
    assert page.one(".topic-text b").text == "Hyundai Solaris"
    page.say("Ещё есть?")
    page.until(lambda: len(page.texts) == 2)
    assert gateway.rasa.asked[0]["metadata"]["listing_ref"] == "car1"


def test_deep_link_to_an_unknown_car_still_reaches_the_bot(gateway: Gateway, page: Page) -> None:
    page.browser.get(f"{gateway.url}/chat?car=https://www.avito.ru/b_555555")
    page.online()
    assert not page.one(".topic").is_displayed()
    page.say("Ещё есть?")
    page.until(lambda: len(page.texts) == 2)
    assert gateway.rasa.asked[0]["metadata"]["listing_ref"] == "https://www.avito.ru/b_555555"


def test_page_breaks_no_rule_of_its_own_policy(gateway: Gateway, page: Page) -> None:
    gateway.answer({"text": "Вот:"}, cards("Hyundai Solaris"), album("/stock/0.jpg"))
    page.browser.get(gateway.url + "/")
    page.online()
    page.say("Фото")
    page.until(lambda: len(page.all(".tile")) == 1)
    page.one(".tile").click()
    page.one(".viewer-close").click()
    complaints = [entry["message"] for entry in page.browser.get_log("browser")]
    assert [words for words in complaints if "missing.jpg" not in words] == []
