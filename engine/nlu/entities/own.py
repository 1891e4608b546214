"""Which car is the customer's own: «меняю мою приору 2012 года на вашу весту»."""

from dataclasses import replace
from itertools import pairwise, takewhile
from typing import List, NamedTuple, Sequence

from engine.nlu.entities.around import word_set
from engine.nlu.entities.model import Entity, Word
from engine.nlu.morphology import grammemes, part_of_speech

KINDS = ("make", "model", "year", "mileage")
_CAR = ("make", "model")
_MINE = word_set("мой свой наш")
_DRIVEN = word_set("ездить езжу владеть имею имеется")
_GIVING = word_set(
    "сдать сдавать отдать отдавать обменять обменивать менять поменять махнуть махнуться сменять избавиться"
)
_TAKING = word_set("оценить оценивать принять принимать выкупить выкупать")
_TAKEN = word_set(
    "взять брать принять принимать рассмотреть забрать сдать отдать пойти зачесть засчитать предложить"
)
_DEALER_TAKES = word_set("возьмете примете заберете берете выкупите принимаете возьмешь примешь заберешь")
_EXCHANGE = word_set("обмен зачет трейд трейд-ин трейдин трейдина trade tradein trade-in счет")
_YOURS = word_set("ваш этот тот новый взять купить брать забрать хотеть интересовать смотреть присмотреть")
_ENDS = word_set(". ? !") | {"\n"}
_MARKS = _ENDS | {",", ";", "("}
_ABOUT = word_set("по про насчет о об вопрос интерес на за")
# «на ходу», «на механике»: no car is wanted here.
_ON = word_set("ход механика автомат ручка вариатор робот обмен учет трейд-ин газ гарантия продажа")


class _Car(NamedTuple):
    """Words of a make and its model standing together."""

    first: int
    last: int  # after its last word


def with_roles(entities: List[Entity], words: Sequence[Word]) -> List[Entity]:
    """`own` on the car that the customer has, on its year and on its mileage."""
    cars = _cars([entity for entity in entities if entity.kind in _CAR], words)
    own = [_is_own(car, cars, words) for car in cars]
    return [
        replace(entity, role="own")
        if entity.kind in KINDS and entity.role is None and _belongs(entity, cars, own, words)
        else entity
        for entity in entities
    ]


def _cars(named: Sequence[Entity], words: Sequence[Word]) -> List[_Car]:
    inside = [any(entity.start <= word.start < entity.end for entity in named) for word in words]
    cars: List[_Car] = []
    for index, car in enumerate(inside):
        if not car:
            continue
        if cars and cars[-1].last == index:
            cars[-1] = cars[-1]._replace(last=index + 1)
        else:
            cars.append(_Car(index, index + 1))
    return cars


def _belongs(entity: Entity, cars: Sequence[_Car], own: Sequence[bool], words: Sequence[Word]) -> bool:
    """Whether it is, or tells of, a car of the customer; a year and a mileage tell of the car before."""
    place = next((i for i, word in enumerate(words) if entity.start <= word.start < entity.end), 0)
    before = [number for number, car in enumerate(cars) if car.first <= place]
    if not cars:
        return _exchange_talk(words[:place], words)
    number = before[-1] if before else 0
    if entity.kind not in _CAR and _turned(words[cars[number].last : place]):
        return False
    return own[number]


def _turned(between: Sequence[Word]) -> bool:
    """«приора на что-то 2018 года»: the year is that of the wanted car."""
    turned = False
    for index, word in enumerate(between):
        if word.norm == ",":
            turned = False
        elif word.norm == "на" and index + 1 < len(between) and not between[index + 1].means(_ON):
            turned = True
    return turned


def _exchange_talk(before: Sequence[Word], words: Sequence[Word]) -> bool:
    """No car was named: «оцените, 2015 года, пробег 90»."""
    told = any(
        _has(before, index) or _gives(word) or word.means(_TAKING) or _mine_alone(before, index)
        for index, word in enumerate(before)
    )
    return told or any(word.norm == "оцените" for word in words)


def _mine_alone(before: Sequence[Word], index: int) -> bool:
    """«моя 2012», «моя машина 2012»; but «мой бюджет»."""
    following = before[index + 1] if index + 1 < len(before) else None
    if not before[index].means(_MINE):
        return False
    return following is None or following.means(_VEHICLE) or part_of_speech(following.norm) != "NOUN"


_VEHICLE = word_set("машина авто автомобиль тачка ласточка")


def _is_own(car: _Car, cars: Sequence[_Car], words: Sequence[Word]) -> bool:
    before, after = _clause_before(car, cars, words), _sentence_after(car, cars, words)
    if _mine_before(before) or _said_after(after):
        return True
    if _has_before(before):
        return True
    if any(word.norm in _DEALER_TAKES for word in before[-4:]):
        return True
    if _wanted(before):
        return False
    if _given(before) or _priced(before, after) or _taken(after, before):
        return True
    return len(cars) == 1 and _valued_later(car, words)


