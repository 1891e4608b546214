"""Addresses of the site chat within the gateway's HTTP application."""

import asyncio
import re
from collections.abc import AsyncIterator

from aiohttp import web

from bot.channels.files import Files
from bot.channels.site import showcase
from bot.channels.site.download import PATH, Downloads
from bot.channels.site.incoming import Gate
from bot.channels.site.outgoing import SiteChannel
from bot.channels.site.pages import Assets, Pages
from bot.channels.site.places import Places
from bot.channels.site.transcript import Answering
from bot.db import Sessions
from bot.dealer import Dealer
from bot.inbox import Inbox

YEAR = "public, max-age=31536000, immutable"
MAX_LINK = 512


def add_site(
    app: web.Application,
    *,
    sessions: Sessions,
    inbox: Inbox,
    channel: SiteChannel,
    dealer: Dealer,
    files: Files,
    answering: Answering,
) -> None:
    """Serve the pages, the widget, the WebSocket and files, and watch the database while `app` runs."""
    assets = Assets()
    site = Site(sessions, assets, Pages(assets, dealer))
    gate = Gate(sessions, inbox, channel, answering)
    downloads = Downloads(sessions, files, Places())
    app.add_routes(
        [
            web.get("/", site.home),
            web.get("/chat", site.chat),
            web.get("/widget.js", site.widget),
            web.get("/site/ws", gate.connect),
            web.get(PATH, downloads.send, allow_head=False),
            web.get("/site/static/{version}/{name}", site.static),
        ]
    )

    async def watch(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(channel.hub.run(), name="site hub")
        yield
        channel.hub.stop()
        await task

    async def close(_app: web.Application) -> None:
        await gate.close()

    app.cleanup_ctx.append(watch)
    app.on_shutdown.append(close)


class Site:
    def __init__(self, sessions: Sessions, assets: Assets, pages: Pages) -> None:
        self._sessions = sessions
        self._assets = assets
        self._pages = pages

    async def home(self, request: web.Request) -> web.Response:
        async with self._sessions() as session:
            cars = await showcase.on_sale(session)
        return _page(request, self._pages.home(cars), frames="'self'")

    async def chat(self, request: web.Request) -> web.Response:
        link = request.query.get("car", "").strip()[:MAX_LINK] or None
        async with self._sessions() as session:
            car = await showcase.linked(session, link) if link else None
        # Any dealer's page may hold the widget.
        return _page(request, self._pages.chat(link, car), frames="*")

    async def widget(self, request: web.Request) -> web.Response:
        return self._static(request, "widget.js", "public, max-age=3600")

    async def static(self, request: web.Request) -> web.Response:
        # A page of an older version gets the present files, but must not keep them under that address.
        current = request.match_info["version"] == self._assets.version
        return self._static(request, request.match_info["name"], YEAR if current else "no-cache")

    def _static(self, request: web.Request, name: str, cache: str) -> web.Response:
        asset = self._assets.find(name)
        if asset is None:
            raise web.HTTPNotFound
        headers = {
            "Cache-Control": cache,
            "X-Content-Type-Options": "nosniff",
            # A page in another origin loads the widget's script.
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        response = web.Response(
            body=asset.body, content_type=asset.content_type, charset="utf-8", headers=headers
        )
        response.enable_compression()
        return response


def _page(request: web.Request, html: str, *, frames: str) -> web.Response:
    headers = {
        "Content-Security-Policy": _policy(request.host, frames),
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    return web.Response(text=html, content_type="text/html", headers=headers)


def _policy(host: str, frames: str) -> str:
    # Safari before 15.4 does not count a WebSocket of the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[A-Za-z0-9.\-]+(:[0-9]+)?", host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: https: http:",
            "media-src 'self'",
            f"connect-src 'self'{sockets}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {frames}",
        )
    )
