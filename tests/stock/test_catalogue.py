"""Names of feeds → names of the catalogue."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.stock.catalogue import Catalogue, Options, load_catalogue, load_options

CATALOGUE = """
- make: Chery
  names: [чери]
  models:
    - {model: Tiggo 7L, names: [тигго 7л]}
- make: Changan
  names: [чанган]
  models:
    - {model: CS35 Plus, names: [цс35 плюс]}
    - {model: UNI-S, names: [юни с]}
- make: Lada
  names: [лада, ваз]
  models:
    - {model: Vesta, names: [веста]}
    - {model: Niva Legend, names: [нива]}
    - {model: Niva Travel, names: [нива]}
- make: Nissan
  names: [ниссан]
  models:
    - {model: Juke, names: [джук]}
- make: GAC
  names: [гак]
  models:
    - {model: GS8}
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "catalogue.yml").write_text(CATALOGUE, encoding="utf-8")
    return load_catalogue(tmp_path / "catalogue.yml")


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("CHERY", "Тигго 7Л (TIGGO 7L)", ("Chery", "Tiggo 7L", None)),
        ("Changan", "CS35PLUS, I Рестайлинг", ("Changan", "CS35 Plus", "I Рестайлинг")),
        ("CHANGАN", "CS35PLUS NEW", ("Changan", "CS35 Plus", None)),
        ("Changan", "UNI-S (CS55 Plus), I", ("Changan", "UNI-S", "I")),
        ("Nissan", "Juke, I Рестайлинг", ("Nissan", "Juke", "I Рестайлинг")),
        ("ниссан", "Nissan Juke", ("Nissan", "Juke", None)),
        ("Gac", "ДжиЭс 8 / GS8", ("GAC", "GS8", None)),
        ("LADA (ВАЗ)", "Vesta SW Cross", ("Lada", "Vesta", None)),
        ("Lada", "Нива", ("Lada", "Нива", None)),
        ("TOYOTA", "RAV4, V (XA50)", ("Toyota", "RAV4", "V (XA50)")),
        ("TOYOTA", " CAMRY  SOLARA ", ("Toyota", "Camry Solara", None)),
        ("ZEEKR", "001", ("Zeekr", "001", None)),
    ],
)
def test_names(catalogue: Catalogue, make: str, model: str, expected: tuple[str, str, str | None]) -> None:
    name = catalogue.name(make, model)
    assert (name.make, name.model, name.generation) == expected


def test_the_project_catalogue_and_options_load() -> None:
    assert load_catalogue().name("ХЕНДАЙ", "солярис").model == "Solaris"
    assert "Фаркоп" in load_options().canonical(["фаркоп"])


def test_options_are_canonical_sorted_and_unique(tmp_path: Path) -> None:
    (tmp_path / "o.yml").write_text(
        "- option: Фаркоп\n  names: [тягово-сцепное устройство]\n", encoding="utf-8"
    )
    options: Options = load_options(tmp_path / "o.yml")
    words = ["Своё слово", "Тягово-сцепное  устройство", "ФАРКОП", " ", "—"]
    assert options.canonical(words) == ("Своё слово", "Фаркоп")


def test_missing_and_wrong_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"нет файла .*none\.yml"):
        load_catalogue(tmp_path / "none.yml")
    (tmp_path / "bad.yml").write_text("make: Lada\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="нужен список записей с полем «make»"):
        load_catalogue(tmp_path / "bad.yml")
