"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps in two dialects."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Base


def insert(session: AsyncSession, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    return insert_on(session.get_bind().dialect.name, model)


def insert_on(dialect: str, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """For statements that are made once."""
    return postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)
