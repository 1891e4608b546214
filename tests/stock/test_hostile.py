"""Files that want to hurt, and files that are not feeds."""

import gzip
import zipfile
from pathlib import Path

import pytest

from bot.errors import FeedError
from bot.stock.feeds import xml
from bot.stock.feeds.detect import detect

CAR = "<car><mark_id>KIA</mark_id><folder_id>Rio</folder_id><vin>Z94C241BBMR200003</vin></car>"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE data [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><data><cars><car><mark_id>&i;</mark_id></car></cars></data>"
)


def consume(path: Path) -> int:
    return sum(1 for _ in detect(path).read(path))


def refused(path: Path, content: str | bytes, message: str) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FeedError, match=message):
        consume(path)


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    return tmp_path / "feed.xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_billion_laughs(feed: Path, encoding: str) -> None:
    refused(feed, BILLION_LAUGHS.encode(encoding), "объявления DTD")


def test_external_entity(feed: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:x:0:0")
    doctype = f'<!DOCTYPE data [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    refused(feed, f"{doctype}<data><cars><car><mark_id>&x;</mark_id></car></cars></data>", "объявления DTD")


def test_entities_behind_a_prolog_longer_than_the_first_look(feed: Path) -> None:
    comment = f"<!--{'x' * 100_000}-->"
    refused(feed, comment + BILLION_LAUGHS.removeprefix('<?xml version="1.0"?>'), "объявления DTD")


def test_ten_megabytes_of_nesting(feed: Path) -> None:
    refused(feed, "<data><cars><car>" + "<a>" * 3_500_000, "файл XML повреждён")


def test_an_endless_item_does_not_fill_the_memory(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_BETWEEN_ITEMS", 200_000)
    refused(
        feed,
        f"<data><cars>{CAR}<car>{'<a/>' * 200_000}</car></cars></data>",
        "слишком много данных без машин",
    )


def test_many_honest_items_are_not_an_endless_one(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_BETWEEN_ITEMS", 200_000)
    feed.write_text(f"<data><cars>{CAR * 10_000}</cars></data>")
    assert consume(feed) == 10_000


def test_a_feed_broken_in_its_last_line(feed: Path) -> None:
    refused(feed, f"<data><cars>{CAR}{CAR}</cars>", "файл XML повреждён")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "файл пуст"),
        (b" \n\n ", "файл пуст"),
        (b"\x00" * 5000, "файл пуст"),
        (bytes(range(256)) * 40, "не похож ни на XML, ни на таблицу"),
        (b"%PDF-1.7", "это PDF"),
        (b'{"cars": []}', "это JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "старый формат Excel"),
        (gzip.compress(b"<data/>"), "файл сжат"),
        (b"PK\x03\x04rubbish", "файл Excel повреждён"),
        (b"<!DOCTYPE html><html></html>", "страница сайта"),
        (b"<rss><channel/></rss>", "вид фида не узнан"),
        ("Привет, это не таблица".encode(), "строка заголовков"),
        ("Артикул;Наименование;Цена\n1;Фильтр;500\n".encode("cp1251"), "строка заголовков"),
        (b"<data><cars><car>\x01</car></cars></data>", "файл XML повреждён"),
    ],
)
def test_not_a_feed(feed: Path, content: bytes, message: str) -> None:
    refused(feed, content, message)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="Проверьте путь"):
        detect(tmp_path / "none.xml")
    with pytest.raises(FeedError, match="папка"):
        detect(tmp_path)


def test_xlsx_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.stock.feeds.sheet._MAX_UNPACKED", 1_000_000)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 2_000_000)
    with pytest.raises(FeedError, match="слишком велик"):
        consume(bomb)


def test_too_big_a_file(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.stock.feeds.detect.MAX_BYTES", 1000)
    refused(feed, CAR * 50, "файл больше")
