"""An index of the replies that were given up; the queue of turns is found without reading a channel."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_outbox_message_next_try_at_failed",
        "outbox_message",
        ["next_try_at"],
        sqlite_where=sa.text("status = 'failed'"),
        postgresql_where=sa.text("status = 'failed'"),
    )
    op.drop_index("ix_conversation_next_turn_at", table_name="conversation")
    op.create_index(
        "ix_conversation_channel_next_turn_at",
        "conversation",
        ["channel", "next_turn_at"],
        sqlite_where=sa.text("next_turn_at IS NOT NULL"),
        postgresql_where=sa.text("next_turn_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_conversation_channel_next_turn_at", table_name="conversation")
    op.create_index(
        "ix_conversation_next_turn_at",
        "conversation",
        ["next_turn_at"],
        sqlite_where=sa.text("next_turn_at IS NOT NULL"),
        postgresql_where=sa.text("next_turn_at IS NOT NULL"),
    )
    op.drop_index("ix_outbox_message_next_try_at_failed", table_name="outbox_message")
