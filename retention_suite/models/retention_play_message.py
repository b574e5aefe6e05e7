from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RetentionPlayMessage(models.Model):
    """One message of a play."""

    _name = "retention.play.message"
    _description = "Message of a Play"
    _order = "play_id, delay_days, sequence, id"
    _rec_name = "template_id"

    play_id = fields.Many2one(
        "retention.play", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="play_id.company_id")
    sequence = fields.Integer(default=10)
    template_id = fields.Many2one(
        "mail.template",
        string="Text",
        required=True,
        ondelete="restrict",
        domain=[("model", "=", "retention.winback")],
    )
    delay_days = fields.Integer(
        string="Days after the Start",
        required=True,
        default=0,
        help="0: at once, on the day of the start.",
    )

    _delay_days_positive = models.Constraint(
        "CHECK(delay_days >= 0)", "A message cannot go before the start."
    )

    @api.constrains("template_id")
    def _check_template(self):
        for message in self:
            if message.template_id.model != "retention.winback":
                raise ValidationError(
                    self.env._(
                        "The text %s is not for win-back. Choose one that is.",
                        message.template_id.name,
                    )
                )
