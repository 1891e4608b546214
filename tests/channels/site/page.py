"""The chat in a browser: what a customer sees and does."""

from collections.abc import Callable
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.channels.site.gateway import PATIENCE

PHONE = (360, 740)


class Page:
    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def one(self, selector: str) -> WebElement:
        return self.until(lambda: (self.all(selector) or [None])[0], f"no {selector}")

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def until[Value](self, look: Callable[[], Value], problem: str = "it did not happen") -> Value:
        return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(lambda _: look(), problem)

    def script(self, source: str, *arguments: Any) -> Any:
        return self.browser.execute_script(source, *arguments)

    @property
    def texts(self) -> list[str]:
        """Every bubble of the history, top to bottom, as (who: text)."""
        return self.script(
            "return [...document.querySelectorAll('.message')].map(m => "
            "m.classList[1] + ': ' + (m.querySelector('.bubble')?.innerText ?? ''))"
        )

    def shows(self, *texts: str) -> None:
        """Wait until the history is exactly this."""
        wanted = list(texts)
        try:
            self.until(lambda: self.texts == wanted)
        except Exception as error:
            raise AssertionError(f"{self.texts} is not {wanted}") from error

    def online(self) -> None:
        self.until(lambda: self.one("#chat").get_attribute("data-connection") == "online", "not online")

    def say(self, text: str) -> None:
        self.one("#text").send_keys(text + "\n")

    @property
    def states(self) -> list[str | None]:
        return [m.get_attribute("data-state") for m in self.all(".message.me")]

    @property
    def focused(self) -> str:
        return self.script("const f = document.activeElement; return f.getAttribute('aria-label') ?? f.id")

    def overflow(self) -> tuple[int, int]:
        """Pixels by which the page is wider and higher than the window."""
        wider, higher = self.script(
            "const page = document.documentElement;"
            "return [page.scrollWidth - page.clientWidth, page.scrollHeight - page.clientHeight]"
        )
        return wider, higher


def resize(browser: Chrome, width: int, height: int, *, dark: bool = False) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
