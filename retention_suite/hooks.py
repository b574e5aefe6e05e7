from odoo.tools import SQL

from .models.retention_touchpoint_plain import FUNCTION


def uninstall_hook(env):
    """Take the open activities along that only the suite has asked for, and the
    function in the database, and leave the reasons that leads name."""
    alerts = env["retention.alert"].search([])
    alerts._open_activities().unlink()
    reasons = env["ir.model.data"].search(
        [("module", "=", "retention_suite"), ("model", "=", "crm.lost.reason")]
    )
    leads = env["crm.lead"].with_context(active_test=False)
    used = leads.search([("lost_reason_id", "in", reasons.mapped("res_id"))])
    kept = used.lost_reason_id.ids
    reasons.filtered(lambda data: data.res_id in kept).unlink()
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s", SQL.identifier(FUNCTION)))
