from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Have customers count their open alerts, which used to be counted when read."""
    if version:
        Environment(cr, SUPERUSER_ID, {})["retention.alert"]._count_again()
