"""The letter about a lead: plain text, and HTML that can be tapped on a phone."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from html import escape
from zoneinfo import ZoneInfo

from bot.leads.crm.base import LeadCard
from bot.leads.crm.text import dialogue, facts, title

_SENDER = "Автоответ"


def letter(
    card: LeadCard, *, sender: str, recipients: tuple[str, ...], zone: ZoneInfo, is_update: bool
) -> EmailMessage:
    message = _envelope(sender, recipients, f"{'Обновление' if is_update else 'Контакт'}. {title(card)}")
    message["Message-ID"] = message_id(sender, f"{card.uid}.{card.revision}")
    message["References"] = message_id(sender, card.uid)  # letters about one lead make one thread
    message.set_content(_text(card, zone))
    message.add_alternative(_html(card, zone), subtype="html")
    return message


def please_forget(uid: str, *, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    message = _envelope(sender, recipients, "Удалите данные клиента")
    message["Message-ID"] = message_id(sender, f"{uid}.forget")
    message["References"] = message_id(sender, uid)
    message.set_content(
        "Клиент попросил удалить его данные.\n\n"
        "Удалите письма этой переписки и всё, что записали из них: телефон, имя, разговор. "
        "Если по клиенту есть договор, решите с руководителем, что нужно хранить.\n\n"
        f"Номер обращения: {uid}\n"
    )
    return message


def message_id(sender: str, name: str) -> str:
    """The same for the same content: mail programs show a repeated letter once."""
    return f"<{name}@{sender.rpartition('@')[2]}>"


def _envelope(sender: str, recipients: tuple[str, ...], subject: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_SENDER, addr_spec=sender)
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject
    message["Date"] = format_datetime(localtime())
    message["Auto-Submitted"] = "auto-generated"  # no answering machine answers
    return message


def _text(card: LeadCard, zone: ZoneInfo) -> str:
    told = "\n".join(f"{label}: {value}" for label, value in facts(card).items())
    return f"{told}\n\nРазговор\n{dialogue(card.dialogue, zone) or 'Сообщений нет.'}\n"


def _html(card: LeadCard, zone: ZoneInfo) -> str:
    rows = "".join(
        f'<tr><td style="color:#666;padding:2px 16px 2px 0;vertical-align:top">{escape(label)}</td>'
        f"<td>{_value(label, value)}</td></tr>"
        for label, value in facts(card).items()
    )
    talk = escape(dialogue(card.dialogue, zone)).replace("\n", "<br>") or "Сообщений нет."
    return (
        '<!doctype html><html lang="ru"><body style="font:16px/1.5 sans-serif">'
        f"<h2>{escape(title(card))}</h2><table>{rows}</table>"
        f"<h3>Разговор</h3><p>{talk}</p></body></html>"
    )


def _value(label: str, value: str) -> str:
    if label == "Телефон":
        return f'<a href="tel:{escape(value)}">{escape(value)}</a>'
    if label == "Карточка" and value.startswith(("https://", "http://")):
        return f'<a href="{escape(value)}">{escape(value)}</a>'
    return escape(value)
