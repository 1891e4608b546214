"""The phone: asked for with its reason, given, corrected, broken, of several; and the call itself."""

import pytest

from bot.contract import Abilities, AskedPhone, CapturedLead, ConsentShown, RefusedPhone, VisitBooked
from tests.actions.dialogue import Dialogue, entity
from tests.actions.stock import IDS

ANNAS = "+79161234567"
OTHER = "+79261002030"


def phone(number: str, start: int = 0) -> dict[str, object]:
    return {**entity("phone", number, valid=True), "start": start}


def broken(written: str) -> dict[str, object]:
    return entity("phone", written, valid=False)


@pytest.fixture
def asked(solaris: Dialogue) -> Dialogue:
    """The text about personal data was shown before."""
    solaris.meta["consent"] = "shown"
    return solaris


@pytest.fixture
def known(asked: Dialogue) -> Dialogue:
    """His number is known and may be used."""
    asked.meta |= {"consent": "given", "phone_known": True, "phone_tail": ANNAS[-4:]}
    return asked


class TestAsking:
    async def test_telegrams_button_is_pointed_at_once(self, solaris: Dialogue) -> None:
        solaris.meta["abilities"] = Abilities(contact_button=True)
        assert "кнопкой «Отправить мой номер»" in await solaris.ask("ask_price")
        await solaris.ask("ask_address")
        assert "кнопкой" not in await solaris.ask("ask_vin")

    async def test_other_channels_ask_by_text_alone(self, solaris: Dialogue) -> None:
        assert "кнопк" not in await solaris.ask("ask_price")

    async def test_yes_keeps_the_contact_button_in_sight(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        said = await solaris.ask("affirm", text="да")
        assert said.one(AskedPhone).step == "history_report"

    async def test_a_promise_of_a_number_is_told_of_the_consent(self, talk: Dialogue) -> None:
        said = await talk.ask("give_phone", text="сейчас напишу номер")
        assert said.one(ConsentShown)
        assert talk.dealer.consent.url in said

    async def test_no_goes_on_in_the_chat(self, asked: Dialogue) -> None:
        await asked.ask("ask_vin")
        said = await asked.ask("deny", text="не хочу")
        assert said.one(RefusedPhone)
        assert said.asked_for is None
        assert "1 190 000 ₽" in await asked.ask("ask_price")


class TestWrongDigits:
    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("8 916 123 45 6", "10 цифр, а нужно 11, не хватает одной"),
            ("8916123456", "10 цифр, а нужно 11, не хватает одной"),
            ("8 916 123 45", "9 цифр, а нужно 11, не хватает двух"),
            ("916 123 45 6", "9 цифр, а нужно 10, не хватает одной"),
            ("8 916 123 45 678", "12 цифр, а нужно 11, одна лишняя"),
            ("+7 916 123 45 6789", "13 цифр, а нужно 11, две лишние"),
            ("123-45-67", "нет кода города"),
            ("8 800 555 35 35", "бесплатная линия"),
            ("+7 800 200 23 45", "бесплатная линия"),
            ("8 999 000 00 00", "Не узнаю код"),
        ],
    )
    async def test_are_told_exactly(self, asked: Dialogue, written: str, words: str) -> None:
        await asked.ask("ask_vin")
        said = await asked.ask("give_phone", text=written, entities=[broken(written)])
        assert words in said
        assert not said.all(CapturedLead)
        right = await asked.ask("give_phone", entities=[phone(ANNAS)])
        assert right.one(CapturedLead).step == "history_report", "the step is not forgotten over it"

    async def test_a_short_number_is_refused_where_a_phone_is_awaited(self, asked: Dialogue) -> None:
        await asked.ask("ask_vin")
        assert "На короткий номер 112 мы не дозвонимся" in await asked.ask("out_of_scope", text="112")

    async def test_a_number_in_other_talk_is_none(self, asked: Dialogue) -> None:
        await asked.ask("ask_credit")
        assert "короткий номер" not in await asked.ask("nlu_fallback", text="300")

    async def test_it_is_not_looked_for_in_a_question(self, asked: Dialogue) -> None:
        said = await asked.ask("ask_price", text="цена 8 916 123 45 6", entities=[broken("8 916 123 45 6")])
        assert "не хватает" not in said


