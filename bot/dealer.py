"""`dealer.yml`: the dealership as its admins describe it, checked at start with errors that name the line."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.errors import SettingsError
from bot.hours import Holidays, Hours, Week
from bot.people import Person

Topic = Literal[
    "availability",
    "vin",
    "credit",
    "trade_in",
    "price",
    "condition",
    "equipment",
    "history",
    "photos",
    "search",
    "visit",
    "address",
    "service",
    "other",
    "complaint",
]
LeadStage = Literal["contact", "worksheet", "visit", "deal", "lost"]
Percent = Annotated[float, Field(ge=0, le=100)]
Roubles = Annotated[int, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Section):
    title: str
    city: str
    street: str
    how_to_get: str = ""
    map_url: str
    phone: str
    hours: Week
    holidays: Holidays = {}

    @cached_property
    def schedule(self) -> Hours:
        return Hours(week=self.hours, holidays=self.holidays)


class Desk(_Section):
    """Where the people of a department answer customers."""

    telegram: int = Field(lt=0, description="number of their group in Telegram, with topics")


class Watch(_Section):
    """Minutes of working hours after which something is done about a customer who waits."""

    remind: int = Field(3, gt=0, description="the department is reminded of what nobody took")
    manager: int = Field(6, gt=0, description="its manager is called")
    next_department: int = Field(15, gt=0, description="it goes to `next_department`")
    resolve: int = Field(480, gt=0, description="what was taken should be closed")

    @model_validator(mode="after")
    def _in_order(self) -> "Watch":
        if not self.remind < self.manager < self.next_department:
            raise ValueError("нужно remind < manager < next_department")
        return self


class Department(_Section):
    title: str = Field(description="nominative: «отдел автомобилей с пробегом»")
    whom: str = Field(description="dative, for «передам …»: «отделу автомобилей с пробегом»")
    address: str
    answers_for: tuple[Topic, ...] = ()
    cars: Literal["new", "used"] | None = None
    hours: Week | None = None
    answer_minutes: int = Field(15, gt=0, description="how soon an answer is promised in working hours")
    desk: Desk | None = Field(None, description="None: its customers are shown at another's, see desk_of")
    watch: Watch = Watch()
    next_department: str | None = Field(None, description="key of who helps out when nobody takes it")
    people: tuple[Person, ...] = Field(min_length=1)
    manager: str = Field(description="one of `people`")

    @model_validator(mode="after")
    def _manager_is_real(self) -> "Department":
        if self.manager not in {person.name for person in self.people}:
            raise ValueError(f"руководителя «{self.manager}» нет среди people отдела")
        return self

    def person(self, name: str) -> Person | None:
        return next((person for person in self.people if person.name == name), None)


class Programme(_Section):
    """A loan as the bank offers it through this dealership."""

    name: str
    rate: Percent = Field(description="yearly, per cent")
    cars: Literal["new", "used"] | None = None
    min_down: Percent = Field(0, description="per cent of the price")
    min_term: int = Field(12, gt=0, description="months")
    max_term: int = Field(84, gt=0, description="months")
    max_sum: Roubles | None = None
    max_age: int | None = Field(None, description="years of the car when the loan ends")

    @model_validator(mode="after")
    def _terms_in_order(self) -> "Programme":
        if self.min_term > self.max_term:
            raise ValueError("min_term больше max_term")
        return self


class Credit(_Section):
    programmes: tuple[Programme, ...] = Field(min_length=1)
    banks: tuple[str, ...] = Field(min_length=1)
    documents: str
    usual_down: Percent = Field(20, description="assumed when the customer names no down payment, per cent")
    usual_term: int = Field(60, gt=0, description="assumed when no term is named, months")
    leasing: str | None = Field(None, description="a sentence for those who ask; None: not offered")
    instalments: str | None = None
    early_repayment: str | None = None
    bad_history: str | None = None


class TradeIn(_Section):
    max_age: int = Field(gt=0, description="years")
    max_mileage: int | None = Field(None, gt=0, description="kilometres")
    valuation_minutes: int = Field(gt=0)
    buyout: bool = Field(description="bought without a purchase of ours")
    pledged: bool = Field(description="cars under a loan are taken")
    other_vehicles: bool = Field(description="motorcycles, trucks and the like")
    documents: str


class Policies(_Section):
    vin: Literal["shown", "masked", "showroom"]
    haggling: str = Field(description="one true sentence about discounts, said to everybody")
    hold_hours: int = Field(ge=0, description="how long a car is held for a visitor without payment")
    deposit: str | None = Field(None, description="terms of a paid booking")
    test_drive_documents: str
    history_check: str = Field(description="what was checked on every used car, in one sentence")


class ConsentText(_Section):
    """A document of its own for each purpose (156-ФЗ, since 2025-09-01)."""

    version: str
    url: str


class Consent(ConsentText):
    """Personal data, 152-ФЗ."""

    policy_url: str
    advertising: ConsentText | None = Field(None, description="38-ФЗ, art. 18; None: never offered")


class CrmStages(_Section):
    """Where a lead is, by the status it has in the CRM. A sale and a refusal are known without this."""

    bitrix24: dict[str, LeadStage] = Field({}, description="STATUS_ID of a lead, «C1:STAGE» of a deal")
    amocrm: dict[int, LeadStage] = Field({}, description="number of a status")


class Dealer(_Section):
    name: str
    legal_name: str
    inn: str
    time_zone: str
    site: str
    addresses: dict[str, Address] = Field(min_length=1)
    departments: dict[str, Department] = Field(min_length=1)
    default_department: str
    credit: Credit
    trade_in: TradeIn
    policies: Policies
    consent: Consent
    crm_stages: CrmStages = CrmStages()

    @field_validator("inn")
    @classmethod
    def _inn_checks_out(cls, value: str) -> str:
        if not _inn_is_valid(value):
            raise ValueError("контрольная цифра ИНН не сходится")
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("такого часового пояса нет, пример: Europe/Moscow") from error
        return value

    @model_validator(mode="after")
    def _references_exist(self) -> "Dealer":
        for key, department in self.departments.items():
            if department.address not in self.addresses:
                raise ValueError(f"departments.{key}: адреса «{department.address}» нет в addresses")
            helper = department.next_department
            if helper is not None and (helper not in self.departments or helper == key):
                raise ValueError(f"departments.{key}: next_department должен быть другим отделом")
        if self.default_department not in self.departments:
            raise ValueError(f"default_department: отдела «{self.default_department}» нет в departments")
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local(self, moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(self.zone)

    def department_for(
        self,
        topic: str,
        *,
        is_new: bool | None = None,
        address: str | None = None,
        acquainted: Sequence[str] = (),
    ) -> str:
        """Key of the department that answers for the topic.

        Of those for such cars: the first of `acquainted`, which know the customer; else the one at
        `address`, where the car stands; else the first. What nobody answers for goes to those who sell
        such cars; when it is not known which, to the acquainted of them, else to the default department.
        """
        able = [key for key, d in self.departments.items() if topic in d.answers_for]
        suitable = self._for_such_cars(able, is_new) if able else self._sellers(is_new)
        known = next((key for key in acquainted if key in suitable), None)
        if known is None and not able and is_new is None:
            return self.default_department
        there = next((key for key in suitable if self.departments[key].address == address), None)
        return known or there or next(iter(suitable), self.default_department)

    def _for_such_cars(self, keys: Sequence[str], is_new: bool | None) -> Sequence[str]:
        """Who is for such cars alone, else who is for any, else all of them."""
        if is_new is None:
            return keys
        exactly = [key for key in keys if self.departments[key].cars == _kind(is_new)]
        return exactly or [key for key in keys if self.departments[key].cars is None] or keys

    def _sellers(self, is_new: bool | None) -> Sequence[str]:
        selling = ((key, department.cars) for key, department in self.departments.items() if department.cars)
        return [key for key, cars in selling if is_new is None or cars == _kind(is_new)]

    def schedule_of(self, department: str) -> Hours:
        found = self.departments[department]
        place = self.addresses[found.address]
        if found.hours is None:
            return place.schedule
        return Hours(week=found.hours, holidays=place.holidays)

    def schedule_of_person(self, department: str, person: Person) -> Hours:
        """His own shift, else his department's hours; holidays are the dealership's."""
        if person.shift is None:
            return self.schedule_of(department)
        place = self.addresses[self.departments[department].address]
        return Hours(week=person.shift, holidays=place.holidays)

    def desk_of(self, department: str) -> Desk | None:
        """Where its customers are shown: at its own desk, the default department's, or the first there is.

        None when no department has one: then `bot tickets list` alone tells of them.
        """
        keys = (self.known_department(department), self.default_department, *self.departments)
        return next((desk for key in keys if (desk := self.departments[key].desk) is not None), None)

    def departments_by_group(self) -> Mapping[int, tuple[str, ...]]:
        """Number of a group in Telegram → whose customers it shows: its own departments', then of guests."""
        found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
        for key in sorted(self.departments, key=self.is_guest):
            desk = self.desk_of(key)
            if desk is not None:
                found[desk.telegram] += (key,)
        return dict(found)

    def is_guest(self, department: str) -> bool:
        """Without a desk of its own."""
        return self.departments[department].desk is None

    def known_department(self, key: str) -> str:
        """`key`, or the default department when dealer.yml has no such one any more."""
        return key if key in self.departments else self.default_department


