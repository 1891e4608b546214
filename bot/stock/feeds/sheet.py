"""CSV and XLSX: one car a row. The heading is found by its captions, it need not be the first row."""

import codecs
import csv
import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.errors import FeedError
from bot.stock.feeds.links import listing
from bot.stock.feeds.names import GENERIC
from bot.stock.feeds.record import RawCar, Skipped
from bot.stock.models import Status
from bot.stock.values import name_key, tidy, urls, whole

OPTIONS, PICTURES, QUANTITY, LISTING = "options", "pictures", "quantity", "listing"
_CAPTIONS: dict[str, str] = {
    "source_id": "ID, Код, Артикул, Номер, Внутренний номер, Номер объявления, Идентификатор, Unique ID, "
    "Stock ID",
    "vin": "VIN, ВИН, VIN номер, VIN-код, Идентификационный номер, VIN / номер кузова",
    "body_number": "Номер кузова, Кузов №, Номер рамы",
    "make": "Марка, Бренд, Производитель, Марка автомобиля",
    "model": "Модель, Модель автомобиля, Модельный ряд",
    "generation": "Поколение",
    "trim": "Комплектация, Комплектация автомобиля, Уровень комплектации",
    "modification": "Модификация, Исполнение, Двигатель",
    "year": "Год, Год выпуска, Г.в., Год производства, Год изготовления, Модельный год",
    "section": "Состояние авто, Новый/бу, Тип автомобиля, Раздел, Вид автомобиля, CarType, Тип",
    "body": "Тип кузова, Кузов, BodyType",
    "doors": "Дверей, Количество дверей, Число дверей, Двери, Doors",
    "seats": "Мест, Количество мест, Число мест",
    "colour": "Цвет, Цвет экстерьера, Цвет кузова",
    "metallic": "Металлик",
    "engine": "Объем, Объём двигателя, Объем двигателя, Рабочий объем, EngineSize",
    "power": "Мощность, Мощность двигателя, Л.с., Мощность л.с.",
    "fuel": "Топливо, Тип топлива, Тип двигателя, Вид топлива, FuelType",
    "gearbox": "Коробка, КПП, Коробка передач, Трансмиссия, Тип КПП",
    "drive": "Привод, Тип привода, DriveType",
    "wheel": "Руль, Расположение руля, Сторона руля, WheelType",
    "clearance": "Клиренс, Дорожный просвет",
    "mileage": "Пробег, Пробег км, Kilometrage",
    "owners": "Владельцы, Владельцев, Количество владельцев, Владельцев по ПТС, Число владельцев",
    "title": "ПТС, Тип ПТС, Вид ПТС",
    "customs": "Таможня, Растаможен, Растаможка",
    "pledged": "Залог, В залоге, Обременения",
    "taxi": "Такси, Был в такси, Работа в такси",
    "warranty_until": "Гарантия до, Окончание гарантии, Срок гарантии",
    "warranty_note": "Гарантия",
    "accidents": "ДТП, Аварии, Битый, Участие в ДТП",
    "paint": "Окрасы, Окрашенные элементы, ЛКП, Состояние ЛКП",
    "defects": "Дефекты, Недостатки, Повреждения",
    "state": "Состояние",
    "service_history": "Обслуживание, История обслуживания, Сервисная история",
    "tyres": "Шины, Резина",
    "price": "Цена, РРЦ, Конечная цена, Цена руб, Стоимость, Цена продажи, Розничная цена, Цена с НДС",
    "currency": "Валюта",
    "credit_discount": "Скидка по кредиту, Скидка за кредит, Скидка кредит",
    "insurance_discount": "Скидка по страховке, Скидка за страховку, Скидка КАСКО",
    "tradein_discount": "Скидка по trade-in, Скидка trade-in, Скидка по трейд-ин, "
    "Скидка трейд-ин, Скидка за трейд-ин",
    "max_discount": "Максимальная скидка, Макс. скидка, Скидка",
    "with_vat": "НДС, С НДС",
    "availability": "Наличие, Статус, Доступность, Статус автомобиля",
    "place": "Площадка, Салон, Место, Автосалон",
    "video_url": "Видео, Ссылка на видео",
    "description": "Описание, Комментарий, Текст объявления",
    OPTIONS: "Опции, Оборудование, Дополнительное оборудование, Список опций, Оснащение, Extras, Equipment",
    PICTURES: "Картинки, Фото, Фотографии, Изображения, Images, Photos, Ссылки на фото, Image, Photo, "
    "Pictures",
    QUANTITY: "Количество, Остаток, Кол-во, Quantity",
    LISTING: "Ссылка, URL, Ссылка на объявление, Авито, Avito, Auto.ru, Дром, Drom, Ссылка на авито, "
    "Ссылка на auto.ru, Ссылка на дром, avitoUrl, autoruUrl, dromUrl, siteUrl",
}
_EXTRA_NAMES = {"description": ("description",), "source_id": ("id", "unique_id")}
_HEADING_DEPTH = 30
_MIN_CAPTIONS = 3
_SERVICE = re.compile(r"(не)?обязательн\w*( поле)?|пример|required|optional|заполните.*", re.I)
_MAX_UNPACKED = 256 * 1024 * 1024
_MAX_CELL = 1024 * 1024
_NO_HEADING = "в таблице не нашлась строка заголовков: нужны столбцы «Марка», «Модель», «VIN», «Цена»."
_BAD_BOOK = "файл Excel повреждён или это не таблица. Сохраните его заново в формате XLSX."

