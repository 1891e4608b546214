"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps in two dialects."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Base


def insert(session: AsyncSession, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    return insert_on(session.get_bind().dialect.name, model)


def insert_on(dialect: str, into: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """For statements that are made once."""
    return postgresql.insert(into) if dialect == "postgresql" else sqlite.insert(into)
