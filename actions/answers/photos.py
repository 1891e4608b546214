"""The real pictures and the video of the row, sent as media."""

from actions import wording
from actions.answers.common import ask_which_car, its
from actions.say import Answer, say
from actions.turn import Turn
from bot.contract import ShowPictures

ALBUM = 10  # pictures in one album, the limit of Telegram
NEEDS_A_PERSON = {
    "underbody": "днище",
    "defects": "недочёты крупным планом",
    "documents": "документы",
    "engine_bay": "подкапотное пространство",
}


async def answer(turn: Turn) -> Answer:
    car, aspects = turn.car, turn.heard.aspects("ask_photos")
    if car is None:
        return ask_which_car(turn, "ask_photos")
    urls = tuple(picture.url for picture in car.pictures[:ALBUM])
    if not urls and not car.video_url:
        return Answer([say("utter_photos_none", **its(car))], step="extra_photos")
    says = []
    if urls:
        number = wording.plural(len(urls), "фотография", "фотографии", "фотографий")
        says.append(say("utter_photos", number=number, **its(car)))
    if car.video_url:
        says.append(say("utter_photos_video", url=car.video_url))
    elif "video" in aspects:
        says.append(say("utter_photos_no_video"))
    special = [NEEDS_A_PERSON[a] for a in aspects if a in NEEDS_A_PERSON]
    if special:
        says.append(say("utter_photos_special", what=wording.listing(special)))
    show = ShowPictures(car_id=car.id, urls=urls, video_url=car.video_url)
    return Answer(says, effects=[show], step="extra_photos")
