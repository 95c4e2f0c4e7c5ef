"""From the web page to Telegram: codes that carry a conversation there; the log is found by what it is about"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telegram_starts",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_telegram_starts_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_telegram_starts")),
    )
    with op.batch_alter_table("telegram_starts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_telegram_starts_conversation_id"), ["conversation_id"], unique=False)
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_subject_id"), ["subject_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_subject_id"))
    op.drop_table("telegram_starts")
