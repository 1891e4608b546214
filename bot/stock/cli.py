"""`bot stock …`: import feeds and look at the stock."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.console import do_in_database
from bot.db import Sessions, database
from bot.errors import AvtootvetError, FeedError
from bot.settings import load_settings
from bot.stock.feeds.fetch import shown
from bot.stock.importing import ImportReport, import_feed
from bot.stock.links import Names, PictureKind, draw_codes, find_names, write_csv
from bot.stock.models import Car, Status
from bot.stock.values import name_key


class NoCars(AvtootvetError):
    """There is no car to make a link for."""


app = typer.Typer(help="Склад: загрузка фидов и просмотр машин.", no_args_is_help=True)

_SHOWN_PROBLEMS = 20
_MESSENGERS = {"telegram": "Telegram", "vk": "ВКонтакте"}
STATUS_NAMES = {
    Status.ON_SALE: "в продаже",
    Status.RESERVED: "в резерве",
    Status.IN_TRANSIT: "в пути",
    Status.ON_ORDER: "под заказ",
    Status.SOLD: "продана",
    Status.GONE: "ушла из фида",
    Status.HIDDEN: "скрыта",
}


@app.command("import")
def import_command(
    source: Annotated[str, typer.Argument(help="файл или адрес фида")],
    feed: Annotated[str | None, typer.Option(help="имя фида, если обычное не подходит")] = None,
    force: Annotated[bool, typer.Option("--force", help="загрузить, даже если пропало много машин")] = False,
) -> None:
    """Загрузить склад из фида: auto.ru, Авито, MaxPoster, Дром, YML, CSV или XLSX."""
    try:
        report = asyncio.run(_import(source, feed, force))
    except AvtootvetError as error:
        what = f"{shown(source)}: " if isinstance(error, FeedError) else ""
        _fail(f"Не загружено. {what}{error}")
    except (OperationalError, ProgrammingError) as error:
        _fail(f"База данных не готова: {error.orig}")
    _print_report(report)


@app.command("list")
def list_command(
    make: Annotated[str | None, typer.Option(help="марка")] = None,
    model: Annotated[str | None, typer.Option(help="модель")] = None,
    status: Annotated[Status | None, typer.Option(help="статус")] = None,
    limit: Annotated[int, typer.Option(min=1, help="сколько машин показать")] = 100,
) -> None:
    """Показать машины склада."""
    try:
        cars, total = asyncio.run(_list(make, model, status, limit))
    except AvtootvetError as error:
        _fail(str(error))
    except (OperationalError, ProgrammingError) as error:
        _fail(f"База данных не готова: {error.orig}")
    _print_cars(cars, total)


@app.command("links")
def links_command(
    car: Annotated[int | None, typer.Option(help="номер машины; без него все, что в продаже")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="записать таблицу в этот файл")] = None,
    qr: Annotated[Path | None, typer.Option("--qr", help="нарисовать QR-коды в эту папку")] = None,
    kind: Annotated[PictureKind, typer.Option("--kind", help="вид картинок")] = "png",
) -> None:
    """Ссылки на чат о машине для объявлений: Telegram и ВКонтакте, таблицей и QR-кодами."""
    names, cars = do_in_database(partial(_links, car_id=car))
    console = Console()
    if csv is not None:
        write_csv(csv, cars, names)
        console.print(f"Таблица записана: {csv}", markup=False)
    if qr is not None:
        drawn = draw_codes(qr, cars, names, kind)
        console.print(f"QR-кодов в папке {qr}: {drawn}", markup=False)
    if csv is None and qr is None:
        _print_links(cars, names)


async def _links(sessions: Sessions, car_id: int | None) -> tuple[Names, Sequence[Car]]:
    names = await find_names(load_settings())
    wanted = Car.status == Status.ON_SALE if car_id is None else Car.id == car_id
    async with sessions() as session:
        cars = (await session.scalars(select(Car).where(wanted).order_by(Car.make, Car.model, Car.id))).all()
    if not cars:
        raise NoCars("машин в продаже нет" if car_id is None else f"машины {car_id} на складе нет")
    return names, cars


def _print_links(cars: Sequence[Car], names: Names) -> None:
    table = Table("№", "Машина", "Год", *(_MESSENGERS[m] for m in names.links(cars[0])))
    for car in cars:
        links = (Text(link, overflow="fold") for link in names.links(car).values())
        table.add_row(str(car.id), escape(f"{car.make} {car.model}"), _number(car.year, ""), *links)
    Console().print(table)


async def _import(source: str, feed: str | None, force: bool) -> ImportReport:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Открываю фид")

        def show(read: int) -> None:
            progress.update(task, description=f"Прочитано машин: {read}")

        async with database(load_settings().database_url) as sessions:
            return await import_feed(sessions, source, feed=feed, force=force, progress=show)


async def _list(
    make: str | None, model: str | None, status: Status | None, limit: int
) -> tuple[list[Car], int]:
    async with database(load_settings().database_url) as sessions, sessions() as session:
        wanted = [Car.status == status] if status else []
        for column, text in ((Car.make, make), (Car.model, model)):
            if text:
                # By key, as the importers do: SQLite's lower() knows Latin letters only.
                names = await session.scalars(select(column).distinct())
                wanted.append(column.in_([name for name in names if name_key(name) == name_key(text)]))
        total = await session.scalar(select(func.count()).select_from(Car).where(*wanted))
        order = (Car.make, Car.model, Car.price, Car.id)
        cars = await session.scalars(select(Car).where(*wanted).order_by(*order).limit(limit))
        return list(cars), total or 0


def _print_report(report: ImportReport) -> None:
    console = Console()
    console.print(
        f"Фид {report.feed} ({report.shape}): машин {report.seen}, новых {report.added}, "
        f"изменённых {report.changed}, без изменений {report.unchanged}, вернулись {report.returned}, "
        f"ушли {report.gone}, пропущено строк {len(report.skipped)}.",
        markup=False,
    )
    problems = [f"пропущена {s.where}: {s.reason}" for s in report.skipped]
    problems += [f"{n.where}: {n.text}" for n in report.notes]
    for line in problems[:_SHOWN_PROBLEMS]:
        console.print(f"  {line}", markup=False)
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"  … и ещё {len(problems) - _SHOWN_PROBLEMS}")


def _print_cars(cars: list[Car], total: int) -> None:
    table = Table(title=f"Машин: {total}" + (f", показаны {len(cars)}" if len(cars) < total else ""))
    for name in ("№", "Машина", "Год", "Цена, ₽", "Пробег, км", "Статус", "VIN", "Фид"):
        table.add_column(name)
    for car in cars:
        table.add_row(
            str(car.id),
            f"{car.make} {car.model}",
            _number(car.year, ""),
            _number(car.price),
            _number(car.mileage_km),
            STATUS_NAMES[car.status],
            car.vin or "—",
            car.feed,
        )
    Console().print(table)


def _number(value: int | None, separator: str = " ") -> str:
    return "—" if value is None else f"{value:,}".replace(",", separator)


def _fail(message: str) -> NoReturn:
    Console(stderr=True).print(message, style="red", markup=False)
    raise typer.Exit(1)