class TestCorrecting:
    @pytest.mark.parametrize("text", ["ой, не тот номер, 8 926 100 20 30", "8 926 100 20 30"])
    async def test_another_number_takes_the_place_of_the_first(self, known: Dialogue, text: str) -> None:
        said = await known.ask("give_phone", text=text, entities=[phone(OTHER)])
        lead = said.one(CapturedLead)
        assert (lead.phone, lead.corrects) == (OTHER, True)
        assert "Исправил, теперь звоним на +7 926 100-20-30." in said

    async def test_it_is_for_what_the_wrong_one_was(self, asked: Dialogue) -> None:
        await asked.ask("ask_vin")
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        await asked.ask("ask_address")
        said = await asked.ask("give_phone", text="ой, не тот номер", entities=[phone(OTHER)])
        assert said.one(CapturedLead).step == "history_report"

    async def test_the_first_number_corrects_nothing(self, asked: Dialogue) -> None:
        assert not (await asked.ask("give_phone", entities=[phone(ANNAS)])).one(CapturedLead).corrects

    async def test_the_same_number_again_is_no_correction_in_words(self, known: Dialogue) -> None:
        assert "Записал номер" in await known.ask(
            "give_phone", text="мой номер 8916…", entities=[phone(ANNAS)]
        )

    async def test_the_same_number_once_more_is_no_second_one(self, known: Dialogue) -> None:
        said = await known.ask("give_phone", text="ещё раз: 89161234567", entities=[phone(ANNAS)])
        assert "other_phone" not in said.one(CapturedLead).details

    async def test_the_same_number_sent_again_gets_no_second_promise(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        said = await asked.ask("give_phone", text="89161234567", entities=[phone(ANNAS)])
        assert said.paragraphs == ["Этот номер у меня уже записан: +7 916 123-45-67."]
        assert not said.all(CapturedLead)
        assert (await asked.ask("book_visit", text="после 18", entities=[entity("time", ">18:00")])).one(
            CapturedLead
        ), "the hour that follows is still of the call"

    async def test_the_same_number_with_something_new_is_told_on(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        said = await asked.ask("give_phone", entities=[phone(ANNAS), entity("time", ">18:00")])
        assert said.one(CapturedLead).details["wished_time"] == "после 18:00"

    async def test_the_same_number_for_another_step_is_a_yes_to_it(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        await asked.ask("ask_vin")
        said = await asked.ask("give_phone", entities=[phone(ANNAS)])
        assert said.one(CapturedLead).step == "history_report"

    async def test_in_one_message(self, asked: Dialogue) -> None:
        text = "не 89161234567, а 89261002030"
        said = await asked.ask("give_phone", text=text, entities=[phone(ANNAS, 3), phone(OTHER, 18)])
        assert said.one(CapturedLead).phone == OTHER

    async def test_the_number_of_another_person_replaces_nothing(self, known: Dialogue) -> None:
        said = await known.ask(
            "give_phone", text="запишите ещё номер жены 89261002030", entities=[phone(OTHER)]
        )
        lead = said.one(CapturedLead)
        assert (lead.phone, lead.corrects, lead.details["other_phone"]) == (None, False, OTHER)


class TestTwoNumbers:
    async def test_both_are_kept_and_it_is_asked_which(self, asked: Dialogue) -> None:
        said = await asked.ask("give_phone", entities=[phone(ANNAS), phone(OTHER)])
        lead = said.one(CapturedLead)
        assert (lead.phone, lead.details["other_phone"]) == (ANNAS, OTHER)
        assert "На какой удобнее позвонить?" in said
        assert said.titles == ["+7 916 123-45-67", "+7 926 100-20-30"]

    @pytest.mark.parametrize(
        "text", ["лучше второй", "на второй", "2", "926", "который на 2030", "второй, он мой", "жене звоните"]
    )
    async def test_the_second_is_chosen_in_words(self, asked: Dialogue, text: str) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS), phone(OTHER)])
        lead = (await asked.ask("deny", text=text)).one(CapturedLead)
        assert (lead.phone, lead.corrects, lead.details["other_phone"]) == (OTHER, True, ANNAS)

    async def test_or_by_a_button(self, asked: Dialogue) -> None:
        said = await asked.ask("give_phone", entities=[phone(ANNAS), phone(OTHER)])
        lead = (await asked.press(said, "+7 926")).one(CapturedLead)
        assert (lead.phone, lead.details["other_phone"]) == (OTHER, ANNAS)

    @pytest.mark.parametrize("text", ["первый", "мой лучше"])
    async def test_the_first_stays_when_it_is_chosen(self, asked: Dialogue, text: str) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS), phone(OTHER)])
        said = await asked.ask("ask_trade_in", text=text)
        assert "позвоним на +7 916 123-45-67" in said
        assert not said.all(CapturedLead)

    async def test_other_business_is_not_taken_for_a_choice(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS), phone(OTHER)])
        assert "1 190 000 ₽" in await asked.ask("ask_price", text="а сколько стоит?")


