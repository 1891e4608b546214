"""What every CRM is given of a lead, and what it promises."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import AvtootvetError
from bot.leads.models import Stage


class CrmRefused(AvtootvetError):
    """The system will not take this lead as it is; a person has to look."""


class CrmDelayed(AvtootvetError):
    """The system is down, busy or asks to wait; the same lead is delivered again later."""

    retry = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CrmBusy(CrmDelayed):
    """Not this lead, all of them are too many at the moment: nobody is to ask before the time is over."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message, retry_after)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Frozen):
    """One message of the dialogue."""

    author: str = Field(description="«Клиент», «Бот» or the name of a person of the dealership")
    text: str
    at: dt.datetime


class LeadCard(_Frozen):
    """A lead as people and systems outside read it: titles in Russian, no ids of ours but `uid`."""

    uid: str = Field(description="the same for ever: the mark by which a repeated delivery finds its record")
    phone: str = Field(description="E.164")
    name: str | None = None
    step: str = Field(description="what the customer agreed to: «Тест-драйв», «Проверка кредита»")
    topic: str = Field(description="what the question was about: «Кредит»")
    stage: str = Field(description="contact, worksheet, visit, deal or lost")
    car: str | None = Field(None, description="«Hyundai Solaris, 2019, белый»")
    car_url: str | None = None
    vin: str | None = None
    price: int | None = Field(None, description="roubles")
    department: str = Field(description="title of the department")
    responsible: str = Field(description="name of a person of that department")
    responsible_id: str | None = Field(None, description="that person's id in this system, from dealer.yml")
    wishes: dict[str, str] = Field(default_factory=dict, description="«Когда звонить»: «после 18»")
    channel: str = Field(description="«Telegram», «ВКонтакте», «Сайт»")
    source: str | None = Field(None, description="deep link or page the customer came by")
    utm: dict[str, str] = Field(default_factory=dict, description="source, medium, campaign, content, term")
    advertising: bool = Field(False, description="agreed to advertising too")
    summary: str
    dialogue: tuple[Line, ...] = ()
    created_at: dt.datetime

    @property
    def revision(self) -> str:
        """The same for the same content: with `uid` it names one delivery."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Crm(Protocol):
    name: str

    async def deliver(self, card: LeadCard, record: str | None) -> str:
        """Create the record of `card`, or bring `record` up to date; returns its id in the system.

        Doing it again never makes a second record: without `record` the one with the mark `card.uid` is
        looked for first. Raises CrmDelayed or CrmRefused.
        """
        ...

    async def forget(self, record: str) -> None:
        """The customer wants his data deleted: remove or mask them. Raises CrmDelayed or CrmRefused."""
        ...


@runtime_checkable
class ShowsStages(Protocol):
    """A system where one can see what became of a lead."""

    async def stage(self, record: str, uid: str) -> Stage | None:
        """Where the people have moved it; None when that means nothing here, or there is no such record.

        A record without the mark `uid` is another's, whatever its number. Raises CrmDelayed or CrmRefused.
        """
        ...


class Numbers(_Frozen):
    """What the settings and dealer.yml call by number, with the names that people know."""

    title: str = Field(description="what they are, and where they are written")
    rows: tuple[tuple[str, str], ...] = Field(description="number and name")


@runtime_checkable
class TellsNumbers(Protocol):
    """A system whose pages do not show the numbers that its connection needs."""

    async def numbers(self) -> Sequence[Numbers]:
        """Raises CrmDelayed or CrmRefused."""
        ...
