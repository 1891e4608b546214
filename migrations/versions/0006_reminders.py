"""Each chat keeps what it told of a lead; visits get their reminder; agreements say when the text arrived.

Visits that are booked already get theirs when the gateway starts (`bot.leads.visits.remind_of_earlier`):
the moment follows from the hours and the time zone in dealer.yml, which no migration reads.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import bot.db

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def added() -> dict[str, tuple[sa.Column[object], ...]]:
    return {
        "visit": (
            sa.Column(
                "remind_at",
                bot.db.UtcDateTime(timezone=True),
                comment="when he is to be reminded; None: not at all, or not any more",
            ),
            sa.Column(
                "reminded_at", bot.db.UtcDateTime(timezone=True), comment="the `remind_at` that is done"
            ),
            sa.Column(
                "reminder",
                sa.String(8),
                comment="how: message, or a person's call where the bot may not write",
            ),
            sa.Column(
                "failures", sa.Integer(), server_default="0", nullable=False, comment="reminders that raised"
            ),
        ),
        # Not by copying the table: its triggers keep the proof as it is.
        "consent": (
            sa.Column(
                "reached_at",
                bot.db.UtcDateTime(timezone=True),
                comment="of an agreement: when the channel had taken the message with the text",
            ),
        ),
    }


# Of one chat everything is known to be its own; what several told is ascribed to the first.
TELLERS = (
    "UPDATE lead_conversation SET"
    " name = (SELECT name FROM lead l WHERE l.id = lead_id AND l.conversation_id ="
    " lead_conversation.conversation_id),"
    " details = COALESCE((SELECT details FROM lead l WHERE l.id = lead_id AND l.conversation_id ="
    " lead_conversation.conversation_id), '{}'),"
    " told_at = (SELECT updated_at FROM lead l WHERE l.id = lead_id)"
)


def upgrade() -> None:
    for table, columns in added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        "ix_visit_remind_at",
        "visit",
        ["remind_at"],
        sqlite_where=sa.text("remind_at IS NOT NULL"),
        postgresql_where=sa.text("remind_at IS NOT NULL"),
    )
    op.create_table(
        "numbers_told",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("since", bot.db.UtcDateTime(timezone=True), nullable=False, comment="when that day began"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_numbers_told_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_numbers_told")),
    )
    op.add_column("lead_conversation", sa.Column("name", sa.String(128)))
    op.add_column("lead_conversation", sa.Column("details", sa.JSON()))
    op.add_column(
        "lead_conversation", sa.Column("told_at", bot.db.UtcDateTime(timezone=True), comment="the last time")
    )
    op.execute(TELLERS)
    with op.batch_alter_table("lead_conversation") as batch_op:
        batch_op.alter_column("details", existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column("told_at", existing_type=bot.db.UtcDateTime(timezone=True), nullable=False)


def downgrade() -> None:
    op.drop_table("numbers_told")
    for column in ("told_at", "details", "name"):
        op.drop_column("lead_conversation", column)
    op.drop_index("ix_visit_remind_at", table_name="visit")
    for table, columns in added().items():
        for column in columns:
            op.drop_column(table, column.name)