class TestTheCall:
    async def test_hour_channel_and_extension_of_the_same_message(self, asked: Dialogue) -> None:
        said = await asked.ask(
            "give_phone",
            text="8 495 123-45-67 доб. 12, после 18, лучше в вотсап",
            entities=[entity("phone", "+74951234567", valid=True, extension="12"), entity("time", ">18:00")],
        )
        details = said.one(CapturedLead).details
        assert details == {"channel": "WhatsApp", "wished_time": "после 18:00", "extension": "12"}
        assert "учтёт ваше пожелание: после 18:00" in said
        assert "в течение" not in said, "nobody is rung up before the hour he has named"

    async def test_an_hour_beside_a_number_that_was_asked_for_a_call_is_no_visit(
        self, asked: Dialogue
    ) -> None:
        await asked.ask("ask_credit")
        said = await asked.ask(
            "give_phone",
            "book_visit",
            text="ну давайте, 8 916 123 45 67, после 18 можно",
            entities=[phone(ANNAS), entity("time", ">18:00")],
        )
        assert said.one(CapturedLead).details["wished_time"] == "после 18:00"
        assert "На какой день?" not in said

    @pytest.mark.parametrize(
        ("intents", "text", "entities", "detail"),
        [
            (("out_of_scope",), "после 18", [entity("time", ">18:00")], ("wished_time", "после 18:00")),
            (("request_human",), "звоните завтра", [entity("day", "+1")], ("wished_time", "22.11")),
            (("refuse_phone",), "только в телеграм", [], ("channel", "Telegram")),
            (("refuse_phone",), "не звоните, лучше пишите", [], ("channel", "переписка")),
        ],
    )
    async def test_what_follows_the_number_belongs_to_the_lead(
        self,
        asked: Dialogue,
        intents: tuple[str, ...],
        text: str,
        entities: list[object],
        detail: tuple[str, str],
    ) -> None:
        await asked.ask("ask_vin")
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        lead = (await asked.ask(*intents, text=text, entities=entities)).one(CapturedLead)  # type: ignore[arg-type]
        assert (lead.phone, lead.step) == (None, "history_report")
        assert lead.details[detail[0]] == detail[1]

    async def test_who_is_called_back_anyway_is_not_offered_a_call(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", text="перезвоните", entities=[phone(ANNAS)])
        assert (await asked.ask("ask_service")).asked_for is None

    async def test_a_name_alone(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        said = await asked.ask("out_of_scope", text="Анна", entities=[entity("person", "Анна")])
        assert said.one(CapturedLead).name == "Анна"
        assert "Приятно познакомиться, Анна." in said

    @pytest.mark.parametrize(
        ("intent", "text", "entities"),
        [
            ("refuse_phone", "пишите только в телеграм", []),
            ("out_of_scope", "меня анна зовут", [entity("person", "Анна")]),
            ("greet", "анна", [entity("person", "Анна")]),
        ],
    )
    async def test_a_channel_or_a_name_some_messages_later_belong_to_the_lead_too(
        self, asked: Dialogue, intent: str, text: str, entities: list[object]
    ) -> None:
        await asked.ask("ask_vin")
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        await asked.ask("ask_price")
        lead = (await asked.ask(intent, text=text, entities=entities)).one(CapturedLead)  # type: ignore[arg-type]
        assert lead.step == "history_report"
        assert lead.name == "Анна" or lead.details["channel"] == "Telegram"

    async def test_a_name_in_other_words_may_be_anybodys(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        await asked.ask("ask_price")
        said = await asked.ask("greet", text="привет Анне", entities=[entity("person", "Анна")])
        assert said.all(CapturedLead) == []

    async def test_no_calls_some_messages_later_is_a_refusal_while_no_number_is_known(
        self, asked: Dialogue
    ) -> None:
        await asked.ask("ask_vin")
        said = await asked.ask("refuse_phone", text="не звоните, пишите только в телеграм")
        assert (len(said.all(RefusedPhone)), said.all(CapturedLead)) == (1, [])

    async def test_who_asks_for_a_call_is_not_promised_pictures_that_nobody_offered(
        self, asked: Dialogue
    ) -> None:
        await asked.ask("ask_price")
        await asked.ask("refuse_phone")
        await asked.ask("ask_price")
        await asked.ask("refuse_phone")
        await asked.ask("ask_photos")
        said = await asked.ask("give_phone", text="ладно, пусть позвонят", entities=[phone(ANNAS)])
        assert said.one(CapturedLead).step == "call_back"

    async def test_a_visit_wished_after_the_number_is_booked(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        wished = [entity("day", "wd6"), entity("time", "14:00")]
        said = await asked.ask("book_visit", text="запишите на субботу к двум посмотреть", entities=wished)
        assert said.one(VisitBooked).time == "14:00"

    async def test_a_question_after_the_number_is_a_question(self, asked: Dialogue) -> None:
        await asked.ask("give_phone", entities=[phone(ANNAS)])
        said = await asked.ask("ask_address", text="а завтра вы работаете?", entities=[entity("day", "+1")])
        assert not said.all(CapturedLead)
        assert "Часы работы завтра" in said

    async def test_without_a_number_before_a_refusal_is_a_refusal(self, asked: Dialogue) -> None:
        await asked.ask("ask_vin")
        assert (await asked.ask("refuse_phone", text="только в телеграм")).one(RefusedPhone)


async def test_what_was_given_once_is_never_asked_again(known: Dialogue) -> None:
    """Number, name, own car and visit of any of his conversations."""
    known.meta |= {
        "name": "Анна",
        "own_car": {"make": "Kia", "model": "Ceed", "year": 2014, "mileage_km": 142_000},
        "visit": {"date": "2026-11-24", "time": "15:00", "car_id": IDS["solaris_white"]},
    }
    for question in ("ask_price", "ask_trade_in", "book_visit", "ask_vin", "ask_credit", "ask_photos"):
        said = await known.ask(question)
        for asks in (
            "номер,",
            "номер —",
            "Оставьте",
            "как вас зовут",
            "марка",
            "Когда вам удобно",
            "На какой день",
        ):
            assert asks not in said, f"{question}: {said.text}"
