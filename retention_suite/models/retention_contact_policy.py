from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from .retention_alert_life import OPEN_STATES


class RetentionContactPolicy(models.Model):
    """How often whom to contact, and what happens when nobody does."""

    _name = "retention.contact.policy"
    _inherit = ("mail.thread", "retention.customer.filter")
    _description = "Contact Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The first policy in this order that fits a customer wins."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the policy is for all companies."
    )
    domain = fields.Char(tracking=True)
    max_gap_days = fields.Integer(
        string="Days without Contact at Most", required=True, default=90, tracking=True
    )
    use_rhythm = fields.Boolean(
        string="Follow the Customer's Own Rhythm",
        help="Expect the next contact after the customer's own rhythm times the "
        "factor, but never before the fewest nor after the most days. Customers "
        "without a rhythm yet have the most days.",
    )
    rhythm_factor = fields.Float(default=2.0)
    min_gap_days = fields.Integer(
        string="Fewest Days", default=14, help="Floor of the own rhythm."
    )
    counted = fields.Selection(
        [("both", "In both directions"), ("ours", "Only ours")],
        string="Contacts That Count",
        required=True,
        default="both",
    )
    channel_ids = fields.Many2many(
        "retention.channel",
        "retention_contact_policy_channel_rel",
        "policy_id",
        "channel_id",
        string="Channels That Count",
        help="Empty: all channels.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity",
        ondelete="set null",
        domain=[("res_model", "in", (False, "res.partner"))],
        help="What the contact person is asked to do.",
    )
    fallback_user_id = fields.Many2one(
        "res.users",
        string="If Nobody Is Responsible",
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Who is asked when the customer has no contact person.",
    )
    escalation_days = fields.Integer(
        string="Days until Escalation",
        default=7,
        help="How long an alert may stay unanswered before it is shown to "
        "somebody else. 0: never.",
    )
    escalation_user_id = fields.Many2one(
        "res.users",
        string="Escalate To",
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Empty: the leader of the contact person's sales team.",
    )
    customer_count = fields.Integer(compute="_compute_customer_count")

    _max_gap_days_positive = models.Constraint(
        "CHECK(max_gap_days > 0)", "Enter at least one day without contact."
    )
    _min_gap_days_positive = models.Constraint(
        "CHECK(NOT use_rhythm OR (min_gap_days > 0 AND min_gap_days <= max_gap_days))",
        "The fewest days must be at least one and no more than the most days.",
    )
    _rhythm_factor_positive = models.Constraint(
        "CHECK(NOT use_rhythm OR rhythm_factor > 0)",
        "The rhythm's factor must be more than zero.",
    )
    _escalation_days_positive = models.Constraint(
        "CHECK(escalation_days >= 0)", "Days until escalation cannot be negative."
    )

    def _compute_customer_count(self):
        counts = dict(
            self.env["retention.profile"]._read_group(
                [("contact_policy_id", "in", self.ids)],
                ["contact_policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            policy.customer_count = counts.get(policy, 0)

    @api.model
    @ormcache()
    def _without_email_ids(self):
        """Return the policies under which no e-mail counts."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.policy_id
                  FROM retention_contact_policy_channel_rel r
                  JOIN retention_channel c ON c.id = r.channel_id
                 GROUP BY r.policy_id HAVING NOT bool_or(c.code = 'email')
                """
            )
        )
        return [row[0] for row in rows]

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self.env.registry.clear_cache()
        return policies

    def write(self, vals):
        result = super().write(vals)
        if "channel_ids" in vals:
            self.env.registry.clear_cache()
        if set(vals) & self._measured_fields():
            self._remeasure()
        if "fallback_user_id" in vals:
            self._ask_somebody()
        return result

    def unlink(self):
        self._remeasure()
        return super().unlink()

    def _ask_somebody(self):
        """Give what is open and nobody's to whom the policies now name."""
        # sudo: whose customers they are does not matter
        Alert = self.env["retention.alert"].sudo()
        alerts = Alert.search(
            [("policy_id", "in", self.ids), ("state", "in", OPEN_STATES)]
        )
        Alert._follow_contact_person(alerts.profile_id.ids)

    def _measured_fields(self):
        """The fields that the next contact of a customer depends on."""
        return {
            "max_gap_days",
            "use_rhythm",
            "rhythm_factor",
            "min_gap_days",
            "counted",
            "channel_ids",
        }

    def _remeasure(self):
        """Have the next run look again at the customers of these policies."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE retention_profile SET refresh_date = %s"
                " WHERE contact_policy_id = ANY(%s)",
                fields.Date.today(),
                self.ids,
            )
        )
        self.env["retention.profile"].invalidate_model(["refresh_date"])

    def action_view_customers(self):
        """Open the customers that the policy is in force for."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_profile_action"
        )
        return dict(action, domain=[("contact_policy_id", "=", self.id)], context={})
