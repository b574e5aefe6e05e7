from odoo import api, fields, models

# So many contacts are shown in a case; the button above it shows all.
TIMELINE = 20


class RetentionWinbackTimeline(models.AbstractModel):
    """What happened between us and the customer, and what is to be sent."""

    _name = "retention.winback.timeline"
    _description = "Timeline of a Win-back"

    contact_count = fields.Integer(
        string="Contacts",
        compute="_compute_contact_count",
        compute_sudo=False,
        help="All contacts with the customer that you may see.",
    )
    touchpoint_ids = fields.Many2many(
        "retention.touchpoint",
        string="Last Contacts",
        compute="_compute_touchpoint_ids",
        compute_sudo=False,
        help="The last contacts with the customer that you may see, newest first.",
    )
    sending_ids = fields.One2many(
        "retention.play.sending",
        "case_id",
        string="Planned Messages",
        readonly=True,
        copy=False,
        help="What the play sends to the customer.",
    )

    @api.depends_context("uid")
    def _compute_contact_count(self):
        counts = dict(
            self.env["retention.touchpoint"]._read_group(
                [("profile_id", "in", self.profile_id.ids)],
                ["profile_id"],
                ["__count"],
            )
        )
        for case in self:
            case.contact_count = counts.get(case.profile_id, 0)

    @api.depends("profile_id")
    @api.depends_context("uid")
    def _compute_touchpoint_ids(self):
        """One query for each case: only the form shows them."""
        contacts = self.env["retention.touchpoint"]
        for case in self:
            case.touchpoint_ids = contacts.search(
                [("profile_id", "in", case.profile_id.ids)],
                order="date desc, id desc",
                limit=TIMELINE,
            )
