from odoo import fields, models

REWARD_STATES = [
    ("none", "None"),
    ("on_hold", "On hold"),
    ("due", "Due"),
    ("granted", "Granted"),
    ("void", "Void"),
]
THANKS = [
    ("note", "Note"),
    ("call", "Call"),
    ("gift", "Gift"),
    ("reward", "Reward"),
]


class RetentionReferralThanks(models.AbstractModel):
    """How recommendations are thanked for, and rewarded."""

    _name = "retention.referral.thanks"
    _description = "Thanks for Referrals"

    thank_due_date = fields.Date(
        string="Thank By",
        readonly=True,
        help="Every recommendation is thanked for, whatever becomes of it.",
    )
    thanked_date = fields.Date(string="Thanked On", readonly=True)
    thanked_user_id = fields.Many2one(
        "res.users", string="Thanked By", readonly=True, ondelete="set null"
    )
    thank_kind = fields.Selection(THANKS, string="Thanked With", readonly=True)
    thank_note = fields.Char(string="How We Thanked", readonly=True)
    reward_state = fields.Selection(
        REWARD_STATES,
        string="Reward",
        required=True,
        default="none",
        readonly=True,
        help="On hold: won, until the programme's days on hold have passed or a "
        "doubt is settled.\n"
        "Void: no longer won, not accepted, or more than the programme gives in a "
        "year.",
    )
    reward_due_date = fields.Date(string="Reward Due On", readonly=True)
    reward_date = fields.Date(string="Granted On", readonly=True)
    reward_user_id = fields.Many2one(
        "res.users", string="Granted By", readonly=True, ondelete="set null"
    )