def _kind(is_new: bool) -> Literal["new", "used"]:
    return "new" if is_new else "used"


def load_dealer(path: Path) -> Dealer:
    """Read and check the file. Raises SettingsError that names every wrong line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: файл не читается ({error.strerror}). Нужен dealer.yml.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: файл должен быть в UTF-8, байт {error.start} не читается") from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", строка {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "ошибка разметки"
        raise SettingsError(f"{path}{line}: это не YAML: {problem}") from error
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: файл пуст или это не список настроек вида «name: …»")
    try:
        return Dealer.model_validate(data)
    except ValidationError as error:
        wrong = [_describe(path, tree, dict(e)) for e in error.errors()]
        raise SettingsError("\n".join(wrong)) from error


def _describe(path: Path, tree: Any, error: dict[str, Any]) -> str:
    location = [part for part in error["loc"] if part != "[key]"]
    kinds = {
        "missing": "не хватает этого поля",
        "extra_forbidden": "такого поля нет, проверьте написание",
        "string_pattern_mismatch": "написано не так, как нужно",
    }
    message = kinds.get(error["type"], error["msg"].removeprefix("Value error, "))
    name = ".".join(map(str, location)) or "файл"
    return f"{path}, строка {_line(tree, location)}: {name}: {message}"


def _line(node: Any, location: list[Any]) -> int:
    """Line of the deepest existing part of `location`, from 1."""
    line = node.start_mark.line
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1


def _inn_is_valid(inn: str) -> bool:
    """Check digits of a 10- or 12-digit ИНН (order of the tax service ММВ-7-6/435)."""
    if not inn.isdecimal() or len(inn) not in (10, 12):
        return False
    digits = [int(d) for d in inn]

    def check(weights: tuple[int, ...]) -> int:
        return sum(w * d for w, d in zip(weights, digits, strict=False)) % 11 % 10

    if len(inn) == 10:
        return digits[9] == check((2, 4, 10, 3, 5, 9, 4, 6, 8))
    return digits[10] == check((7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) and digits[11] == check(
        (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    )
