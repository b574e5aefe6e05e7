from odoo import fields, models

DOUBT_STATES = [
    ("none", "None"),
    ("to_check", "To check"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
]


class RetentionReferralDoubt(models.AbstractModel):
    """Recommendations that somebody should look at before they count."""

    _name = "retention.referral.doubt"
    _description = "Doubts about Referrals"

    doubt_state = fields.Selection(
        DOUBT_STATES,
        string="Doubt",
        required=True,
        default="none",
        readonly=True,
        help="To check: something speaks against it; it is kept, and a manager "
        "decides. The request of who was recommended is served either way.",
    )
    # codes, comma separated: the sentence is made in the reader's language
    doubts = fields.Char(readonly=True)
    checked_date = fields.Datetime(string="Checked On", readonly=True)
    checked_user_id = fields.Many2one(
        "res.users", string="Checked By", readonly=True, ondelete="set null"
    )

    def _find_doubts(self):
        """Mark recommendations that somebody should look at, with the reasons."""
