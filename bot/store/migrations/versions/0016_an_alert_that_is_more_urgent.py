"""An alert that a person found more urgent: what the chat answered stays, and the history says how urgent it became"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered_severity", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("answered_category", sa.String(length=32), nullable=True))
    with op.batch_alter_table("alert_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("severity", sa.String(length=24), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alert_events", schema=None) as batch_op:
        batch_op.drop_column("severity")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_column("answered_category")
        batch_op.drop_column("answered_severity")
