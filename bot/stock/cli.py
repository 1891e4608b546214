"""`bot stock …`: import feeds and look at the stock."""

import asyncio
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.db import database
from bot.errors import AvtootvetError, FeedError
from bot.settings import load_settings
from bot.stock.feeds.fetch import shown
from bot.stock.importing import ImportReport, import_feed
from bot.stock.models import Car, Status
from bot.stock.values import name_key

app = typer.Typer(help="Склад: загрузка фидов и просмотр машин.", no_args_is_help=True)

_SHOWN_PROBLEMS = 20
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
