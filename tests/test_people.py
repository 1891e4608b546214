"""The people of dealer.yml: what is wrong with them is said with its line."""

from pathlib import Path

import pytest

from bot.dealer import load_dealer
from bot.errors import SettingsError
from bot.settings import ROOT

TEXT = (ROOT / "dealer.yml").read_text(encoding="utf-8")
PLAIN = "{name: Ольга Демидова}"
LINE = TEXT[: TEXT.index(PLAIN)].count("\n") + 1


def test_a_person_is_known_to_the_systems_and_has_hours_of_her_own(tmp_path: Path) -> None:
    full = (
        '{name: Ольга Демидова, email: olga@salon.example, crm: {bitrix24: 12, amocrm: "345"},'
        ' shift: {mon-fri: "09:00-13:00"}}'
    )
    department = load_dealer(_written(tmp_path, full)).departments["credit"]
    olga = department.person("Ольга Демидова")
    assert olga is not None
    known = [olga.id_in(system) for system in ("bitrix24", "amocrm", "mail", "webhook")]
    assert known == ["12", "345", "olga@salon.example", None]
    assert olga.shift is not None
    assert not olga.shift["sat"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{name: Ольга Демидова, crm: {bitrix24: Ольга}}", "нужен номер сотрудника"),
        ("{name: Ольга Демидова, crm: {onec: 1}}", "такого поля нет"),
        ("{name: Ольга Демидова, email: почта}", "email: написано не так, как нужно"),
        ('{name: Ольга Демидова, shift: {mon: "9-25"}}', "часы «9-25» не понятны"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_dealer(_written(tmp_path, written))
    assert said in str(error.value)
    assert f"строка {LINE}:" in str(error.value)


def _written(folder: Path, person: str) -> Path:
    path = folder / "dealer.yml"
    path.write_text(TEXT.replace(PLAIN, person), encoding="utf-8")
    return path
