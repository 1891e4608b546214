"""What the pages and files say of themselves: policies, caching, escaping."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.files import Files
from bot.channels.site import SiteChannel, add_site
from bot.channels.site.pages import web_link
from bot.channels.site.transcript import media_url
from bot.db import Sessions
from bot.dealer import Dealer, load_dealer
from bot.desk.answering import who_answers
from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.settings import ROOT
from bot.stock.models import Car, CarPicture
from bot.wake import Wake
from tests.spine import nobody

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def dealer() -> Dealer:
    dealer = load_dealer(ROOT / "dealer.yml")
    return dealer.model_copy(update={"name": 'Авто "<Север>" & Ко'})


@pytest.fixture
async def client(sqlite_sessions: Sessions, dealer: Dealer) -> AsyncIterator[Client]:
    app = web.Application()
    add_site(
        app,
        sessions=sqlite_sessions,
        inbox=Inbox(sqlite_sessions, Wake(), nobody, Metrics()),
        channel=SiteChannel(sqlite_sessions),
        dealer=dealer,
        files=Files({}),
        answering=who_answers,
    )
    async with TestClient(TestServer(app)) as client:
        yield client


async def text(client: Client, path: str) -> str:
    response = await client.get(path)
    assert response.status == 200
    return await response.text()


@pytest.mark.parametrize(("path", "frames"), [("/", "'self'"), ("/chat", "*"), ("/chat?car=car1", "*")])
async def test_only_the_widgets_page_may_be_framed(client: Client, path: str, frames: str) -> None:
    policy = (await client.get(path)).headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {frames}")
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_host_header_cannot_write_the_policy(client: Client) -> None:
    response = await client.get("/chat", headers={"Host": "a;script-src *"})
    assert "script-src *" not in response.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize("path", ["/", "/chat"])
async def test_names_are_escaped(client: Client, path: str) -> None:
    html = await text(client, path)
    assert "<Север>" not in html
    assert "Авто &quot;&lt;Север&gt;&quot; &amp; Ко" in html


async def test_link_in_the_address_is_escaped(client: Client) -> None:
    html = await text(client, '/chat?car="><script>alert(1)</script>')
    assert "<script>alert" not in html


async def test_car_of_a_feed_is_escaped(client: Client, sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions.begin() as session:
        session.add(
            Car(
                feed="f",
                make='<b onmouseover="x">',
                model="M",
                pictures=[
                    CarPicture(position=0, url="javascript:alert(1)"),
                    CarPicture(position=1, url='https://p.example/"><script>'),
                ],
            )
        )
    html = await text(client, "/")
    assert "<b onmouseover" not in html
    assert "javascript:" not in html
    assert 'src="https://p.example/&quot;&gt;&lt;script&gt;"' in html
    assert "цену уточним" in html


async def test_empty_stock_hides_the_strip(client: Client) -> None:
    assert re.search(r'<aside class="strip"[^>]* hidden>', await text(client, "/"))


async def test_consent_policy_and_phone_are_of_the_dealer(client: Client, dealer: Dealer) -> None:
    html = await text(client, "/chat")
    for wanted in (dealer.consent.url, dealer.consent.policy_url, "tel:+78120001630", "отвечает бот"):
        assert wanted in html


async def test_files_are_kept_for_ever_under_their_version_alone(client: Client) -> None:
    addresses = re.findall(r'(?:href|src)="(/site/static/[^"]+)"', await text(client, "/"))
    assert len(addresses) == 5
    for address in addresses:
        response = await client.get(address)
        assert response.status == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    old = await client.get("/site/static/0123456789abcdef/chat.js")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["panel.html", "..%2Fpages.py", "missing.js"])
async def test_nothing_else_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/site/static/0123456789abcdef/{name}")).status == 404


async def test_widget_may_be_loaded_by_any_site(client: Client) -> None:
    response = await client.get("/widget.js")
    assert response.content_type == "text/javascript"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://img.example/a.jpg", True),
        ("http://img.example/a.jpg", True),
        ("/stock/1.jpg", True),
        ("/stock", False),
        ("//img.example/a.jpg", False),
        ("data:text/html,x", False),
        ("javascript:alert(1)", False),
        ("", False),
        (None, False),
    ],
)
def test_media_addresses(url: str | None, allowed: bool) -> None:
    assert media_url(url) == (url if allowed else None)


def test_link_of_the_dealer_cannot_be_a_script() -> None:
    assert web_link("javascript:alert(1)") == "#"
    assert web_link("https://a.example/x") == "https://a.example/x"
