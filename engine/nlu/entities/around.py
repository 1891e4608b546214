"""The words around a number, and the lists of words that tell what it counts."""

from itertools import takewhile
from typing import FrozenSet, Sequence

from engine.nlu.entities.model import Word
from engine.nlu.entities.numbers import Number


def word_set(words: str) -> FrozenSet[str]:
    return frozenset(words.split())


YEAR_WORDS = word_set("год г гг гв г.в года году годов")
KILOMETRES = word_set("км ткм километр километраж кмов")
MONTHS = word_set("месяц мес месяцев")
ROUBLES = word_set("рубль руб р ₽ рублей рублик деревянный")
POWER = word_set("лс л.с сила лошадь лошадка лошадиный кобыла hp")
LITRES = word_set("литр л литровый литра литров")
PERCENT = word_set("% процент процентов прцент проц")
OWNERS = word_set("хозяин владелец собственник хоз рука")
OTHER_UNITS = word_set(
    "час ч минута мин день дня сутки раз штука человек место ребенок неделя ключ дверь число "
    "дюйм радиус сантиметр см мм этаж дом корпус подъезд класс й регион процент"
)

MILEAGE = word_set(
    "пробег пробежать накатать проехать накат километраж одометр наездить прошлый пройти намотать "
    "крученый скрученный смотанный"
)
DISTANCE = word_set("от до за город мкад центр доехать ехать жить приехать проехать")
MONEY = word_set(
    "цена стоить рубль бюджет сумма деньги отдать отдавать забрать забирать торг торговаться скинуть "
    "уступить "
    "скидка предлагать предложить дать взять возьму готовый подешевле дешевый дорогой стоимость нал наличный "
    "наличные кэш продать продавать просить купить хватать пределы вложиться оценить выкупить выйти "
    "располагать "
    "отдадите заберу предложение договориться поровну прошу отдашь подвинуться двигаться дорого дешево "
    "край устроить выезжать отложить накопить уложиться наличка одобрить"
)
# What is spoken of is a difference or an income, no price.
DISCOUNT = word_set(
    "скинуть скидывать скидка уступить сбросить скинь скинешь скинете подвинуться подвинешься"
)
CHANGED = word_set("вырасти подорожать подешеветь поднять упасть снизить снизиться опустить")
CHEAPER = word_set("дешевый дешевле дорогой дороже подешевле")
RATE = word_set("ставка годовой процент процентный рейтинг оценка")
INCOME = word_set("зарплата зп оклад доход пенсия зарабатывать получать заработок подработка получка")
PAID = word_set("вернуть списать навязать страховка сигнализация штраф пошлина долг")
DOWN_PAYMENT = word_set("взнос первоначальный первоначалка пв внести внесу вносить взносом первоначально")
PAYING_IN = word_set("внести вносить внесу вношу закинуть вкинуть")
SURCHARGE = word_set("доплата доплатить доплачивать доплачу доплатой сверху")
REST = word_set("сразу остальное остальной остаток")
LOAN = word_set("кредит рассрочка срок лизинг взнос платеж переплата ставка растянуть взять погасить ипотека")
VOLUME = word_set(
    "объем двигатель мотор движок двс литраж турбо автомат механика дизель бензин вариатор робот турбина "
    "tsi fsi mpi tdi gdi crdi атмосферник атмо"
)
VOLUMES = frozenset(
    (
        0.7,
        0.8,
        1.0,
        1.1,
        1.2,
        1.3,
        1.4,
        1.5,
        1.6,
        1.7,
        1.8,
        1.9,
        2.0,
        2.1,
        2.2,
        2.3,
        2.4,
        2.5,
        2.7,
        2.8,
        2.9,
        3.0,
        3.2,
        3.3,
        3.5,
        3.6,
        3.7,
        3.8,
        4.0,
        4.4,
        4.5,
        4.6,
        4.7,
        5.0,
        5.5,
        5.6,
        5.7,
        6.0,
        6.2,
    )
)


class Around:
    """The words near a number, within its sentence."""

    def __init__(self, words: Sequence[Word], number: Number) -> None:
        self._words = words
        self.number = number

    def next(self, meanings: FrozenSet[str], reach: int = 1) -> bool:
        return any(word.means(meanings) for word in self.after(reach))

    @property
    def last_word(self) -> str:
        return self._words[self.number.last - 1].norm

    def next_is(self, norm: str) -> bool:
        return any(word.norm == norm for word in self.after(1))

    def before(self, meanings: FrozenSet[str], reach: int = 3) -> bool:
        return any(word.means(meanings) for word in self.before_words(reach))

    def near(self, meanings: FrozenSet[str], reach: int = 4) -> bool:
        return self.before(meanings, reach) or self.next(meanings, reach)

    def next_in_clause(self, meanings: FrozenSet[str], reach: int) -> bool:
        """As `next`, not past a comma: «900 тысяч, вношу 300»."""
        clause = takewhile(lambda word: word.norm not in (",", ";"), self.after(reach))
        return any(word.means(meanings) for word in clause)

    def directly_after(self, *norms: str) -> bool:
        return self.number.first > 0 and self._words[self.number.first - 1].norm in norms

    def alone(self, unit: int = 0) -> bool:
        """Whether the message is the number, `unit` words after it, and marks."""
        rest = [*self._words[: self.number.first], *self._words[self.number.last + unit :]]
        return not any(word.norm[:1].isalnum() for word in rest)

    def preceding(self, reach: int) -> str:
        return " ".join(word.norm for word in self.before_words(reach))

    def following(self, reach: int) -> str:
        return " ".join(word.norm for word in self.after(reach))

    def before_words(self, reach: int) -> Sequence[Word]:
        start = self.number.first
        while (
            start > 0
            and self.number.first - start < reach
            and self._words[start - 1].norm not in (".", "?", "!", "\n")
        ):
            start -= 1
        return self._words[start : self.number.first]

    def after(self, reach: int) -> Sequence[Word]:
        end = self.number.last
        while (
            end < len(self._words)
            and end - self.number.last < reach
            and self._words[end].norm not in (".", "?", "!", "\n")
        ):
            end += 1
        return self._words[self.number.last : end]
