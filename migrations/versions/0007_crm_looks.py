"""What became of a lead in the CRM: when its record is looked at, and which signed calls were taken."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from bot.db import UtcDateTime, utcnow

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FOLLOWED = dt.timedelta(days=180)  # as `bot.leads.looks` had it


def upgrade() -> None:
    op.create_table(
        "crm_look",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=True, comment="none: only when it calls"),
        sa.Column("shown", sa.String(16), nullable=True, comment="the stage as it was seen last"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["lead_delivery.id"],
            name=op.f("fk_crm_look_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_crm_look")),
    )
    op.create_index(
        "ix_crm_look_due_at",
        "crm_look",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "crm_call",
        sa.Column("signature", sa.String(64), nullable=False, comment="SHA-256, hexadecimal"),
        sa.Column(
            "forget_at",
            UtcDateTime(timezone=True),
            nullable=False,
            comment="when nobody believes the signature any more",
        ),
        sa.PrimaryKeyConstraint("signature", name=op.f("pk_crm_call")),
    )
    op.create_index("ix_crm_call_forget_at", "crm_call", ["forget_at"])
    # A CRM calls for every record of its own, ours or not.
    op.create_index("ix_lead_delivery_record", "lead_delivery", ["record"])
    # What was handed over before is followed from now on; a story that is over, only when the CRM calls.
    op.execute(
        sa.text(
            "INSERT INTO crm_look (delivery_id, due_at) SELECT lead_delivery.id, CASE "
            "WHEN lead.stage NOT IN ('deal', 'lost') AND lead.created_at > :oldest THEN CURRENT_TIMESTAMP "
            "END FROM lead_delivery JOIN lead ON lead.id = lead_delivery.lead_id "
            "WHERE system IN ('bitrix24', 'amocrm') AND task = 'deliver' AND record IS NOT NULL"
        ).bindparams(sa.bindparam("oldest", utcnow() - FOLLOWED, UtcDateTime()))
    )


def downgrade() -> None:
    op.drop_index("ix_lead_delivery_record", table_name="lead_delivery")
    op.drop_table("crm_call")
    op.drop_table("crm_look")
