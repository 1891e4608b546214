"""The people of a department, as dealer.yml names them."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.hours import Week

MAX_DIGITS = 12  # of a user's number in a CRM


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_number(value: Any) -> str:
    """«12» or 12: both are how people write it."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise ValueError('нужен номер сотрудника в этой системе, пример: "12"')
    return text


CrmUser = Annotated[str, BeforeValidator(_as_number)]


class CrmIds(_Section):
    """Who a person is in the systems that know their people by number."""

    bitrix24: CrmUser | None = None
    amocrm: CrmUser | None = None


class Person(_Section):
    name: str = Field(min_length=1, max_length=128)
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    crm: CrmIds = CrmIds()
    telegram: int | None = Field(None, gt=0, description="number of the account, for the desk")
    shift: Week | None = Field(None, description="when this person works; None: whenever the department does")

    def id_in(self, system: str) -> str | None:
        """By which the system knows this person; mail knows people by their address."""
        ids = {"bitrix24": self.crm.bitrix24, "amocrm": self.crm.amocrm, "mail": self.email}
        return ids.get(system)
