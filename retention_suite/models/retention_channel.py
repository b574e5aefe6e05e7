from odoo import fields, models

CHANNELS = [
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("meeting", "Meeting"),
    ("chat", "Chat"),
    ("sms", "Text message"),
    ("letter", "Letter"),
    ("portal", "Customer portal"),
    ("event", "Event"),
    ("other", "Other"),
]


class RetentionChannel(models.Model):
    """A way of contact, as a record, so that policies can name several."""

    _name = "retention.channel"
    _description = "Contact Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(CHANNELS, required=True, readonly=True)
    sequence = fields.Integer(default=10)

    _code_uniq = models.UniqueIndex("(code)", "Each channel exists once.")
