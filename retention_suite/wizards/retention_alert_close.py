from odoo import fields, models
from odoo.exceptions import ValidationError


class RetentionAlertSnooze(models.TransientModel):
    """Until when alerts may rest."""

    _name = "retention.alert.snooze"
    _description = "Snooze"

    alert_ids = fields.Many2many("retention.alert", required=True)
    snooze_date = fields.Date(
        string="Until",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=7),
    )

    def action_snooze(self):
        """Let the alerts rest.

        :raise ValidationError: if the day is not in the future
        """
        self.ensure_one()
        if self.snooze_date <= fields.Date.context_today(self):
            raise ValidationError(
                self.env._("Choose a day in the future, from tomorrow on.")
            )
        self.alert_ids._check_open()
        # sudo: the state of an alert is changed by its own steps only; which
        # alerts they are was read with the user's own rights
        self.alert_ids._filtered_access("read").sudo()._snooze(self.snooze_date)
        return {"type": "ir.actions.act_window_close"}


class RetentionAlertDismiss(models.TransientModel):
    """Why alerts need no answer."""

    _name = "retention.alert.dismiss"
    _description = "Dismiss"

    alert_ids = fields.Many2many("retention.alert", required=True)
    reason = fields.Char(required=True)

    def action_dismiss(self):
        """End the alerts without a contact."""
        self.ensure_one()
        self.alert_ids._check_open()
        # sudo: see above
        self.alert_ids._filtered_access("read").sudo()._close("dismissed", self.reason)
        return {"type": "ir.actions.act_window_close"}
