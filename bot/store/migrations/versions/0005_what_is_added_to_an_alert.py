"""What is added to an alert"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_additions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_additions_alert_id_alerts")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_alert_additions_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_additions")),
        sa.UniqueConstraint("alert_id", "message_id", "kind", name=op.f("uq_alert_additions_alert_id_message_id_kind")),
    )
    with op.batch_alter_table("alert_additions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_additions_message_id"), ["message_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("alert_additions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_additions_message_id"))
    op.drop_table("alert_additions")
