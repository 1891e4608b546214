"""What people write in a customer's topic goes to him; what must not, does not."""

import asyncio

import aiogram.types as tg
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from bot.channels.base import Outgoing
from bot.channels.files import MAX_BYTES
from bot.conversations import Conversation, Message
from bot.db import Sessions
from bot.desk.models import DeskGroup, DeskMessage, DeskNotice, DeskTopic, Ticket, TicketEvent
from bot.desk.telegram.intake import REMOVED
from bot.desk.telegram.people import ANONYMOUS
from bot.desk.telegram.writing import NOT_A_TOPIC, NOTHING_TO_SEND, TOO_LATE_FOR_A_NOTE
from bot.outbox import put
from bot.outbox.models import DeliveredMessage, OutboxMessage
from bot.people import Person
from tests.desk.staffroom import Scene, office, scene
from tests.desk.telegram_desk import dealer_with, visitor
from tests.emulators.telegram import TelegramEmulator


async def _ticket(at: Scene) -> Ticket:
    return (await at.office.rows(Ticket))[-1]


async def _words(at: Scene) -> list[str]:
    await at.office.takes()
    return [outgoing.text for outgoing in await at.office.said()]


async def _notices(at: Scene) -> list[str]:
    return [notice.words for notice in await at.office.rows(DeskNotice)]


