"""Tickets of departments that dealer.yml does not have any more go to the default one."""

from sqlalchemy import select

from bot.db import Sessions
from bot.dealer import Dealer
from bot.desk.models import Ticket
from bot.desk.tickets import transfer


async def adopt(sessions: Sessions, dealer: Dealer) -> None:
    """When a gateway starts: no desk shows them, and while one is claimed the bot would stay silent."""
    orphaned = select(Ticket.id).where(
        Ticket.status != "closed", Ticket.department.not_in(list(dealer.departments))
    )
    async with sessions() as session:
        ids = (await session.scalars(orphaned.order_by(Ticket.id))).all()
    for ticket_id in ids:
        async with sessions.begin() as session:
            await transfer(session, ticket_id, dealer.default_department, None, dealer)