Row = list[str | None]
Columns = dict[str, list[int]]


def _captions() -> dict[str, tuple[str, int]]:
    """Caption → the field and its rank: of several columns of one field the first caption listed is best."""
    tables: list[dict[str, tuple[str, ...]]] = [
        {field: tuple(line.split(", ")) for field, line in _CAPTIONS.items()},
        GENERIC,
        _EXTRA_NAMES,
    ]
    found: dict[str, tuple[str, int]] = {}
    for table in tables:
        for field, names in table.items():
            for name in names:
                found.setdefault(name_key(name), (field, len(found)))
    return found


_FIELD_OF = _captions()


def column_of(caption: str | None) -> str | None:
    """The `RawCar` field of a caption, whatever its case, stars and units: «Пробег, км *» is mileage."""
    found = _lookup(caption)
    return found[0] if found else None


def _lookup(caption: str | None) -> tuple[str, int] | None:
    line = tidy(caption)
    if not line:
        return None
    return _FIELD_OF.get(name_key(line)) or _FIELD_OF.get(name_key(re.split(r"[,(]", line)[0]))


def read_csv(path: Path) -> Iterator[RawCar | Skipped]:
    encoding = _encoding(path)
    csv.field_size_limit(_MAX_CELL)
    try:
        for delimiter in ";,\t|":
            with path.open(encoding=encoding, newline="") as file:
                rows: Iterator[Row] = ([*row] for row in csv.reader(file, delimiter=delimiter))
                head = list(islice(rows, _HEADING_DEPTH))
                if (heading := _heading(head)) is not None:
                    yield from _cars(heading, head, rows)
                    return
    except csv.Error as error:
        raise FeedError(f"таблица CSV повреждена: {error}. Сохраните её заново.") from error
    except UnicodeDecodeError as error:
        raise FeedError("кодировка таблицы не читается. Сохраните файл как CSV UTF-8.") from error
    raise FeedError(_NO_HEADING)


def read_xlsx(path: Path) -> Iterator[RawCar | Skipped]:
    _refuse_bomb(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FeedError(_BAD_BOOK) from error
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # exports write wrong ones
            rows = ([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True))
            head = list(islice(rows, _HEADING_DEPTH))
            if (heading := _heading(head)) is not None:
                yield from _cars(heading, head, rows)
                return
        raise FeedError(_NO_HEADING)
    finally:
        book.close()


def _encoding(path: Path) -> str:
    """By the byte order mark, else UTF-8 when the whole file is, else what 1C writes: cp1251."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1251"
    return "utf-8-sig"


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FeedError(_BAD_BOOK) from error
    if size > _MAX_UNPACKED:
        raise FeedError("файл Excel слишком велик в распакованном виде. Сохраните таблицу как CSV.")


def _cell(value: object) -> str | None:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


def _heading(rows: list[Row]) -> tuple[int, Columns] | None:
    """The row with most known captions, of which one is the make or the VIN."""
    best: tuple[int, Columns] | None = None
    most = _MIN_CAPTIONS - 1
    for index, row in enumerate(rows):
        columns = _columns(row)
        if len(columns) > most and ("make" in columns or "vin" in columns):
            best, most = (index, columns), len(columns)
    return best


def _columns(row: Row) -> Columns:
    ranked: dict[str, list[tuple[int, int]]] = {}
    for index, caption in enumerate(row):
        if (found := _lookup(caption)) is not None:
            ranked.setdefault(found[0], []).append((found[1], index))
    return {field: [index for _, index in sorted(places)] for field, places in ranked.items()}


def _cars(heading: tuple[int, Columns], head: list[Row], rest: Iterator[Row]) -> Iterator[RawCar | Skipped]:
    start, columns = heading
    for number, row in enumerate(chain(head[start + 1 :], rest), start + 2):
        cells = [tidy(cell) for cell in row]
        if not any(cells):
            continue
        where = f"строка {number}"
        if any(cell and _SERVICE.fullmatch(cell) for cell in cells):
            yield Skipped(where, "служебная строка таблицы")
        else:
            yield _raw_car(where, columns, row)


def _raw_car(where: str, columns: Columns, row: Row) -> RawCar:
    raw = RawCar(where)
    for field, places in columns.items():
        filled = [value for place in places if place < len(row) and (value := tidy(row[place]))]
        if not filled:
            continue
        if field == PICTURES:
            raw.pictures = [url for value in filled for url in urls(value)]
        elif field == OPTIONS:
            raw.options = [part for value in filled for part in re.split(r"[,;|]", value)]
        elif field == LISTING:
            raw.listings = [found for value in filled for url in urls(value) if (found := listing(url))]
        elif field == QUANTITY:
            raw.status = Status.SOLD if whole(filled[0]) == 0 else None
        elif field == "description":
            raw.description = next(row[place] for place in places if place < len(row) and tidy(row[place]))
        else:
            setattr(raw, field, filled[0])
    return raw
