"""Changes of cards, figures, numbers and local facts, over the files"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fields_sealed", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.String(length=32), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_card_changes_decided_by_staff")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_card_changes_made_by_staff")),
        sa.ForeignKeyConstraint(["taken_back_by"], ["staff.id"], name=op.f("fk_card_changes_taken_back_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_changes")),
        sa.UniqueConstraint("kind", "item", "n", name="uq_card_changes_kind_item_n"),
    )
    with op.batch_alter_table("card_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_changes_made_by"), ["made_by"], unique=False)
        batch_op.create_index("ix_card_changes_state", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("card_changes")
