"""What the stock does not know is said once in a reply, with one button that asks a person."""

import json
from collections.abc import Sequence

from actions import wording
from actions.say import Answer, Choice, say


def admit(answers: Sequence[Answer]) -> Answer | None:
    """Add the unknown facts to the answer that lacks them; for several answers, one of its own."""
    lacking = [answer for answer in answers if answer.unknown]
    if not lacking:
        return None
    facts = wording.listing(dict.fromkeys(fact for answer in lacking for fact in answer.unknown))
    admission = Answer(
        [say("utter_unknown_fact", fact=facts)], choices=[_ask_a_person(facts, lacking[0].topic)]
    )
    if len(lacking) > 1:
        return admission
    lacking[0].says += admission.says
    lacking[0].choices += admission.choices
    return None


def _ask_a_person(fact: str, topic: str) -> Choice:
    """The ticket of this button tells the department what to find out."""
    values = json.dumps({"fact": fact, "topic": topic}, ensure_ascii=False)
    return Choice("Уточнить у менеджера", f"/request_human{values}")
