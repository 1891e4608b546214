"""All contacts as a table for a spreadsheet."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from bot.db import Sessions
from bot.leads.advertising import advertised
from bot.leads.models import Lead, LeadDelivery
from bot.leads.words import CHANNELS, STAGES, STEPS, car_title, topic_title
from bot.stock.models import Car


@dataclass(frozen=True)
class Row:
    lead: Lead
    car: str | None
    deliveries: tuple[LeadDelivery, ...]
    advertising: bool  # he agreed to it


COLUMNS: dict[str, Callable[[Row], object]] = {
    "№": lambda row: row.lead.id,
    "Создан": lambda row: f"{row.lead.created_at.astimezone():%d.%m.%Y %H:%M}",
    "Обновлён": lambda row: f"{row.lead.updated_at.astimezone():%d.%m.%Y %H:%M}",
    "Телефон": lambda row: row.lead.phone,
    "Имя": lambda row: row.lead.name,
    "Шаг": lambda row: STEPS[row.lead.step],
    "Тема": lambda row: topic_title(row.lead.topic),
    "Автомобиль": lambda row: row.car,
    "Отдел": lambda row: row.lead.department,
    "Ответственный": lambda row: row.lead.responsible,
    "Стадия": lambda row: STAGES[row.lead.stage],
    "Канал": lambda row: CHANNELS.get(row.lead.channel, row.lead.channel),
    "Ссылка": lambda row: row.lead.listing_ref,
    "Реклама": lambda row: ", ".join(f"{mark}: {value}" for mark, value in row.lead.utm.items()),
    "Согласие на рекламу": lambda row: "есть" if row.advertising else "нет",
    "Коротко": lambda row: row.lead.summary,
    "Записи CRM": lambda row: ", ".join(f"{d.system}: {d.record}" for d in row.deliveries if d.record),
    "Метка": lambda row: row.lead.uid,
}


async def read_rows(sessions: Sessions, limit: int | None, lead_id: int | None = None) -> Sequence[Row]:
    """Latest first."""
    query = select(Lead, Car).outerjoin(Car, Car.id == Lead.car_id).order_by(Lead.updated_at.desc())
    if lead_id is not None:
        query = query.where(Lead.id == lead_id)
    async with sessions() as session:
        found = (await session.execute(query.limit(limit))).all()
        of_these = query.limit(limit).with_only_columns(Lead.id)
        deliveries = await session.scalars(
            select(LeadDelivery).where(LeadDelivery.lead_id.in_(of_these)).order_by(LeadDelivery.system)
        )
        allowed = await advertised(session, of_these)
        by_lead: dict[int, list[LeadDelivery]] = {}
        for delivery in deliveries:
            by_lead.setdefault(delivery.lead_id, []).append(delivery)
    return [
        Row(
            lead,
            car_title(car) if car is not None else None,
            tuple(by_lead.get(lead.id, ())),
            advertising=lead.id in allowed,
        )
        for lead, car in found
    ]


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """For a spreadsheet: with the mark by which Excel knows UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(COLUMNS)
        table.writerows([harmless(cell(row)) for cell in COLUMNS.values()] for row in rows)


def write_xlsx(path: Path, rows: Sequence[Row]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Контакты")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([_text(sheet, cell(row)) for cell in COLUMNS.values()])
    book.save(path)


def _text(sheet: WriteOnlyWorksheet | Worksheet, value: object) -> object:
    """A string is a string, also one that begins like a formula."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell


def harmless(value: object) -> str:
    """What a customer typed must not become a formula. A phone is one only in form."""
    text = "" if value is None else str(value)
    is_phone = text.startswith("+") and text[1:].isdigit()
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not is_phone else text
