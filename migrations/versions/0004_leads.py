"""Leads get their source, person, stages and deliveries; consents, visits and what is to be forgotten."""

import uuid

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import bot.db


revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


REFUSED = "the proof of consent is only ever added to"
KEEP_CONSENT = {
    "sqlite": [
        f"CREATE TRIGGER consent_no_{event.lower()} BEFORE {event} ON consent "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        for event in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION keep_consent() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
        "CREATE TRIGGER consent_no_change BEFORE UPDATE OR DELETE ON consent "
        "FOR EACH ROW EXECUTE FUNCTION keep_consent()",
    ],
}


def upgrade() -> None:
    # First of all: SQLite changes the table by copying it, and dropping the old one empties what points to it.
    with op.batch_alter_table('lead', schema=None) as batch_op:
        batch_op.add_column(sa.Column('uid', sa.String(length=32), nullable=True, comment='the mark in systems outside, never used again'))
        batch_op.add_column(sa.Column('channel', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('account', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('listing_ref', sa.String(length=512), nullable=True))
        batch_op.add_column(sa.Column('utm', sa.JSON(), nullable=True, comment='see bot.leads.source'))
        batch_op.add_column(sa.Column('responsible', sa.String(length=128), nullable=True, comment='a person of the department'))
        batch_op.add_column(sa.Column('stage', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('summary', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), server_default='1', nullable=False))
        batch_op.alter_column('phone', existing_type=sa.VARCHAR(length=16), nullable=True)
    fill_leads(op.get_bind())
    with op.batch_alter_table('lead', schema=None) as batch_op:
        batch_op.alter_column('uid', existing_type=sa.String(length=32), nullable=False)
        batch_op.alter_column('channel', existing_type=sa.String(length=16), nullable=False)
        batch_op.alter_column('account', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('utm', existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column('responsible', existing_type=sa.String(length=128), nullable=False)
        batch_op.alter_column('stage', existing_type=sa.String(length=16), nullable=False)
        batch_op.alter_column('summary', existing_type=sa.Text(), nullable=False)
        batch_op.create_index('ix_lead_created_at', ['created_at'], unique=False)
        batch_op.create_index('ix_lead_responsible_id', ['responsible', 'id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_lead_uid'), ['uid'])

    op.create_table('crm_tokens',
    sa.Column('system', sa.String(length=16), nullable=False),
    sa.Column('access', sa.Text(), nullable=False),
    sa.Column('refresh', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('system', name=op.f('pk_crm_tokens'))
    )
    op.create_table('tracker_erasure',
    sa.Column('sender', sa.String(length=256), nullable=False, comment="the conversation's key"),
    sa.Column('next_try_at', bot.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sender', name=op.f('pk_tracker_erasure'))
    )
    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('chat_id', sa.String(length=128), nullable=False),
    sa.Column('phone', sa.String(length=16), nullable=True, comment='E.164'),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('how', sa.String(length=32), nullable=False, comment='what he did: button, words, …; staff: by request'),
    sa.Column('version', sa.String(length=32), nullable=False, comment='of the text, from dealer.yml'),
    sa.Column('url', sa.String(length=512), nullable=False),
    sa.Column('policy_url', sa.String(length=512), nullable=False),
    sa.Column('text', sa.Text(), nullable=False, comment='exactly as it was shown to him'),
    sa.Column('text_sha256', sa.String(length=64), nullable=False),
    sa.Column('message_ids', sa.JSON(), nullable=False, comment="the channel's ids of his messages; of a shown text, our origin in the outbox"),
    sa.Column('bot_version', sa.String(length=32), nullable=False),
    sa.Column('at', bot.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_consent_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_consent_phone'), ['phone'], unique=False)

    op.create_table('visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('time', sa.String(length=32), nullable=True, comment='as it was agreed: «15:00», «утром»'),
    sa.Column('car_id', sa.Integer(), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=False, comment='key of dealer.yml'),
    sa.Column('booked_at', bot.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('cancelled_at', bot.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['car_id'], ['car.id'], name=op.f('fk_visit_car_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_visit_conversation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_car_id'), ['car_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_conversation_id'), ['conversation_id'], unique=False)

    op.create_table('lead_conversation',
    sa.Column('lead_id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_lead_conversation_conversation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['lead_id'], ['lead.id'], name=op.f('fk_lead_conversation_lead_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('lead_id', 'conversation_id', name=op.f('pk_lead_conversation'))
    )
    with op.batch_alter_table('lead_conversation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lead_conversation_conversation_id'), ['conversation_id'], unique=False)

    op.create_table('lead_delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lead_id', sa.Integer(), nullable=False),
    sa.Column('system', sa.String(length=16), nullable=False, comment='bot.leads.crm.base.Crm.name'),
    sa.Column('task', sa.String(length=8), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=False, comment='consent: held back until he agrees'),
    sa.Column('wanted', sa.Integer(), nullable=False, comment='revision of the lead'),
    sa.Column('delivered', sa.Integer(), server_default='0', nullable=False, comment='revision; 0: none yet'),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False, comment='since the last one that succeeded'),
    sa.Column('queued_at', bot.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', bot.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('claimed_by', sa.String(length=64), nullable=True),
    sa.Column('claimed_until', bot.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('record', sa.String(length=512), nullable=True, comment='its id in the system'),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['lead_id'], ['lead.id'], name=op.f('fk_lead_delivery_lead_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lead_delivery')),
    sa.UniqueConstraint('lead_id', 'system', name=op.f('uq_lead_delivery_lead_id_system'))
    )
    with op.batch_alter_table('lead_delivery', schema=None) as batch_op:
        batch_op.create_index('ix_lead_delivery_next_try_at', ['next_try_at'], unique=False, sqlite_where=sa.text("status = 'queued'"), postgresql_where=sa.text("status = 'queued'"))

    op.create_table('lead_stage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lead_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=False),
    sa.Column('at', bot.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False, comment='bot, staff or the name of a system'),
    sa.ForeignKeyConstraint(['lead_id'], ['lead.id'], name=op.f('fk_lead_stage_lead_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lead_stage'))
    )
    with op.batch_alter_table('lead_stage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lead_stage_lead_id'), ['lead_id'], unique=False)

    link_leads()
    for statement in KEEP_CONSENT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table('lead_stage', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lead_stage_lead_id'))

    op.drop_table('lead_stage')
    with op.batch_alter_table('lead_delivery', schema=None) as batch_op:
        batch_op.drop_index('ix_lead_delivery_next_try_at', sqlite_where=sa.text("status = 'queued'"), postgresql_where=sa.text("status = 'queued'"))

    op.drop_table('lead_delivery')
    with op.batch_alter_table('lead_conversation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lead_conversation_conversation_id'))

    op.drop_table('lead_conversation')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_conversation_id'))
        batch_op.drop_index(batch_op.f('ix_visit_car_id'))

    op.drop_table('visit')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_phone'))
        batch_op.drop_index(batch_op.f('ix_consent_conversation_id'))

    op.drop_table('consent')
    op.drop_table('tracker_erasure')
    op.drop_table('crm_tokens')
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_consent()")

    # What was forgotten has no phone, which the older schema demands.
    op.execute("DELETE FROM lead WHERE phone IS NULL")
    with op.batch_alter_table('lead', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_lead_uid'), type_='unique')
        batch_op.drop_index('ix_lead_responsible_id')
        batch_op.drop_index('ix_lead_created_at')
        batch_op.alter_column('phone',
               existing_type=sa.VARCHAR(length=16),
               nullable=False)
        batch_op.drop_column('revision')
        batch_op.drop_column('summary')
        batch_op.drop_column('stage')
        batch_op.drop_column('responsible')
        batch_op.drop_column('utm')
        batch_op.drop_column('listing_ref')
        batch_op.drop_column('account')
        batch_op.drop_column('channel')
        batch_op.drop_column('uid')


def fill_leads(connection: sa.Connection) -> None:
    """Nobody is responsible for the earlier ones yet: the gateway names somebody when it starts."""
    op.execute(
        "UPDATE lead SET stage = 'contact', summary = '', responsible = '', utm = '{}',"
        " channel = (SELECT channel FROM conversation c WHERE c.id = conversation_id),"
        " account = (SELECT account FROM conversation c WHERE c.id = conversation_id),"
        " listing_ref = (SELECT c.listing_ref FROM conversation c WHERE c.id = conversation_id)"
    )
    ids = connection.scalars(sa.text("SELECT id FROM lead")).all()
    for lead_id in ids:
        connection.execute(
            sa.text("UPDATE lead SET uid = :uid WHERE id = :id"), {"uid": uuid.uuid4().hex, "id": lead_id}
        )


def link_leads() -> None:
    op.execute("INSERT INTO lead_conversation (lead_id, conversation_id) SELECT id, conversation_id FROM lead")
    op.execute(
        "INSERT INTO lead_stage (lead_id, stage, at, by) SELECT id, 'contact', created_at, 'bot' FROM lead"
    )
