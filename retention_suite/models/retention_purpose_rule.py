from odoo import api, fields, models
from odoo.tools import SQL, ormcache

PURPOSES = [
    ("relationship", "Relationship"),
    ("sales", "Sales"),
    ("service", "Service"),
    ("payment", "Payment"),
    ("marketing", "Marketing"),
    ("survey", "Survey"),
]
# Contacts that are not about the relationship, but about what is going on anyway.
ROUTINE_PURPOSES = ("payment", "service")
# What a contact is for when no rule says it.
DEFAULT_PURPOSE = "relationship"


class RetentionPurposeRule(models.Model):
    """What a contact was for, told from the document it belongs to."""

    _name = "retention.purpose.rule"
    _description = "Purpose of Contacts"
    _order = "sequence, id"
    _rec_name = "res_model"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        "ir.model",
        string="Document",
        compute="_compute_model_id",
        inverse="_inverse_model_id",
        compute_sudo=True,
        domain=[("is_mail_thread", "=", True)],
        help="The kind of document the contact belongs to. Empty: any document.",
    )
    # The name, not a link: a rule may speak of an app that is not installed.
    res_model = fields.Char(string="Technical document name")
    kind = fields.Selection(
        [
            ("message", "Message written by a person"),
            ("automatic", "Automatic message"),
            ("mailing", "Mailing"),
            ("activity", "Call or meeting marked as done"),
            ("meeting", "Calendar meeting"),
        ],
        help="The kind of contact. Empty: any kind.",
    )
    purpose = fields.Selection(PURPOSES, required=True)

    @api.depends("res_model")
    def _compute_model_id(self):
        for rule in self:
            rule.model_id = rule.res_model and self.env["ir.model"]._get(rule.res_model)

    def _inverse_model_id(self):
        for rule in self:
            rule.res_model = rule.model_id.model

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._reclassify()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._reclassify()
        return result

    def unlink(self):
        result = super().unlink()
        self._reclassify()
        return result

    @ormcache()
    def _rules(self):
        """Return the rules in order: ``(document model, kind, purpose)``."""
        # sudo: everybody's messages are sorted by the same rules
        rules = self.sudo().with_context(active_test=True).search([])
        return tuple((r.res_model, r.kind, r.purpose) for r in rules)

    def _purpose(self, model, kind):
        """Return the purpose of a contact; the same as ``_purpose_sql``.

        :param str model: technical name of the contact's document
        :param str kind: kind of contact, as in the field ``kind``
        """
        for rule_model, rule_kind, purpose in self._rules():
            if rule_model in (False, model) and rule_kind in (False, kind):
                return purpose
        return DEFAULT_PURPOSE

    def _purpose_sql(self, model, kind):
        """Return the SQL that names the purpose of a contact.

        The rules are few and the contacts many, so the rules become one
        ``CASE`` instead of a join.

        :param SQL model: technical name of the contact's document
        :param SQL kind: kind of contact, as in the field ``kind``
        """
        whens = [
            SQL(
                "WHEN %s THEN %s",
                SQL(" AND ").join(
                    [SQL("%s = %s", model, rule_model)] * bool(rule_model)
                    + [SQL("%s = %s", kind, rule_kind)] * bool(rule_kind)
                    or [SQL("TRUE")]
                ),
                purpose,
            )
            for rule_model, rule_kind, purpose in self._rules()
        ]
        if not whens:
            return SQL("%s", DEFAULT_PURPOSE)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), DEFAULT_PURPOSE)

    def _reclassify(self):
        """Give what was captured before the purpose that the rules name now."""
        self.flush_model()
        # the rules are cached
        self.env.registry.clear_cache()
        self.env["retention.touchpoint"]._update_purposes()
