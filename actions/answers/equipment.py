"""Engine, gearbox, drive, trim and options: yes, no or unknown."""

from collections.abc import Callable

from actions import wording
from actions.answers.common import ask_which_car, its, unknown
from actions.say import Answer, Say, heading, say
from actions.turn import Turn
from bot.stock.models import COLOURS, Car, Fuel
from bot.stock.search import TWO_PEDALS

LISTED = 12  # options named when everything is asked for


def engine(car: Car) -> str | None:
    """«1,6 л, 123 л. с., бензин», or as much of it as is known."""
    parts: list[str] = []
    if car.engine_cc and car.fuel is not Fuel.ELECTRIC:
        parts.append(wording.litres(car.engine_cc))
    if car.power_hp:
        parts.append(f"{car.power_hp}{wording.NBSP}л.{wording.NBSP}с.")
    if car.fuel:
        parts.append(wording.FUELS[car.fuel])
    return ", ".join(parts) or None


FACTS: dict[str, tuple[str, str, Callable[[Car], str | None]]] = {
    "engine": ("utter_equipment_engine", "какой двигатель", engine),
    "power": (
        "utter_equipment_power",
        "мощность",
        lambda car: f"{car.power_hp}{wording.NBSP}л.{wording.NBSP}с." if car.power_hp else None,
    ),
    "gearbox": (
        "utter_equipment_gearbox",
        "какая коробка",
        lambda car: wording.GEARBOXES[car.gearbox] if car.gearbox else None,
    ),
    "drive": (
        "utter_equipment_drive",
        "какой привод",
        lambda car: wording.DRIVES[car.drive] if car.drive else None,
    ),
    "fuel": (
        "utter_equipment_fuel",
        "какое топливо",
        lambda car: wording.FUELS[car.fuel] if car.fuel else None,
    ),
    "clearance": (
        "utter_equipment_clearance",
        "дорожный просвет",
        lambda car: f"{car.clearance_mm}{wording.NBSP}мм" if car.clearance_mm else None,
    ),
    "trim": ("utter_equipment_trim", "какая комплектация", lambda car: car.trim),
    "body": (
        "utter_equipment_body",
        "какой кузов",
        lambda car: wording.BODIES[car.body] if car.body else None,
    ),
    "seats": ("utter_equipment_seats", "сколько мест", lambda car: str(car.seats) if car.seats else None),
    "wheel": (
        "utter_equipment_wheel",
        "с какой стороны руль",
        lambda car: wording.WHEELS[car.wheel] if car.wheel else None,
    ),
    "colour": (
        "utter_equipment_colour",
        "какой цвет",
        lambda car: car.colour_name or (COLOURS[car.colour] if car.colour else None),
    ),
    "consumption": ("", "расход топлива", lambda _car: None),
    "timing": ("", "цепь или ремень в приводе ГРМ", lambda _car: None),
}
USUAL = ("engine", "gearbox", "drive", "trim")


async def answer(turn: Turn) -> Answer:
    car = turn.car
    if car is None:
        return ask_which_car(turn, "ask_equipment")
    aspects = turn.heard.aspects("ask_equipment")
    asked = tuple(dict.fromkeys(str(e.value) for e in turn.heard.all("option")))
    says, missing = _yes_or_no(turn, car)
    decided = {"gearbox", "drive", "fuel", "body"} & {e.name for e in turn.heard.entities}
    plain = [a for a in aspects if a in FACTS and a not in decided]
    wanted = tuple(plain) if plain or asked or says else USUAL
    for aspect in wanted:
        text, name, fact = FACTS[aspect]
        value = fact(car)
        if value:
            says.append(say(text, value=value))
        elif plain:
            missing.append(name)
    says += _options(turn, car, asked, missing)
    if "all_options" in aspects or (not asked and wanted == USUAL):
        says += _everything(car)
    if not says and not missing:
        missing = ["что входит в комплектацию"]
    result = Answer([heading("utter_equipment_of", **its(car)), *says])
    if missing:
        result.add(unknown(turn, wording.listing(missing), "equipment"))
        result.step = "call_back"
    return result


def _yes_or_no(turn: Turn, car: Car) -> tuple[list[Say], list[str]]:
    """«полный привод?», «автомат?», «дизель?»: compared with the row."""
    says: list[Say] = []
    missing: list[str] = []
    names = {
        "gearbox": wording.GEARBOXES,
        "drive": wording.DRIVES,
        "fuel": wording.FUELS,
        "body": wording.BODIES,
    }
    for kind, words in names.items():
        asked = list(dict.fromkeys(str(e.value) for e in turn.heard.all(kind)))
        if not asked:
            continue
        text, unknown_name, fact = FACTS[kind]
        value = fact(car)
        actual = getattr(car, kind)
        if value is None:
            missing.append(unknown_name)
        elif len(asked) > 1:  # «бензин или дизель?» has no yes or no
            says.append(say(text, value=value))
        else:
            same = actual == asked[0] or (asked[0] == "automatic" and actual in TWO_PEDALS)
            says.append(
                say(
                    "utter_equipment_yes_" + kind if same else "utter_equipment_no_" + kind,
                    value=value,
                    asked=words[type(actual)(asked[0])],  # type: ignore[index]
                )
            )
    return says, missing


def _options(turn: Turn, car: Car, asked: tuple[str, ...], missing: list[str]) -> list[Say]:
    present = {option.name.lower() for option in car.options}
    there: list[str] = []
    absent: list[str] = []
    for name in asked:
        parts = (name, *turn.options.includes.get(name, ()))
        found = [part for part in parts if part.lower() in present]
        there += found
        absent += [] if found else [name]
    says: list[Say] = []
    if there:
        says.append(say("utter_equipment_option_yes", options=_lower(there)))
    if absent and present:
        says.append(say("utter_equipment_option_not_listed", options=_lower(absent)))
    elif absent:
        missing += [name[0].lower() + name[1:] for name in absent]
    return says


def _everything(car: Car) -> list[Say]:
    names = [option.name for option in car.options]
    if not names:
        return []
    rest = len(names) - LISTED
    more = f" и ещё {wording.plural(rest, 'опция', 'опции', 'опций')}" if rest > 0 else ""
    return [say("utter_equipment_options", options=_lower(names[:LISTED]) + more)]


def _lower(names: list[str]) -> str:
    """Inside a sentence names start small, but «ABS» and «Apple CarPlay» stay."""
    return ", ".join(n if n[:2].isupper() or n[0].isascii() else n[0].lower() + n[1:] for n in names)
