"""HTML of the chat. Everything that varies is escaped; the pages hold nothing personal."""

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from bot.channels.site.showcase import ShownCar
from bot.channels.site.wire import MAX_TEXT
from bot.dealer import Dealer

STATIC = Path(__file__).resolve().parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclasses.dataclass(frozen=True)
class Asset:
    body: bytes
    content_type: str


class Assets:
    """The static files, read once. Their address holds a digest of them all, so browsers keep them."""

    def __init__(self, folder: Path = STATIC) -> None:
        paths = sorted(path for path in folder.iterdir() if path.suffix in TYPES)
        self._assets = {path.name: Asset(path.read_bytes(), TYPES[path.suffix]) for path in paths}
        self._templates = {
            path.stem: Template(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")
        }
        digest = hashlib.sha256()
        for name, asset in self._assets.items():
            digest.update(name.encode() + asset.body)
        self.version = digest.hexdigest()[:16]

    def find(self, name: str) -> Asset | None:
        return self._assets.get(name)

    def fill(self, template: str, **values: str) -> str:
        """`values` are HTML already."""
        return self._templates[template].substitute(values)


class Pages:
    def __init__(self, assets: Assets, dealer: Dealer) -> None:
        self._assets = assets
        self._dealer = dealer

    def home(self, cars: Iterable[ShownCar]) -> str:
        strip = "".join(self._strip_car(car) for car in cars)
        return self._page("home", chat=self._chat(None, None), cars=strip, hidden="" if strip else " hidden")

    def chat(self, link: str | None, car: ShownCar | None) -> str:
        """The widget's page. A link whose car is not in the stock still tells the bot what was meant."""
        return self._page("chat", chat=self._chat(link, car))

    def _page(self, template: str, **values: str) -> str:
        return self._assets.fill(
            template, version=self._assets.version, dealer=escape(self._dealer.name), **values
        )

    def _chat(self, link: str | None, car: ShownCar | None) -> str:
        dealer = self._dealer
        main = dealer.addresses[dealer.departments[dealer.default_department].address]
        return self._assets.fill(
            "panel",
            dealer=escape(dealer.name),
            policy=escape(web_link(dealer.consent.policy_url)),
            consent=escape(web_link(dealer.consent.url)),
            phone=escape(main.phone),
            tel=escape("tel:" + re.sub(r"[^+0-9]", "", main.phone)),
            limit=str(MAX_TEXT),
            car=_data(car) if car else f'data-ref="{escape(link)}"' if link else "",
        )

    def _strip_car(self, car: ShownCar) -> str:
        picture = f'<img src="{escape(car.picture)}" alt="" loading="lazy">' if car.picture else ""
        return self._assets.fill(
            "car",
            data=_data(car),
            title=escape(car.title),
            line=escape(car.line),
            picture=picture,
            label=escape(f"Спросить про {car.title}, {car.line}"),
        )


def web_link(url: str) -> str:
    """An address for `href`: dealer.yml is trusted, a slip in it must still not run as a script."""
    return url if re.match(r"https?://|/", url) else "#"


def _data(car: ShownCar) -> str:
    return " ".join(f'data-{name}="{escape(value or "")}"' for name, value in dataclasses.asdict(car).items())
