from odoo import fields, models
from odoo.exceptions import UserError

from ..models.retention_winback import RESULTS


class RetentionWinbackClose(models.TransientModel):
    """What has to be known before a case is closed."""

    _name = "retention.winback.close"
    _description = "Close Win-back"

    winback_ids = fields.Many2many("retention.winback", required=True)
    result = fields.Selection(RESULTS, required=True)
    reason_id = fields.Many2one(
        "crm.lost.reason",
        string="Why They Left",
        help="If you could not find out, choose a reason that says so. Of several "
        "cases, those that know their reason keep it.",
    )
    competitor_id = fields.Many2one("retention.competitor", string="To Whom")
    note = fields.Char(required=True)
    is_withdrawal = fields.Boolean(
        string="Cancellation Withdrawn",
        help="The customers have taken their cancellation back.",
    )

    def action_close(self):
        """Close the cases.

        :raise UserError: if the reason is missing
        """
        self.ensure_one()
        cases = self.winback_ids
        cases.check_access("write")
        if not self.reason_id and not all(case.reason_id for case in cases):
            raise UserError(
                self.env._(
                    "Say why they left. If nobody knows, choose the reason Unknown."
                )
            )
        self._note_why(cases._standing() | cases.filtered("is_open"))
        if self.is_withdrawal:
            cases._withdraw()
        else:
            cases._close(self.result, self.note)
        return {"type": "ir.actions.act_window_close"}

    def _note_why(self, cases):
        """What was entered for one case is so; of several, each keeps what it
        knows."""
        values = {}
        if self.reason_id:
            values["reason_id"] = self.reason_id.id
        if self.competitor_id:
            values["competitor_id"] = self.competitor_id.id
        if len(cases) == 1 and values:
            cases.write(values)
        else:
            cases._note_why(self.reason_id.id, self.competitor_id.id)
