"""Holds, what is in the case record, deletions asked for, rounds of retention"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("brain_forgot_at", MOMENT, nullable=True),
        sa.Column("record_kept", sa.Boolean(), nullable=False),
        sa.Column("tokens", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasures_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasures_due_at"), ["due_at"], unique=False)
    op.create_table(
        "taught_examples",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("goal", sa.String(length=48), nullable=False),
        sa.Column("card", sa.String(length=48), nullable=True),
        sa.Column("example", sa.Text(), nullable=False),
        sa.Column("looked_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taught_examples")),
    )
    op.create_table(
        "retention_rounds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rounds")),
    )
    with op.batch_alter_table("retention_rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_rounds_at"), ["at"], unique=False)
    op.create_table(
        "retention_holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("reason_sealed", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("lifted_by", sa.String(length=32), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_retention_holds_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_retention_holds_lifted_by_staff")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_retention_holds_set_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_holds")),
    )
    with op.batch_alter_table("retention_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_holds_conversation_id"), ["conversation_id"], unique=False)
    op.create_table(
        "record_handovers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=True),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_record_handovers_alert_id_alerts")),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_record_handovers_by_staff")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_record_handovers_request_id_requests")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_handovers")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_record_handovers_alert_id")),
        sa.UniqueConstraint("request_id", name=op.f("uq_record_handovers_request_id")),
    )


def downgrade() -> None:
    op.drop_table("record_handovers")
    op.drop_table("retention_holds")
    op.drop_table("retention_rounds")
    op.drop_table("taught_examples")
    op.drop_table("erasures")
