from odoo.api import SUPERUSER_ID, Environment

# What nothing looks for any more, or another index serves as well.
UNUSED = (
    "retention_alert__user_id_index",
    "retention_profile__contact_policy_id_index",
    "retention_profile_unplaced_idx",
)


def migrate(cr, version):
    """Have customers count their unanswered messages, which used to be looked up
    whenever a message was posted."""
    if not version:
        return
    Environment(cr, SUPERUSER_ID, {})["retention.alert"]._count_again()
    for name in UNUSED:
        cr.execute(f"DROP INDEX IF EXISTS {name}")
