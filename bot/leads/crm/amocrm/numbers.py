"""Numbers of people, stages and fields, which the settings want and the account's pages hardly show."""

from pydantic import BaseModel, Field, TypeAdapter

from bot.leads.crm.amocrm.account import Account
from bot.leads.crm.amocrm.keys import SYSTEM
from bot.leads.crm.base import Numbers
from bot.leads.crm.http import understood
from bot.leads.crm.text import one_line

_ALL = {"limit": "250"}


class _Named(BaseModel):
    id: int
    name: str
    type: str | None = None  # of a field


class _Statuses(BaseModel):
    statuses: tuple[_Named, ...] = ()


class _Pipeline(_Named):
    embedded: _Statuses = Field(alias="_embedded")


class _Rows(BaseModel):
    users: tuple[_Named, ...] = ()
    pipelines: tuple[_Pipeline, ...] = ()
    custom_fields: tuple[_Named, ...] = ()


class _Page(BaseModel):
    embedded: _Rows = Field(default_factory=_Rows, alias="_embedded")


_PAGE = TypeAdapter(_Page)


async def numbers(account: Account) -> tuple[Numbers, ...]:
    """Raises CrmDelayed or CrmRefused."""
    people = (await _rows(account, "users")).users
    pipelines = (await _rows(account, "leads/pipelines")).pipelines
    fields = (await _rows(account, "leads/custom_fields")).custom_fields
    return (
        _listed("Сотрудники: people в dealer.yml", people),
        *(_listed(_of_pipeline(one), one.embedded.statuses) for one in pipelines),
        _listed("Текстовые поля сделки: AMOCRM_UID_FIELD", [one for one in fields if one.type == "text"]),
    )


async def _rows(account: Account, path: str) -> _Rows:
    return understood(_PAGE, await account.get(path, _ALL) or {}, SYSTEM).embedded


def _of_pipeline(pipeline: _Pipeline) -> str:
    return f"Воронка «{one_line(pipeline.name)}», AMOCRM_PIPELINE_ID={pipeline.id}. Её этапы: crm_stages"


def _listed(title: str, rows: tuple[_Named, ...] | list[_Named]) -> Numbers:
    return Numbers(title=title, rows=tuple((str(row.id), one_line(row.name)) for row in rows))