async def test_it_goes_to_the_customer_and_takes_the_conversation(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        at.alexey.says("Здравствуйте! Машина на месте.", topic=at.topic)
        assert await _words(at) == ["Здравствуйте! Машина на месте."]
        ticket = await _ticket(at)
        assert (ticket.status, ticket.claimed_name, ticket.claimed_by) == (
            "claimed",
            "Алексей Громов",
            f"telegram:{at.alexey.id}",
        )
        assert ticket.first_answer_at is not None and ticket.waiting_since is None
        history = await at.office.rows(Message)
        assert [(each.direction, each.text) for each in history] == [
            ("staff", "Здравствуйте! Машина на месте.")
        ]


async def test_who_has_a_name_in_dealer_yml_goes_by_it(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    nick = group.member("🔥Лёха🔥")
    dealer = dealer_with({"used_cars": group.id})
    used = dealer.departments["used_cars"]
    people = (Person(name="Алексей Громов", telegram=nick.id), *used.people[1:])
    departments = {**dealer.departments, "used_cars": used.model_copy(update={"people": people})}
    dealer = dealer.model_copy(update={"departments": departments})
    async with office(telegram, sqlite_sessions, {}, dealer=dealer) as opened:
        ivan = await visitor(sqlite_sessions)
        await ivan.is_handed_over()
        topic, _ = await opened.shows(group, ivan)
        nick.says("Слушаю вас", topic=topic)
        await opened.takes()
        assert [ticket.claimed_name for ticket in await opened.rows(Ticket)] == ["Алексей Громов"]


async def test_an_administrator_who_hides_behind_the_group_answers_too(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.becomes_anonymous()
        at.alexey.says("Слушаю вас", topic=at.topic)
        assert await _words(at) == ["Слушаю вас"]
        assert (await _ticket(at)).claimed_name == ANONYMOUS


async def test_a_colleague_may_help_out_and_the_ticket_stays_with_who_took_it(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        irina = at.group.member("Ирина Белова")
        at.alexey.says("Здравствуйте", topic=at.topic)
        irina.says("Ключи у меня", topic=at.topic)
        assert await _words(at) == ["Здравствуйте", "Ключи у меня"]
        assert (await _ticket(at)).claimed_name == "Алексей Громов"
        answers = [event for event in await at.office.rows(TicketEvent) if event.kind == "answered"]
        assert [event.name for event in answers] == ["Алексей Громов", "Ирина Белова"]


async def test_every_kind_of_file(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.sends_photo("Кузов", topic=at.topic)
        at.alexey.sends_video(caption="Обзор", topic=at.topic)
        at.alexey.sends_voice(topic=at.topic)
        at.alexey.sends_video_note(topic=at.topic)
        at.alexey.sends_document("ПТС.pdf", topic=at.topic)
        at.alexey.sends_sticker(topic=at.topic)
        await at.office.takes()
        said = await at.office.said()
        assert [(each.text, each.files[0].kind) for each in said] == [
            ("Кузов", "photo"),
            ("Обзор", "video"),
            ("", "voice"),
            ("", "video_note"),
            ("", "document"),
            ("", "sticker"),
        ]
        photo = at.topic.messages[-6].photo
        assert photo and said[0].files[0].source == f"telegram:{photo[-1].file_id}"  # the largest
        assert (said[4].files[0].name, said[4].files[0].mime) == ("ПТС.pdf", "application/pdf")
        assert all(each.files[0].source.startswith("telegram:") for each in said)


async def test_a_place_is_a_link_to_the_map_and_a_contact_is_words(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.sends_location(59.87, 30.26, topic=at.topic)
        venue = tg.Venue(
            location=tg.Location(latitude=59.87, longitude=30.26),
            title="Площадка",
            address="Таллинское шоссе, 163",
        )
        at.alexey.writes(venue=venue, location=venue.location, topic=at.topic)
        at.alexey.writes(contact=tg.Contact(phone_number="79160000002", first_name="Рустам"), topic=at.topic)
        place, named, contact = await _words(at)
        assert place == "Место на карте\nhttps://yandex.ru/maps/?pt=30.26,59.87&z=16&l=map"
        assert named.startswith("Площадка\nТаллинское шоссе, 163\nhttps://")
        assert contact == "Рустам: +79160000002"


async def test_an_address_behind_a_word_is_not_lost_on_the_way(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        link = tg.MessageEntity(type="text_link", offset=8, length=5, url="https://bank.example/a")
        at.alexey.writes(text="🚗 Смотри здесь, там всё", entities=[link], topic=at.topic)
        at.alexey.writes(
            text="🚗 Заявка тут.",
            entities=[tg.MessageEntity(type="text_link", offset=10, length=3, url="https://bank.example/a")],
            topic=at.topic,
        )
        assert (await _words(at))[-1] == "🚗 Заявка тут (https://bank.example/a)."


async def test_an_album_is_one_message(telegram: TelegramEmulator, sessions: Sessions) -> None:
    async with scene(telegram, sessions) as at:
        at.alexey.sends_album(4, caption="Салон", topic=at.topic)
        await at.office.takes()
        (album,) = await at.office.said()
        assert (album.text, [file.kind for file in album.files]) == ("Салон", ["photo"] * 4)
        (row,) = await at.office.rows(OutboxMessage)
        assert row.next_try_at > row.created_at  # for what may still come
        (history,) = await at.office.rows(Message)
        assert history.extras == row.body
        assert {each.outbox_id for each in await at.office.rows(DeskMessage)} == {row.id}


async def test_each_item_of_an_album_lets_the_next_one_come(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        waits = []
        for _ in range(2):
            at.alexey.sends_photo(media_group_id="салон", topic=at.topic)
            await at.office.takes()
            (row,) = await at.office.rows(OutboxMessage)
            waits.append(row.next_try_at)
    assert waits[0] < waits[1]


async def test_what_comes_of_an_album_after_it_has_left_is_said_too(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.sends_photo("Салон", media_group_id="77", topic=at.topic)
        await at.office.takes()
        async with sqlite_sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(status="sent"))
        at.alexey.sends_photo(media_group_id="77", topic=at.topic)
        at.alexey.sends_photo(media_group_id="77", topic=at.topic)
        await at.office.takes()
        assert [len(each.files) for each in await at.office.said()] == [1, 2]


async def test_two_albums_are_two_messages(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.sends_album(2, topic=at.topic)
        at.alexey.sends_album(3, topic=at.topic)
        await at.office.takes()
        assert [len(each.files) for each in await at.office.said()] == [2, 3]


async def test_notes_stay_among_colleagues_the_files_of_one_too(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        note = at.alexey.says("// клиент торгуется, держим цену", topic=at.topic)
        at.alexey.sends_album(3, caption="//договор, не показывать", topic=at.topic)
        at.alexey.edits(note, "держим цену")
        assert await _words(at) == []
        assert (await _ticket(at)).status == "open"


async def test_what_has_no_words_for_another_messenger_is_not_sent_and_that_is_told(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.writes(dice=tg.Dice(emoji="🎲", value=6), topic=at.topic)
        assert await _words(at) == []
        assert await _notices(at) == [NOTHING_TO_SEND]


class TestTooBig:
    """Telegram gives bots files of up to 20 MB."""

    async def test_for_another_messenger_it_is_told_at_once_and_nothing_goes(
        self, telegram: TelegramEmulator, sessions: Sessions
    ) -> None:
        async with scene(telegram, sessions, channel="site") as at:
            at.alexey.writes(document=_document("обзор.mov", 67_000_000), topic=at.topic)
            assert await _words(at) == []
            (told,) = await at.office.rows(DeskNotice)
            assert told.loud and told.conversation_id == at.ivan.id
            assert told.words == (
                "Клиенту не отправлено: файл «обзор.mov», 63,9 МБ. Telegram отдаёт боту файлы только "
                "до 20 МБ. Пришлите файл поменьше или ссылку на него."
            )
            assert (await _ticket(at)).status == "open", "he still waits"

    async def test_its_words_do_not_go_without_it(
        self, telegram: TelegramEmulator, sqlite_sessions: Sessions
    ) -> None:
        async with scene(telegram, sqlite_sessions) as at:
            film = tg.Video(file_id="v", file_unique_id="v", width=1, height=1, duration=1, file_size=2**25)
            at.alexey.writes(video=film, caption="Вот видео", topic=at.topic)
            assert await _words(at) == []
            (words,) = await _notices(at)
            assert words.startswith("Клиенту не отправлено: видео, 32 МБ.")
            assert words.endswith("Подпись тоже не ушла: повторите её отдельно.")

    async def test_the_rest_of_its_album_goes(
        self, telegram: TelegramEmulator, sqlite_sessions: Sessions
    ) -> None:
        async with scene(telegram, sqlite_sessions) as at:
            at.alexey.writes(document=_document("фото.raw", 2**25), media_group_id="7", topic=at.topic)
            at.alexey.writes(document=_document("ПТС.pdf", 2**20), media_group_id="7", topic=at.topic)
            await at.office.takes()
            (said,) = await at.office.said()
            assert [file.name for file in said.files] == ["ПТС.pdf"]
            assert len(await _notices(at)) == 1

    async def test_within_telegram_any_size_goes(
        self, telegram: TelegramEmulator, sqlite_sessions: Sessions
    ) -> None:
        async with scene(telegram, sqlite_sessions, channel="telegram") as at:
            at.alexey.writes(document=_document("обзор.mov", 2**30), topic=at.topic)
            await at.office.takes()
            assert [file.name for each in await at.office.said() for file in each.files] == ["обзор.mov"]
            assert await _notices(at) == []

    async def test_what_is_just_small_enough_goes(
        self, telegram: TelegramEmulator, sqlite_sessions: Sessions
    ) -> None:
        async with scene(telegram, sqlite_sessions) as at:
            at.alexey.writes(document=_document("a.zip", MAX_BYTES), topic=at.topic)
            at.alexey.writes(document=_document("b.zip", MAX_BYTES + 1), topic=at.topic)
            await at.office.takes()
            assert [file.name for each in await at.office.said() for file in each.files] == ["a.zip"]
            assert ["«b.zip», 20,1 МБ" in words for words in await _notices(at)] == [True]


def _document(name: str, size: int) -> tg.Document:
    return tg.Document(file_id=name, file_unique_id=name, file_name=name, file_size=size)


async def test_notices_of_the_group_and_words_of_bots_are_nobodys_words(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        await at.office.bot.pin_chat_message(at.group.id, at.card.message_id)
        at.group.renames(at.topic, "Иван · Солярис")
        at.group.closes_topic(at.topic)
        at.group.reopens_topic(at.topic)
        channel = tg.Chat(id=-1009999, type="channel", title="Новости")
        bot = tg.User(id=5, is_bot=True, first_name="Часы")
        at.alexey.writes(text="Пост канала", topic=at.topic, sender_chat=channel)
        telegram.account.updates.add("message", _by(at, bot), (None, at.group.id))
        assert await _words(at) == []
        assert await _notices(at) == []


def _by(at: Scene, user: tg.User) -> dict[str, object]:
    return {
        "message_id": 900,
        "date": 1_800_000_000,
        "chat": {"id": at.group.id, "type": "supergroup", "title": "Отдел", "is_forum": True},
        "from": {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name},
        "message_thread_id": at.topic.thread_id,
        "is_topic_message": True,
        "text": "Пробили часы",
    }


async def test_in_general_and_in_topics_of_their_own_people_are_told_once_that_no_customer_sees_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        own = at.group.creates_topic("Курилка")
        first = at.alexey.says("Кто сегодня до конца?")
        at.alexey.says("Я", reply_to=first)
        at.alexey.says("Анекдот", topic=own)
        assert await _words(at) == []
        assert await _notices(at) == [NOT_A_TOPIC]
        (told,) = await at.office.rows(DeskNotice)
        assert told.conversation_id is None


async def test_the_same_update_again_says_nothing_again(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        at.alexey.says("Здравствуйте", topic=at.topic)
        at.alexey.sends_album(2, topic=at.topic)
        await at.office.takes()
        for raw in at.office.raws:
            await at.office.take(raw)
        assert [len(each.files) for each in await at.office.said()] == [0, 2]


async def test_two_gateways_that_get_the_same_update_say_it_once(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        at.alexey.says("Здравствуйте", topic=at.topic)
        await at.office.takes()
        raw = {**at.office.raws[-1], "update_id": at.office.raws[-1]["update_id"] + 1}
        raw["message"] = {**raw["message"], "message_id": raw["message"]["message_id"] + 1}
        await asyncio.gather(at.office.intake.take(raw), at.office.intake.take(raw))
        assert len(await at.office.said()) == 2


async def test_while_the_database_is_away_nothing_is_acknowledged(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.says("Здравствуйте", topic=at.topic)

        async def away(*_: object, **__: object) -> None:
            raise OperationalError("select", {}, OSError("gone"))

        with monkeypatch.context() as outage:
            outage.setattr("bot.desk.speak.put", away)
            with pytest.raises(OperationalError):
                await at.office.takes()
        assert await at.office.said() == []
        assert (await _ticket(at)).status == "open"  # nothing of it is left half done
        assert await _words(at) == ["Здравствуйте"]


async def test_a_defect_of_ours_costs_one_message_and_is_told(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.says("Здравствуйте", topic=at.topic)

        async def broken(*_: object, **__: object) -> None:
            raise KeyError("defect")

        with monkeypatch.context() as defect:
            defect.setattr("bot.desk.speak.say", broken)
            await at.office.takes()
        assert at.topic.received[-1].text.startswith("Не получилось")
        at.alexey.says("Вы здесь?", topic=at.topic)
        assert await _words(at) == ["Вы здесь?"]


async def test_a_correction_corrects_what_the_customer_has(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        said = at.alexey.says("Цена 1,2", topic=at.topic)
        photo = at.alexey.sends_photo("Кузов", topic=at.topic)
        await at.office.takes()
        async with sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(status="sent"))
        at.alexey.edits(said, "Цена 1,3")
        at.alexey.edits(said, "Цена 1,4")
        at.alexey.edits(photo, "Кузов без царапин")
        await at.office.takes()
        first, second = sorted(row.id for row in await at.office.rows(OutboxMessage))[:2]
        corrections = [(each.edits, each.text) for each in await at.office.said() if each.edits]
        assert corrections == [(first, "Цена 1,3"), (first, "Цена 1,4"), (second, "Кузов без царапин")]


async def test_what_is_not_sent_yet_is_simply_the_new_text(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.edits(at.alexey.says("Цена 1,2", topic=at.topic), "Цена 1,3")
        assert await _words(at) == ["Цена 1,3"]


async def test_a_change_that_leaves_the_words_as_they_are_corrects_nothing(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        said = at.alexey.says("Цена 1,2", topic=at.topic)
        await at.office.takes()
        async with sqlite_sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(status="sent"))
        at.alexey.edits(said, "Цена 1,2")
        at.alexey.edits(said, "Цена 1,3")
        at.alexey.edits(said, "Цена 1,3")
        at.alexey.edits(said, "Цена 1,2")
        assert await _words(at) == ["Цена 1,2", "Цена 1,3", "Цена 1,2"]


async def test_an_item_without_words_does_not_take_away_those_of_its_album(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        _, second = at.alexey.sends_album(2, caption="Салон", topic=at.topic)
        await at.office.takes()
        at.alexey.edits(second, "")
        assert await _words(at) == ["Салон"]


async def test_one_answer_is_for_all_departments_of_the_group(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    async with office(telegram, sessions, {"used_cars": group.id, "credit": group.id}) as opened:
        ivan = await visitor(sessions, "Иван", channel="vk")
        await ivan.is_handed_over()
        await ivan.is_handed_over("credit")
        topic, _ = await opened.shows(group, ivan)
        group.member("Алексей").says("Скидка есть, кредит одобрят", topic=topic)
        await opened.takes()
        tickets = await opened.rows(Ticket)
    assert [(t.claimed_name, t.waiting_since) for t in tickets] == [("Алексей", None)] * 2


async def test_what_the_customer_has_does_not_become_a_note(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        said = at.alexey.says("Он вредный", topic=at.topic)
        at.alexey.edits(said, "// он вредный")
        assert await _words(at) == ["Он вредный"]
        assert await _notices(at) == [TOO_LATE_FOR_A_NOTE]


async def test_an_answer_to_his_words_quotes_them(telegram: TelegramEmulator, sessions: Sessions) -> None:
    async with scene(telegram, sessions) as at:
        asked = await at.ivan.says("А скидка будет?", external_id="4711")
        shown = await at.office.mirrors(at.group, at.topic, at.ivan, asked)
        at.alexey.says("Будет", reply_to=shown)
        at.alexey.says("Приезжайте", topic=at.topic)  # tied to the head of the topic, quotes nothing
        at.alexey.says("Беру", reply_to=at.card)
        await at.office.takes()
        assert [each.reply_to for each in await at.office.said()] == ["4711", None, None]


async def test_an_answer_to_what_a_person_said_before_quotes_that(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        said = at.alexey.says("Цена 1,2", topic=at.topic)
        await at.office.takes()
        async with sqlite_sessions.begin() as session:
            row = (await at.office.rows(OutboxMessage))[0]
            for number in ("100", "99"):
                delivered = DeliveredMessage(conversation_id=at.ivan.id, external_id=number, outbox_id=row.id)
                session.add(delivered)
        at.alexey.says("Это уже со скидкой", reply_to=said)
        await at.office.takes()
        assert (await at.office.said())[-1].reply_to == "99"


async def test_an_answer_to_what_the_bot_said_quotes_that(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        async with sessions.begin() as session:
            conversation = await session.get_one(Conversation, at.ivan.id)
            row = await put(session, conversation, Outgoing(text="Торг у машины"), origin="turn:1")
            await session.flush()
            session.add(DeliveredMessage(conversation_id=at.ivan.id, external_id="77", outbox_id=row.id))
        message = next(m for m in await at.office.rows(Message) if m.outbox_id == row.id)
        shown = await at.office.mirrors(at.group, at.topic, at.ivan, message.id)
        at.alexey.says("Ждём вас", reply_to=shown)
        await at.office.takes()
        assert (await at.office.said())[-1].reply_to == "77"


async def test_the_customer_of_another_topic_is_not_quoted(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    """Numbers of messages are those of a group: two groups have the same ones."""
    sales, credit = telegram.group("Продажи"), telegram.group("Кредит")
    groups = {"used_cars": sales.id, "credit": credit.id}
    async with office(telegram, sqlite_sessions, groups) as opened:
        ivan, olga = await visitor(sqlite_sessions), await visitor(sqlite_sessions, "Ольга")
        await ivan.is_handed_over("used_cars")
        await olga.is_handed_over("credit")
        his, _ = await opened.shows(sales, ivan)
        hers, _ = await opened.shows(credit, olga)
        asked = await ivan.says("Скидка?", external_id="4711")
        shown = await opened.mirrors(sales, his, ivan, asked)
        same = await opened.bot.send_message(credit.id, "Клиент: Ставка?", message_thread_id=hers.thread_id)
        assert same.message_id == shown
        credit.member().says("Ставка 20 %", reply_to=same.message_id)
        await opened.takes()
        (said,) = await opened.said()
        assert said.reply_to is None
        rows = await opened.rows(OutboxMessage)
        assert [row.conversation_id for row in rows] == [olga.id]


async def test_words_where_nobody_works_any_more_open_a_ticket_and_take_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions, topic="credit") as at:
        await at.ivan.ticket_is_closed(at.ticket_id)
        at.alexey.says("Банк ответил!", topic=at.topic)
        assert await _words(at) == ["Банк ответил!"]
        _, ticket = await at.office.rows(Ticket)
        assert (ticket.status, ticket.department, ticket.topic) == ("claimed", "used_cars", "credit")
        assert ticket.waiting_since is None


async def test_where_the_ticket_was_transferred_from_a_new_one_is_opened_beside_it(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        await at.ivan.ticket_becomes(at.ticket_id, department="credit")
        at.alexey.says("Забыл сказать: ключи у нас", topic=at.topic)
        assert await _words(at) == ["Забыл сказать: ключи у нас"]
        tickets = await at.office.rows(Ticket)
        assert [(each.department, each.status) for each in tickets] == [
            ("credit", "open"),
            ("used_cars", "claimed"),
        ]


async def test_what_the_bot_was_about_to_say_is_not_said_after_the_person(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        async with sqlite_sessions.begin() as session:
            row = OutboxMessage(
                conversation_id=at.ivan.id,
                channel="vk",
                origin="turn:1",
                body=Outgoing(text="Я бот").model_dump(mode="json"),
                send_key=1,
            )
            session.add(row)
        at.alexey.says("Здравствуйте", topic=at.topic)
        await at.office.takes()
        statuses = [(row.origin.split(":")[0], row.status) for row in await at.office.rows(OutboxMessage)]
        assert statuses == [("turn", "failed"), ("desk", "queued")]


async def test_a_very_long_text_and_markup_go_as_they_are(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        long = "<b>& цена</b> " * 600
        at.alexey.says(long, topic=at.topic)
        assert await _words(at) == [long]


async def test_groups_that_dealer_yml_does_not_name_are_not_obeyed_and_named_once(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        stranger = telegram.group("Чужая")
        mallory = stranger.member("Мэллори")
        topic = stranger.creates_topic("Иван")
        for text in ("Здравствуйте", "/take", "/close"):
            mallory.says(text, topic=topic)
        assert await _words(at) == []
        assert (await _ticket(at)).status == "open"
        assert stranger.received == []
        named = [record for record in caplog.records if record.msg == "group is not in dealer.yml"]
        assert len(named) == 1


async def test_a_group_that_moved_is_followed_and_its_old_topics_are_nobodys(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        old, olga = at.group.id, await visitor(sessions, "Ольга")
        await olga.is_handed_over()
        hers, _ = await at.office.shows(at.group, olga, "Ольга")
        at.group.migrates()
        await at.office.takes()
        (group,) = await at.office.rows(DeskGroup)
        assert (group.configured_id, group.chat_id) == (old, at.group.id)
        # In the new chat the numbers begin anew: a topic there has that of the customer's old one.
        while (own := at.group.creates_topic("Курилка")).thread_id < hers.thread_id:
            pass
        assert own.thread_id == hers.thread_id
        at.alexey.says("Не для клиентов", topic=own)
        assert await _words(at) == []
        assert await at.office.rows(DeskTopic) == []


async def test_the_new_chat_may_speak_first(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        await at.office.takes()
        at.group.migrates()
        ask = at.office.bot.get_updates(offset=at.office._offset)
        *_, last = await ask
        assert last.message is not None and last.message.migrate_from_chat_id is not None
        await at.office.take(last.model_dump(mode="json", by_alias=True, exclude_none=True))
        (group,) = await at.office.rows(DeskGroup)
        assert group.chat_id == at.group.id


async def test_a_bot_that_is_removed_says_so_to_the_admin_until_it_is_back(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.group.removes_bot()
        await at.office.takes()
        assert [group.error for group in await at.office.rows(DeskGroup)] == [REMOVED]
        at.group.adds_bot()
        await at.office.takes()
        assert [group.error for group in await at.office.rows(DeskGroup)] == [None]


async def test_who_was_forgotten_is_written_to_no_more(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        async with sqlite_sessions.begin() as session:
            await session.execute(update(DeskTopic).values(forgotten=True))
        at.alexey.says("Вы ещё думаете?", topic=at.topic)
        assert await _words(at) == []
