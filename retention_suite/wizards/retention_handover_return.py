from odoo import fields, models
from odoo.exceptions import ValidationError


class RetentionHandoverReturn(models.TransientModel):
    """Why a salesperson gives leads back, and when it is time to try again."""

    _name = "retention.handover.return"
    _description = "Return a Lead"

    handover_ids = fields.Many2many("retention.handover", required=True)
    reason_id = fields.Many2one(
        "retention.return.reason", string="Why", ondelete="cascade"
    )
    resume_date = fields.Date(
        string="Resume On",
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=30),
        help="On this day the lead comes up again with who handed it over.",
    )
    note = fields.Text(help="What whoever takes it up again should know.")

    def action_return(self):
        """Give the leads back.

        :raise ValidationError: without a reason, or with a day that has passed
        """
        self.ensure_one()
        if not self.reason_id:
            raise ValidationError(
                self.env._("Choose why you return it, so that others can learn.")
            )
        if not self.resume_date or self.resume_date < fields.Date.context_today(self):
            raise ValidationError(
                self.env._("Choose the day on which it comes up again: today or later.")
            )
        handovers = self.handover_ids
        handovers._check_may(
            "may_return", self.env._("Only the salesperson can return a lead.")
        )
        # sudo: the state of a hand-over is changed by its own steps only; that
        # the user may return it was checked
        handovers.sudo()._return(self.reason_id, self.resume_date)
        for handover in handovers.sudo():
            handover._tell_giver(self.note)
        return {"type": "ir.actions.act_window_close"}