def _clause_before(car: _Car, cars: Sequence[_Car], words: Sequence[Word]) -> Sequence[Word]:
    """Back to a mark or to another car."""
    ends = max((other.last for other in cars if other.last <= car.first), default=0)
    start = car.first
    while start > ends and words[start - 1].norm not in _MARKS:
        start -= 1
    return words[start : car.first]


def _sentence_after(car: _Car, cars: Sequence[_Car], words: Sequence[Word]) -> Sequence[Word]:
    limit = min((other.first for other in cars if other.first >= car.last), default=len(words))
    end = car.last
    while end < limit and words[end].norm not in _ENDS:
        end += 1
    return words[car.last : end]


def _mine_before(before: Sequence[Word]) -> bool:
    """«мой старый логан»; but «мой заказ на джетур»."""
    near = before[-3:]
    return any(
        word.means(_MINE) and not any(other.means(_ABOUT) for other in near[index:])
        for index, word in enumerate(near)
    )


def _said_after(after: Sequence[Word]) -> bool:
    """«гетц мой», «лаган у меня»; but «рио, мой номер», «веста, у меня вопрос»."""
    length = 1 if after and after[0].means(_MINE) else 2 if len(after) > 1 and _has(after, 1) else 0
    following = after[length] if length and length < len(after) else None
    return bool(length) and not (following and part_of_speech(following.norm) in ("NOUN", "ADJF"))


def _has(words: Sequence[Word], index: int) -> bool:
    return index > 0 and words[index].norm in ("меня", "нас") and words[index - 1].norm == "у"


def _has_before(before: Sequence[Word]) -> bool:
    """«у меня дастер», «езжу на рио»; but «у меня вопрос по рио»."""
    for index in range(max(0, len(before) - 4), len(before)):
        between = before[index + 1 :]
        if _has(before, index) and not any(word.means(_ABOUT) for word in between):
            return True
        if before[index].means(_DRIVEN) and len(between) <= 2:
            return True
    return False


def _gives(word: Word) -> bool:
    """The customer gives: «отдадите» asks the dealer, «не отдал» tells of others."""
    return word.means(_GIVING) and any("1per" in tag or "INFN" in tag for _, tag in grammemes(word.norm))


def _given(before: Sequence[Word]) -> bool:
    near = before[-3:]
    if any(word.means(_EXCHANGE) for word in near) and not any(word.means(_ABOUT) for word in near[1:]):
        return True  # «трейд-ин калина 2014»; «трейд-ин по приоре» asks about ours
    reach = [index for index, word in enumerate(before) if _gives(word) or word.means(_TAKING)]
    return bool(reach) and len(before) - reach[-1] <= 4 and not _turned(before[reach[-1] :])


def _priced(before: Sequence[Word], after: Sequence[Word]) -> bool:
    """«сколько дадите за логана»"""
    return bool(before) and before[-1].norm == "за" and any(word.norm in _ASKED for word in (*before, *after))


_ASKED = ("дадите", "дашь", "предложите", "предложишь")


def _wanted(before: Sequence[Word]) -> bool:
    """The nearest telling word says that the car is the dealer's: «взять вашу весту», «на весту»."""
    if before and before[-1].norm == "на":
        return True
    told = [word for word in before if word.means(_YOURS) or _gives(word) or word.means(_TAKING)]
    return bool(told) and told[-1].means(_YOURS)


def _taken(after: Sequence[Word], before: Sequence[Word]) -> bool:
    """«весту в обмен рассмотрите?», «ларгус возьмёте в зачёт?», «поло меняю»."""
    exchanged = any(
        word.means(_EXCHANGE) and index and after[index - 1].norm in ("в", "на")
        for index, word in enumerate(after)
    )
    if exchanged and any(word.means(_TAKEN) for word in (*before, *after)):
        return True
    if any(word.norm in _DEALER_TAKES for word in after) or _offered(after):
        return True
    close = list(takewhile(lambda word: word.norm not in _MARKS, after[:5]))
    return any(_gives(word) or word.norm == "оцените" for word in close)


def _offered(after: Sequence[Word]) -> bool:
    """«форик 2012 на обмен», «четырка + 200к», «а4 и 700 тысяч сверху»"""
    norms = [word.norm for word in after]
    if any(sign in ("+", "плюс") and sum_[:1].isdigit() for sign, sum_ in pairwise(norms[:4])):
        return True
    exchanged = any(
        word.means(_EXCHANGE) and index and norms[index - 1] in ("в", "на", "v", "na")
        for index, word in enumerate(after[:4])
    )
    return "сверху" in norms or (exchanged and not any(word.means(_POSSIBLE) for word in after))


_POSSIBLE = word_set("можно возможно возможный есть")


def _valued_later(car: _Car, words: Sequence[Word]) -> bool:
    """A sentence of its own describes the car, another asks for its value: «Альмера 2014. Оцените мою»."""
    end = next((i for i in range(car.last, len(words)) if words[i].norm in _ENDS), len(words))
    if end < len(words) and words[end].norm == "?":
        return False
    return any(word.norm in ("оцените", "оценка", "выкупите", "мою") for word in words[end:])
