import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools import safe_eval as safe_eval_module
from odoo.tools.safe_eval import safe_eval

from .retention_alert_life import OPEN_STATES

_logger = logging.getLogger(__name__)


class RetentionContactPolicy(models.Model):
    """How often whom to contact, and what happens when nobody does."""

    _name = "retention.contact.policy"
    _inherit = ("mail.thread",)
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
    domain = fields.Char(
        string="For Customers",
        default="[]",
        required=True,
        tracking=True,
        help="Which customers the policy is for. Empty: all.",
    )
    domain_error = fields.Char(
        readonly=True,
        copy=False,
        help="Why the filter no longer works. The policy rests until it is mended.",
    )
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

    @api.constrains("domain")
    def _check_domain(self):
        for policy in self:
            try:
                with self.env.cr.savepoint(flush=False):
                    policy._matching_query_unchecked()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of the policy %(policy)s does not work: "
                        "%(error)s Choose the customers again in the filter editor.",
                        policy=policy.name,
                        error=error,
                    )
                ) from error

    def write(self, vals):
        if "domain" in vals:
            vals = dict(vals, domain_error=False)
            self.filtered("domain_error")._repair_activities().unlink()
        result = super().write(vals)
        if set(vals) & self._measured_fields():
            self._remeasure()
        if "fallback_user_id" in vals:
            self._ask_somebody()
        return result

    def unlink(self):
        self._remeasure()
        self._repair_activities().unlink()
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

    def _domain_context(self):
        """What a domain may speak of besides fields."""
        return {
            "uid": self.env.uid,
            "datetime": safe_eval_module.datetime,
            "relativedelta": safe_eval_module.dateutil.relativedelta.relativedelta,
            "context_today": lambda: fields.Date.context_today(self),
        }

    def _matching_query_unchecked(self):
        """Return the query of the customers that the domain names.

        :raise Exception: what is wrong with the domain
        """
        self.ensure_one()
        domain = Domain(safe_eval(self.domain or "[]", self._domain_context()))
        Profile = self.env["retention.profile"].sudo()
        query = Profile._search(domain)
        # Compile it and have the database look at it: a wrong value fails here.
        self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        return query

    def _matching_query(self):
        """Return the query of the customers that the domain names, or None if
        the domain broke, for instance because an app is gone."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint(flush=False):
                query = self._matching_query_unchecked()
        except Exception as error:  # noqa: BLE001 (a domain may raise anything)
            message = str(error) or type(error).__name__
            if self.domain_error != message:
                _logger.warning("Contact policy %s rests: %s", self.id, message)
                self._tell_managers()
                self.domain_error = message
            return None
        if self.domain_error:
            self.domain_error = False
        return query

    def _tell_managers(self):
        """Put a broken policy on the list of whoever last changed it, or of
        all managers if that is none of them any more."""
        if self.domain_error:
            return
        managers = self.env.ref("retention_suite.group_retention_manager").all_user_ids
        managers = managers.filtered(lambda user: user.active and not user.share)
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "activity_type_id": todo.id,
                    "user_id": user.id,
                    "automated": True,
                    "summary": self.with_context(lang=user.lang).env._(
                        "The contact policy is paused: its filter does not work"
                    ),
                }
                for user in (self.write_uid & managers) or managers
            ]
        )

    def _repair_activities(self):
        """The activities that ask to repair these policies."""
        # sudo: repaired or gone, whoever was asked to do it
        return (
            self.env["mail.activity"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        )

    def action_view_customers(self):
        """Open the customers that the policy is in force for."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_profile_action"
        )
        return dict(action, domain=[("contact_policy_id", "=", self.id)], context={})
