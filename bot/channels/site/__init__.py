"""The site chat: pages, an embeddable widget and a WebSocket. See docs/guides/site.md."""

from bot.channels.site.outgoing import SiteChannel
from bot.channels.site.routes import add_site

__all__ = ["SiteChannel", "add_site"]
