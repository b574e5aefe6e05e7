from odoo import api, fields, models
from odoo.exceptions import RedirectWarning

# What a stage means to the suite, whatever a company calls it.
KINDS = [
    ("prospect", "Prospect"),
    ("onboarding", "Onboarding"),
    ("active", "Active"),
    ("ambassador", "Ambassador"),
    ("at_risk", "At risk"),
    ("dormant", "Dormant"),
    ("lost", "Lost"),
    ("recovered", "Recovered"),
]


class RetentionJourneyStage(models.Model):
    """Where a customer relationship may stand.

    Companies name, order and add stages as they like; the suite's own logic
    reads the kind.
    """

    _name = "retention.journey.stage"
    _description = "Journey Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        KINDS,
        required=True,
        help="What the stage means. Rules and figures go by this, not by the name.",
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: the stage is for all companies."
    )
    fold = fields.Boolean(
        string="Folded", help="Its column is folded when customers are shown by stage."
    )
    description = fields.Text(
        translate=True, help="What the stage means, and what to do there."
    )
    customer_count = fields.Integer(
        string="Customers", compute="_compute_customer_count"
    )

    def _compute_customer_count(self):
        counts = dict(
            self.env["retention.profile"]._read_group(
                [("journey_stage_id", "in", self.ids)],
                ["journey_stage_id"],
                ["__count"],
            )
        )
        for stage in self:
            stage.customer_count = counts.get(stage, 0)

    @api.model
    def _first_of_kind(self, kind, company):
        """Return the first stage of a kind that a company uses, if any.

        :param str kind: see ``KINDS``
        :param company: one of our companies
        """
        return self.search(
            [("kind", "=", kind), ("company_id", "in", (company.id, False))], limit=1
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_used(self):
        """A stage that somebody is or was in is given up, not deleted.

        :raise RedirectWarning: with a button to say where its customers go
        """
        used = self.filtered(lambda stage: stage._is_used())
        if used:
            stage = used[0]
            raise RedirectWarning(
                self.env._(
                    "%s has customers, or had some. Say where its customers go; the "
                    "stage is then archived and their history kept.",
                    stage.name,
                ),
                stage.action_give_up(),
                self.env._("Choose another stage"),
            )

    def _is_used(self):
        # sudo: whoever's customers they are
        everywhere = self.env(su=True, context={"active_test": False})
        return any(
            everywhere[model].search_count([(name, "in", self.ids)], limit=1)
            for model, name in (
                ("retention.profile", "journey_stage_id"),
                ("crm.lead", "retention_own_stage_id"),
                ("retention.journey.transition", "from_stage_id"),
                ("retention.journey.transition", "to_stage_id"),
                ("retention.journey.rule", "from_stage_ids"),
                ("retention.journey.rule", "to_stage_id"),
            )
        )

    def action_give_up(self):
        """Open the dialog that asks where the stage's customers go."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_journey_give_up_action"
        )
        return dict(action, context={"default_stage_id": self.id})

    def action_view_customers(self):
        """Open the customers in this stage."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_profile_action"
        )
        return dict(action, domain=[("journey_stage_id", "=", self.id)], context={})
