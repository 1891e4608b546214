"""Tickets get their people, answers and ratings; groups, topics and timers of the desk."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import bot.db

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# SQLite's copy of a table would otherwise use the ids of deleted rows again.
KEEPS_IDS = {"sqlite_autoincrement": True}


def upgrade() -> None:
    # Before the tables that point to it: SQLite changes it by copying, and dropping the old one empties them.
    with op.batch_alter_table("message", table_kwargs=KEEPS_IDS) as batch_op:
        batch_op.add_column(
            sa.Column(
                "outbox_id",
                sa.Integer(),
                nullable=True,
                comment="the row that carries it; none of what was said before 0005",
            )
        )
        batch_op.create_foreign_key(
            op.f("fk_message_outbox_id"), "outbox_message", ["outbox_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(op.f("ix_message_outbox_id"), ["outbox_id"], unique=True)

    op.create_table(
        "desk_group",
        sa.Column("configured_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False, comment="its number now: groups move"),
        sa.Column("held_by", sa.String(length=64), nullable=True),
        sa.Column("held_until", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True, comment="why nothing can be written there"),
        sa.Column(
            "since",
            bot.db.UtcDateTime(timezone=True),
            nullable=False,
            comment="when it began to work, or not to",
        ),
        sa.Column(
            "told_group_id",
            sa.BigInteger(),
            nullable=True,
            comment="whose people were told that it does not work",
        ),
        sa.Column(
            "hinted",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="its people know where customers read them",
        ),
        sa.Column(
            "tidied_at",
            bot.db.UtcDateTime(timezone=True),
            nullable=False,
            comment="see bot.desk.retention",
        ),
        sa.ForeignKeyConstraint(
            ["told_group_id"],
            ["desk_group.configured_id"],
            name=op.f("fk_desk_group_told_group_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("configured_id", name=op.f("pk_desk_group")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_desk_group_chat_id")),
    )
    op.create_table(
        "desk_update",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "update_id", name=op.f("pk_desk_update")),
    )
    op.create_index("ix_desk_update_at", "desk_update", ["at"], unique=False)
    op.create_table(
        "desk_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "conversation_id", sa.Integer(), nullable=True, comment="whose topic; None: the general one"
        ),
        sa.Column("words", sa.Text(), nullable=False, comment="plain text; the poster escapes it"),
        sa.Column("loud", sa.Boolean(), nullable=False, comment="with a sound, past what is merely shown"),
        sa.Column(
            "calls",
            sa.String(length=64),
            nullable=True,
            comment="bot.desk.staff.Staff.id of who is called: his name begins the words",
        ),
        sa.Column(
            "outbox_id",
            sa.Integer(),
            nullable=True,
            comment="what staff said: the line answers their message",
        ),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("shown_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_desk_notice_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["desk_group.configured_id"],
            name=op.f("fk_desk_notice_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_message.id"], name=op.f("fk_desk_notice_outbox_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_notice")),
    )
    op.create_index(op.f("ix_desk_notice_outbox_id"), "desk_notice", ["outbox_id"], unique=False)
    op.create_index(
        "ix_desk_notice_group_id_waiting",
        "desk_notice",
        ["group_id", "id"],
        unique=False,
        sqlite_where=sa.text("shown_at IS NULL"),
        postgresql_where=sa.text("shown_at IS NULL"),
    )

    op.create_table(
        "desk_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "thread_id", sa.Integer(), nullable=True, comment="None: not made yet, or deleted by people"
        ),
        sa.Column("card_message_id", sa.Integer(), nullable=True),
        sa.Column("card", sa.Text(), nullable=True, comment="as it is shown, to see whether it changed"),
        sa.Column(
            "shown_message_id",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="of the history: shown up to here",
        ),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column(
            "forgotten",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="to be deleted in Telegram, and then here",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_desk_topic_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["desk_group.configured_id"],
            name=op.f("fk_desk_topic_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_topic")),
        sa.UniqueConstraint(
            "conversation_id", "group_id", name=op.f("uq_desk_topic_conversation_id_group_id")
        ),
    )
    op.create_index(op.f("ix_desk_topic_group_id"), "desk_topic", ["group_id"], unique=False)
    op.create_index("ix_desk_topic_group_id_thread_id", "desk_topic", ["group_id", "thread_id"], unique=False)

    op.create_table(
        "ticket_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False, comment="whose ticket it was then"),
        sa.Column(
            "by", sa.String(length=64), nullable=True, comment="bot.desk.staff.Staff.id; None: the bot"
        ),
        sa.Column("name", sa.String(length=128), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_event_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    )
    op.create_index("ix_ticket_event_at", "ticket_event", ["at"], unique=False)
    op.create_index(op.f("ix_ticket_event_ticket_id"), "ticket_event", ["ticket_id"], unique=False)

    op.create_table(
        "ticket_timer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", bot.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", bot.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "failures", sa.Integer(), server_default="0", nullable=False, comment="tries that raised"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_timer_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_timer")),
        sa.UniqueConstraint(
            "ticket_id", "kind", "due_at", name=op.f("uq_ticket_timer_ticket_id_kind_due_at")
        ),
    )
    op.create_index(
        "ix_ticket_timer_due_at",
        "ticket_timer",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )

    op.create_table(
        "desk_message",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("history_id", sa.Integer(), nullable=True, comment="the last one shown in it"),
        sa.Column("outbox_id", sa.Integer(), nullable=True, comment="what staff said by it"),
        sa.Column(
            "album",
            sa.String(length=64),
            nullable=True,
            comment="of staff's: all of one album say one thing, or are a note together",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["desk_group.configured_id"],
            name=op.f("fk_desk_message_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["history_id"], ["message.id"], name=op.f("fk_desk_message_history_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_message.id"], name=op.f("fk_desk_message_outbox_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["desk_topic.id"], name=op.f("fk_desk_message_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "message_id", name=op.f("pk_desk_message")),
    )
    op.create_index(op.f("ix_desk_message_history_id"), "desk_message", ["history_id"], unique=False)
    op.create_index(op.f("ix_desk_message_outbox_id"), "desk_message", ["outbox_id"], unique=False)
    op.create_index(op.f("ix_desk_message_topic_id"), "desk_message", ["topic_id"], unique=False)

    op.add_column(
        "message",
        sa.Column(
            "changed",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="corrected, and the desk does not show it yet",
        ),
    )
    op.create_index(
        "ix_message_conversation_id_changed",
        "message",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("changed = 1"),
        postgresql_where=sa.text("changed"),
    )

    op.add_column(
        "ticket",
        sa.Column("claimed_by", sa.String(length=64), nullable=True, comment="bot.desk.staff.Staff.id"),
    )
    op.add_column("ticket", sa.Column("claimed_name", sa.String(length=128), nullable=True))
    op.add_column("ticket", sa.Column("first_answer_at", bot.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("waiting_since", bot.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("closed_at", bot.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column(
        "ticket",
        sa.Column(
            "released_at",
            bot.db.UtcDateTime(timezone=True),
            nullable=True,
            comment="when a person last let go of it: closed what he had, or gave it on",
        ),
    )
    op.add_column("ticket", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.add_column(
        "ticket", sa.Column("rating", sa.Integer(), nullable=True, comment="1 to 5, by the customer")
    )
    op.add_column(
        "ticket",
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="raised by every change that the card shows",
        ),
    )
    op.create_index("ix_ticket_opened_at", "ticket", ["opened_at"], unique=False)
    # Who waited before this release waits since he was handed over.
    op.execute("UPDATE ticket SET waiting_since = opened_at WHERE status = 'open'")


def downgrade() -> None:
    op.drop_index("ix_ticket_opened_at", table_name="ticket")
    for column in (
        "claimed_by",
        "claimed_name",
        "first_answer_at",
        "waiting_since",
        "closed_at",
        "released_at",
        "outcome",
        "rating",
        "revision",
    ):
        op.drop_column("ticket", column)
    op.drop_index("ix_message_conversation_id_changed", table_name="message")
    op.drop_column("message", "changed")
    for table in (
        "desk_message",
        "ticket_timer",
        "ticket_event",
        "desk_topic",
        "desk_notice",
        "desk_update",
        "desk_group",
    ):
        op.drop_table(table)
    with op.batch_alter_table("message", table_kwargs=KEEPS_IDS) as batch_op:
        batch_op.drop_constraint(op.f("fk_message_outbox_id"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_message_outbox_id"))
        batch_op.drop_column("outbox_id")
