"""VIN, as the dealership's policy allows it."""

from actions.answers.common import ask_which_car, its, unknown
from actions.say import Answer, say
from actions.turn import Turn

HIDDEN_TAIL = 6  # characters that the masked form keeps back


async def answer(turn: Turn) -> Answer:
    car, asked = turn.car, turn.heard.first("vin")
    if car is None:
        known = [say("utter_vin_not_ours", wanted=asked)] if asked else []
        return ask_which_car(turn, "ask_vin", *known)
    if asked and car.vin:
        text = "utter_vin_matches" if asked == car.vin else "utter_vin_differs"
        return Answer([say(text, vin=asked, **its(car))], step="history_report")
    if car.vin is None:
        if car.body_number:
            return Answer(
                [say("utter_vin_body_number", number=car.body_number, **its(car))], step="history_report"
            )
        result = unknown(turn, "VIN этого автомобиля", "vin")
        result.step = "history_report"
        return result
    match turn.dealer.policies.vin:
        case "shown":
            says = [say("utter_vin_shown", vin=car.vin, **its(car))]
        case "masked":
            hidden = car.vin[:-HIDDEN_TAIL] + "•" * HIDDEN_TAIL
            says = [say("utter_vin_masked", vin=hidden, **its(car))]
        case "showroom":
            says = [say("utter_vin_showroom", **its(car))]
    return Answer(says, step="history_report")
