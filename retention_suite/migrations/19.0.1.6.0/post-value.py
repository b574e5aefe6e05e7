from odoo import fields
from odoo.api import SUPERUSER_ID, Environment

BATCH = 25000


def migrate(cr, version):
    """Have customers know what they would be worth if won back, and open cases that
    were worth nothing take it over."""
    if not version:
        return
    env = Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT id FROM retention_profile WHERE purchase_count > 0 ORDER BY id")
    ids = [row[0] for row in cr.fetchall()]
    for start in range(0, len(ids), BATCH):
        env["retention.profile"]._measure_value(ids[start : start + BATCH])
    # addons with other purchases are not loaded yet: the next run reads them all
    cr.execute(
        "UPDATE retention_profile SET value_refresh_date = %s WHERE id = ANY(%s)",
        [fields.Date.today(), ids],
    )
    cr.execute(
        """
        UPDATE retention_winback w
           SET value = p.winback_value,
               priority_value = p.winback_value * COALESCE(w.chance, 0) / 100
          FROM retention_profile p
         WHERE p.id = w.profile_id AND p.winback_value > 0
           AND w.step IN ('identified', 'reason', 'running')
           AND COALESCE(w.value, 0) = 0
        """
    )
    env.invalidate_all(flush=False)
