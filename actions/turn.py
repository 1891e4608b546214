"""Everything an answer may look at."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from actions.heard import Heard
from actions.memory import Aside, Memory, Pending
from bot.contract import Metadata
from bot.dealer import Dealer
from bot.stock.catalogue import Options
from bot.stock.models import Car


@dataclass
class Turn:
    meta: Metadata
    heard: Heard
    memory: Memory
    session: AsyncSession
    dealer: Dealer
    options: Options
    pending: Pending | None = None  # what the bot asked last turn; memory.pending is what it asks now
    aside: Aside | None = None  # what it asked besides
    car: Car | None = None  # the car the questions are about, once resolved
    focus: Car | None = None  # the car the conversation is about, when no question of this turn needs one
    alike: Car | None = None  # one of those shown, none of them chosen, that stand together

    @property
    def now(self) -> dt.datetime:
        """Local time of the dealership."""
        return self.dealer.local(self.meta.now)

    def department(self, topic: str) -> str:
        """Where the car stands comes before where he is expected: he may come to see another one."""
        car, visit = self.car or self.focus or self.alike, self.meta.visit
        return self.dealer.department_for(
            topic,
            is_new=self._wants_new(car),
            address=(car.place if car else None) or (visit.address if visit else None),
            acquainted=self.meta.acquainted,
        )

    def _wants_new(self, car: Car | None) -> bool | None:
        """«менеджера по новым» says it whatever the talk was about; else the car does, else the search."""
        named = self.heard.first("condition")
        if named is not None and (car is None or self.heard.says("request_human")):
            return bool(named == "new")
        return car.is_new if car else self.memory.wish.is_new

    @property
    def car_is_known(self) -> bool:
        """The conversation is about this car already: naming it again would sound like a machine."""
        return self.car is not None and self.car.id == self.meta.focus_car_id

    def await_(self, pending: Pending | None) -> None:
        self.memory.pending = pending
