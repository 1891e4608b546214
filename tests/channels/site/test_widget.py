"""One script tag on somebody else's page."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.channels.site.gateway import Gateway, foreign_page
from tests.channels.site.page import PHONE, Page, resize

# The shadow root is closed to scripts of the page; the test looks in before it is made.
LOOK_IN = (
    "<script>const attach = Element.prototype.attachShadow;"
    "Element.prototype.attachShadow = function () {"
    " return (window.shadow = attach.call(this, {mode: 'open'})); };"
    "</script>"
)


def host_page(gateway: Gateway, attributes: str = "") -> str:
    return (
        "<!doctype html><html><head><meta name=viewport content='width=device-width'>"
        f"{LOOK_IN}<script src='{gateway.url}/widget.js' {attributes} async></script></head>"
        "<body style='margin:0'><h1>Чужой сайт</h1>"
        "<button id=ask data-avtootvet-car=2>Спросить про Rio</button></body></html>"
    )


@pytest.fixture
def site(gateway: Gateway, page: Page) -> Iterator[Page]:
    with foreign_page(host_page(gateway, "data-color='#c62828' data-position=left")) as url:
        page.browser.get(url)
        page.until(lambda: page.script("return window.shadow?.querySelector('button') != null"))
        yield page


def button(page: Page) -> str:
    return page.script("return window.shadow.querySelector('button').getAttribute('aria-label')")


def press(page: Page) -> None:
    page.script("window.shadow.querySelector('button').click()")


def enter(page: Page) -> None:
    page.browser.switch_to.frame(page.script("return window.shadow.querySelector('iframe')"))
    page.online()


def shown(page: Page) -> bool:
    return page.script("const f = window.shadow.querySelector('iframe'); return f !== null && !f.hidden")


def test_nothing_is_loaded_until_the_button_is_pressed(site: Page) -> None:
    assert button(site) == "Открыть чат с автосалоном"
    assert site.script("return window.shadow.querySelector('iframe')") is None
    assert site.overflow()[0] == 0


def test_talk_in_the_frame(gateway: Gateway, site: Page) -> None:
    press(site)
    enter(site)
    gateway.answer({"text": "Да, есть."})
    site.say("Солярис есть?")
    site.shows("me: Солярис есть?", "bot: Да, есть.")


def test_colour_and_side_come_from_the_tag(site: Page) -> None:
    style = (
        "const s = getComputedStyle(window.shadow.querySelector('button'));return [s.backgroundColor, s.left]"
    )
    assert site.script(style) == ["rgb(198, 40, 40)", "20px"]
    press(site)
    enter(site)
    accent = "return getComputedStyle(document.querySelector('.head')).backgroundColor"
    assert site.script(accent) == "rgb(198, 40, 40)"


def test_escape_closes_and_focus_returns(site: Page) -> None:
    site.one("#ask").send_keys(Keys.ENTER)
    enter(site)
    site.until(lambda: site.focused == "text")
    site.one("#text").send_keys(Keys.ESCAPE)
    site.browser.switch_to.default_content()
    site.until(lambda: not shown(site))
    assert site.focused == "ask"


def test_escape_in_the_album_closes_the_album_alone(gateway: Gateway, site: Page) -> None:
    press(site)
    enter(site)
    gateway.answer({"custom": {"effect": "pictures", "car_id": 1, "urls": ["/stock/0.jpg"]}})
    site.say("Фото")
    site.one(".tile").click()
    site.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    site.until(lambda: not site.all(".viewer"))
    site.browser.switch_to.default_content()
    assert shown(site)


def test_element_of_the_page_opens_the_talk_about_its_car(gateway: Gateway, site: Page) -> None:
    site.one("#ask").click()
    enter(site)
    assert site.one(".topic-text b").text == "Kia Rio"
    site.say("Ещё есть?")
    site.until(lambda: len(site.texts) == 2)
    assert gateway.rasa.asked[0]["metadata"]["listing_ref"] == "car2"


def test_closed_widget_counts_new_answers(gateway: Gateway, site: Page) -> None:
    press(site)
    enter(site)
    gateway.call(gateway.rasa.release.clear)
    site.say("Цена?")
    site.until(lambda: site.states == ["stored"])
    site.one(".close").click()
    site.browser.switch_to.default_content()
    site.until(lambda: not shown(site))
    gateway.call(gateway.rasa.release.set)
    site.until(lambda: button(site) == "Открыть чат с автосалоном, новых сообщений: 1")
    press(site)
    site.until(lambda: button(site) == "Закрыть чат")


def test_fills_a_phone(gateway: Gateway, page: Page) -> None:
    resize(page.browser, *PHONE)
    with foreign_page(host_page(gateway, "data-car=1")) as url:
        page.browser.get(url)
        page.until(lambda: page.script("return window.shadow?.querySelector('button') != null"))
        press(page)
        size = (
            "const r = window.shadow.querySelector('iframe').getBoundingClientRect();"
            "return [r.width, r.height]"
        )
        assert page.script(size) == list(PHONE)
        enter(page)
        assert page.one(".topic-text b").text == "Hyundai Solaris"
        page.one(".close").click()
        page.browser.switch_to.default_content()
        page.until(lambda: not shown(page))
