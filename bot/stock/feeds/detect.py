"""Which shape a file has, by its content. Names lie: one integrator keeps auto.ru feeds in avito.xml."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import FeedError
from bot.stock.feeds import autoru, avito, catalog, drom, maxposter, sheet, yml
from bot.stock.feeds.record import RawCar, Skipped
from bot.stock.feeds.xml import first_item, tag_key

MAX_BYTES = 1024 * 1024 * 1024  # 300,000 cars; memory does not grow with the file
Rows = Iterator[RawCar | Skipped]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    read: Callable[[Path], Rows]


_ITEMS = frozenset({"car", "ad", "vehicle", "offer"})
_OFFERS = {"avtoxml": ("Дром", drom.read), "carcopy": ("CarCopy", catalog.read)}
_ROOTS = frozenset({"data", "root", "cars", "ads", "vehicles", "catalog", "yml_catalog", *_OFFERS})
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "это старый формат Excel (XLS). Сохраните таблицу как XLSX."),
    (b"\x1f\x8b", "файл сжат (gzip). Распакуйте его."),
    (b"%PDF", "это PDF. Нужен фид XML или таблица CSV, XLSX."),
    (b"{", "это JSON. Нужен фид XML или таблица CSV, XLSX."),
    (b"[", "это JSON. Нужен фид XML или таблица CSV, XLSX."),
)
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26})


def detect(path: Path) -> Shape:
    """Raises FeedError, which says what the file is and what to do."""
    head = _head(path)
    if head.startswith(b"PK\x03\x04"):
        return Shape("XLSX", sheet.read_xlsx)
    for magic, message in _REFUSED:
        if head.startswith(magic):
            raise FeedError(message)
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.replace(b"\0", b"") if utf16 else head
    start = text.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").lstrip()
    if start.startswith(b"<"):
        return _xml_shape(path, start)
    if start.translate(None, _CONTROL) != start:
        raise FeedError("файл не похож ни на XML, ни на таблицу. Проверьте, что выбран нужный файл.")
    return Shape("CSV", sheet.read_csv)


def _head(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise FeedError(f"{path} — папка. Укажите файл.")
        if size > MAX_BYTES:
            raise FeedError(f"файл больше {MAX_BYTES >> 20} МБ: это не похоже на фид автосалона.")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError as error:
        raise FeedError(f"файла {path} нет. Проверьте путь.") from error
    except OSError as error:
        raise FeedError(f"файл {path} не читается: {error.strerror}.") from error
    if not head.strip(b"\0\t\r\n "):
        raise FeedError("файл пуст. Выгрузите фид заново.")
    return head


def _xml_shape(path: Path, start: bytes) -> Shape:
    if start[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise FeedError("это страница сайта, а не фид. Проверьте адрес: нужна ссылка на файл XML.")
    root, item = first_item(path, _ITEMS)
    if item is None:
        if tag_key(root) in _ROOTS:
            return Shape("пустой фид", lambda _path: iter(()))
        raise FeedError(f"вид фида не узнан (корень <{root[:40]}>). Проверьте адрес и настройки выгрузки.")
    return _shape_of(tag_key(root), item)


def _shape_of(root: str, item: str) -> Shape:
    kind = tag_key(item)
    if kind == "car":
        return Shape("auto.ru", lambda path: autoru.read(path, item))
    if kind == "ad":
        return Shape("Авито", lambda path: avito.read(path, item))
    if kind == "vehicle":
        if root == "catalog":
            return Shape("catalog", lambda path: catalog.read(path, item))
        return Shape("MaxPoster", lambda path: maxposter.read(path, item))
    name, read = _OFFERS.get(root, ("YML", yml.read))
    return Shape(name, lambda path: read(path, item))
