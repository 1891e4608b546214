"""Who asks to be forgotten is heard, and nobody else: the words around it are often those of haggling."""

import pytest

from actions.consent import FORGETS, WITHDRAWS


@pytest.mark.parametrize(
    "text",
    [
        "удалите мои данные",
        "мои данные удалите",
        "мои персональные данные, пожалуйста, удалите",
        "удалите, пожалуйста, меня из вашей базы",
        "меня удалите из базы",
        "забудьте обо мне",
        "сотрите мой номер",
        "прошу уничтожить персональные данные",
    ],
)
def test_he_asks_to_be_forgotten(text: str) -> None:
    assert FORGETS.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "уберите 20 тысяч у меня наличка",
        "можно ли убрать запах, у меня аллергия",
        "уберите страховку, меня цена не устраивает",
        "забудьте, меня не будет в субботу",
        "вычеркните меня на субботу",
        "уберите меня с записи",
        "вычеркните меня на завтра",
        "уберите меня с завтрашнего визита",
        "не удаляйте мои данные",
        "у меня убрать царапину сможете?",
    ],
)
def test_he_speaks_of_something_else(text: str) -> None:
    assert not FORGETS.search(text)


@pytest.mark.parametrize("text", ["не даю согласия", "не даю вам согласие на обработку данных"])
def test_he_takes_his_agreement_back(text: str) -> None:
    assert WITHDRAWS.search(text)


@pytest.mark.parametrize("text", ["не даю согласие на кредит", "я не даю согласия на замену двигателя"])
def test_he_agrees_to_no_other_thing(text: str) -> None:
    """To take an agreement back calls leads back from the CRM at once."""
    assert not WITHDRAWS.search(text)
