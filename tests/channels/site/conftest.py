"""A headless Chromium for the tests, and a gateway for it to talk to."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from selenium import webdriver
from selenium.webdriver import Chrome

from tests.channels.site.gateway import Gateway, fill
from tests.channels.site.page import Page, resize

COLOURS = ("#8a9aa8", "#a8453c", "#3f6b8f", "#4f7a5b", "#c2a15a", "#57506b")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver"))
    browser = Chrome(options=options, service=service)
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def browser(chromium: Chrome) -> Iterator[Chrome]:
    """A window of 1280×800 until a test makes it a phone.

    It remembers nothing of earlier tests: each gateway has its own port, so its own origin.
    """
    resize(chromium, 1280, 800)
    chromium.get_log("browser")
    yield chromium
    chromium.get("about:blank")


@pytest.fixture
def page(browser: Chrome) -> Page:
    return Page(browser)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number, colour in enumerate(COLOURS):
        image = Image.new("RGB", (640, 480), "#d9dee0")
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 330, 640, 480), fill="#b9bfc0")
        draw.polygon(
            [(90, 330), (110, 260), (220, 240), (280, 180), (440, 180), (510, 250), (560, 270), (560, 330)],
            colour,
        )
        draw.ellipse((150, 290, 230, 370), "#222")
        draw.ellipse((430, 290, 510, 370), "#222")
        image.save(folder / f"{number}.jpg")
    return folder


@pytest.fixture
def gateway(sqlite_url: str, pictures: Path) -> Iterator[Gateway]:
    gateway = Gateway(sqlite_url, pictures)
    asyncio.run(fill(sqlite_url))
    gateway.start()
    yield gateway
    gateway.stop()
