"""How a visit is called off: by words, because the NLU takes them for a no or for a wish for pictures."""

import re

_RECORD = r"запис(?!к)\w*\b(?! (?:телефон\w* )?(?:разговор|звонк|видео|голос))"  # not that of a talk
_VISIT = rf"(?:{_RECORD}|визит\w*|встреч\w*|осмотр\w*|тест\w*|брон\w+|поездк\w+)"
_CANCEL = r"отмен(?:и|ите|ить|им|яйте|яй|яю|яем|ять|яется|а|у|ой)"
_TAKE_OFF = r"сним(?:и|ите|айте)"
_STRIKE_OUT = r"(?:вычеркн|убер|удал|исключ)(?:и|ите)"
_CANNOT = r"не ?(?:смо(?:гу|жем)|получ(?:ится|ается))"
_COME = r"(?:при[ехй]|под[ъь]?[ех]|заех|доех|добра[тл]|вырв|быть\b(?!,? может))"
_WHEN = r"(?:(?:сегодня|завтра|послезавтра|во?|к|на)\b)"
_SORRY = r"(?:извин|прост|сожал|увы\b|спасибо|пожалуйста|уже\b|никак\b|вс[её]\b|я\b|мы\b)"
_SOME_WORDS = r"(?:[^\w.!?]+\w+){0,3}?[^\w.!?]+"  # of the same sentence

# The visit or the coming itself is named, whatever else the message says.
_NAMED = re.compile(
    rf"\b{_CANCEL}\b{_SOME_WORDS}{_VISIT}"  # отмените, пожалуйста, мой визит
    rf"|\b{_VISIT}{_SOME_WORDS}{_CANCEL}\b"  # запись на завтра отмените
    rf"|\b{_TAKE_OFF}{_SOME_WORDS}запис(?!к)"  # снимите меня с записи
    rf"|\b{_TAKE_OFF}\W+(?:меня|нас|бронь)\b(?!\W+на\W+(?:видео|фото|камер))"
    rf"|\b{_STRIKE_OUT}{_SOME_WORDS}{_VISIT}"  # уберите меня из записи
    rf"|\b{_STRIKE_OUT}\W+меня\W+(?:на|с|со)\b"  # вычеркните меня на завтра
    r"|\bне ?(?:(?:при|подъ|подь|за|по)ед(?:у|ем)|прид(?:у|[её]м)|еду|едем)\b"
    rf"|\b{_CANNOT}{_SOME_WORDS}{_COME}"  # не получится завтра подъехать
    rf"|\b{_COME}\w*{_SOME_WORDS}{_CANNOT}\b"  # приехать к вам не смогу
    r"|\b(?:меня|нас) не ?(?:жд|будет\b(?! (?:дома|на (?:связи|работе))\b))"
    r"|\bне ?жд(?:ите|ать) (?:меня|нас)\b"
    r"|\bпередумал[аи]? (?:ехать|при(?:ехать|езжать)|подъезжать|смотреть)"
    r"|\b(?:запись|записи|визит|тест-?\s?драйв)(?:\W+\w+){0,2}?\W+не\s?(?:нуж|надо|актуал)"
    rf"|\bотказ(?:ываюсь|ываемся|аться)\W+от\W+(?:\w+\W+)?{_VISIT}",
    re.I,
)
# Of a visit only when nothing else is spoken of.
_ALONE = re.compile(
    rf"\b{_CANCEL}\b(?=\W*(?:{_SORRY}|{_WHEN}|$)|[.,!;)])|\bотбой\b"  # придётся отменить, извините
    rf"|\b{_CANNOT}\b(?=[ )]*(?:$|[.,!;]|{_SORRY}|{_WHEN}))"  # завтра не смогу
    rf"|\bпередумал[аи]?\b(?=\W*(?:$|{_SORRY}|покупать|брать|не\b|{_CANCEL}|{_TAKE_OFF}))",
    re.I,
)
_SOMETHING_ELSE = re.compile(
    r"\b(?:кредит|заявк|заказ|скидк|страхов|каско|допы?\b|опци|доставк|продаж|рекл|рассыл|трейд|обмен"
    r"|договор|звон|отч[её]т|цен|торг|оплат|плат)",
    re.I,
)
# He comes all the same.
_COMES = re.compile(
    rf"\bне (?:{_CANCEL}|передумал[аи]?)\b"  # запись не отменяйте, я опоздаю
    rf"|\bесли\b(?! (?:можно|не\W+(?:сложно|трудно)))[^.!?]{{0,30}}\b(?:не |передума|{_CANCEL})"
    r"|\b(?:раньше|ранее|пока|без)\b[^.!?]{0,20}\bне (?:при|под|ед[уе]|смо|получ)"  # раньше пяти не приеду
    r"|\bне (?:при|под|смо|получ)\w*[^.!?]{0,20}\b(?:раньше|ранее|позже|пока|без|один|одна)\b",
    re.I,
)


def calls_off(text: str) -> bool:
    """Said by one who has a visit; a day or an hour beside it may move the visit instead."""
    if _COMES.search(text):
        return False
    return bool(_NAMED.search(text)) or bool(_ALONE.search(text) and not _SOMETHING_ELSE.search(text))


def stays(text: str) -> bool:
    """What may sound like it to the NLU, and is none."""
    return bool(_COMES.search(text) or _SOMETHING_ELSE.search(text))
