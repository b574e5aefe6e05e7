from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .among import among


class RetentionJourneyRule(models.Model):
    """From which stages to which one customers move, and when."""

    _name = "retention.journey.rule"
    _inherit = ("mail.thread", "retention.customer.filter")
    _description = "Journey Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The first rule in this order that fits a customer moves it."
    )
    active = fields.Boolean(
        default=False,
        tracking=True,
        help="Try the rule before you switch it on.",
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: the rule is for all companies."
    )
    from_stage_ids = fields.Many2many(
        "retention.journey.stage",
        "retention_journey_rule_from_stage_rel",
        "rule_id",
        "stage_id",
        string="From",
        required=True,
    )
    to_stage_id = fields.Many2one(
        "retention.journey.stage", string="To", required=True, ondelete="restrict"
    )
    domain = fields.Char(tracking=True)
    move_count = fields.Integer(string="Moves", compute="_compute_move_count")

    def _compute_move_count(self):
        counts = dict(
            self.env["retention.journey.transition"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.move_count = counts.get(rule, 0)

    @api.constrains("from_stage_ids", "to_stage_id", "company_id")
    def _check_stages(self):
        for rule in self:
            if not rule.from_stage_ids:
                raise ValidationError(
                    self.env._("Say from which stages %s moves customers.", rule.name)
                )
            if rule.to_stage_id in rule.from_stage_ids:
                raise ValidationError(
                    self.env._(
                        "%(rule)s would move customers from %(stage)s to where they "
                        "are. Choose another stage to move to.",
                        rule=rule.name,
                        stage=rule.to_stage_id.name,
                    )
                )
            companies = (rule.from_stage_ids | rule.to_stage_id).company_id
            if companies - rule.company_id:
                raise ValidationError(
                    self.env._(
                        "%(stage)s belongs to %(company)s: give the rule the same "
                        "company, or choose stages that are for all.",
                        stage=(rule.from_stage_ids | rule.to_stage_id)
                        .filtered("company_id")[:1]
                        .name,
                        company=companies[:1].name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_used(self):
        used = self.filtered("move_count")[:1]
        if used:
            raise UserError(
                self.env._(
                    "%s has moved customers, and their history names it. Archive it "
                    "instead: it then moves nobody any more.",
                    used.name,
                )
            )

    # ------------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------------

    @api.private
    def _move_customers(self, company, profile_ids=None):
        """Move all customers of a company that match, the first rule first.

        Each moves once at most, and not back on the same day to where a rule
        took it from.

        :param company: one of our companies
        :param list profile_ids: of the customers; None for all
        :return: how many moved
        """
        rules = self.filtered(
            lambda r: r.company_id in (company, r.company_id.browse())
        )
        ranked = [
            (query, rule.id, SQL("journey_stage_id = ANY(%s)", rule.from_stage_ids.ids))
            for rule in rules
            if (query := rule._matching_query()) is not None
        ]
        if not ranked:
            return 0
        self.env.flush_all()
        moved = self.env["retention.journey.transition"]._move(
            self._to_move_sql(company, ranked, profile_ids), "rule"
        )
        if moved:
            self.invalidate_model(["move_count"])
        return moved

    def _to_move_sql(self, company, ranked, profile_ids):
        rule, joins = self._first_match_sql(ranked, is_for_all=profile_ids is None)
        scope = among("retention_profile.id", profile_ids)
        return SQL(
            """
            WITH matched AS MATERIALIZED (
                SELECT retention_profile.id, %(rule)s AS rule_id
                  FROM retention_profile %(joins)s
                 WHERE retention_profile.active
                   AND retention_profile.company_id = %(company)s
                   AND (retention_profile.journey_keep_date IS NULL
                        OR retention_profile.journey_keep_date < %(day)s)
                   AND %(scope)s AND %(rule)s IS NOT NULL
            )
            SELECT m.id, r.to_stage_id AS to_id, m.rule_id
              FROM matched m
              JOIN retention_journey_rule r ON r.id = m.rule_id
             WHERE NOT EXISTS (
                   SELECT FROM retention_journey_transition t
                    WHERE t.profile_id = m.id AND t.cause = 'rule'
                      AND t.date > %(now)s - interval '1 day'
                      AND t.from_stage_id = r.to_stage_id)
            """,
            rule=rule,
            joins=joins,
            company=company.id,
            day=company._retention_day(fields.Datetime.now()),
            now=fields.Datetime.now(),
            scope=scope,
        )

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    def _last_moves(self):
        """Return when the rule last moved customers, how many, and how many of
        them have moved on since: ``(date, count, moved_on_count)``, or None."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.date, COUNT(*), COUNT(*) FILTER (WHERE EXISTS (
                       SELECT FROM retention_journey_transition later
                        WHERE later.profile_id = t.profile_id
                          AND (later.date, later.id) > (t.date, t.id)))
                  FROM retention_journey_transition t
                 WHERE t.rule_id = %s
                 GROUP BY t.date ORDER BY t.date DESC LIMIT 1
                """,
                self.id,
            )
        )
        return rows[0] if rows else None

    @api.private
    def _take_back(self, date):
        """Take the moves of one time back, but of those who have moved on.

        :param datetime date: when the rule moved them
        :return: how many were taken back
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH move AS (
                    SELECT t.profile_id, t.company_id, t.from_stage_id, t.to_stage_id,
                           t.last_contact_date, t.rhythm_days,
                           COALESCE(before.stage_date, t.date) AS stage_date
                      FROM retention_journey_transition t
                      LEFT JOIN LATERAL (
                           SELECT b.stage_date FROM retention_journey_transition b
                            WHERE b.profile_id = t.profile_id
                              AND (b.date, b.id) < (t.date, t.id)
                            ORDER BY b.date DESC, b.id DESC LIMIT 1) before ON TRUE
                     WHERE t.rule_id = %(rule)s AND t.date = %(date)s
                       AND NOT EXISTS (
                           SELECT FROM retention_journey_transition later
                            WHERE later.profile_id = t.profile_id
                              AND (later.date, later.id) > (t.date, t.id))
                ), moved AS (
                    UPDATE retention_profile p
                       SET journey_stage_id = move.from_stage_id,
                           journey_stage_date = move.stage_date,
                           risk_refresh_date = %(today)s
                      FROM move
                     WHERE p.id = move.profile_id
                       AND p.journey_stage_id = move.to_stage_id
                 RETURNING p.id
                )
                INSERT INTO retention_journey_transition (
                       profile_id, company_id, from_stage_id, to_stage_id, date,
                       stage_date, cause, user_id, rule_id, last_contact_date,
                       rhythm_days, create_date, write_date)
                SELECT move.profile_id, company_id, to_stage_id, from_stage_id, %(now)s,
                       stage_date, 'undo', %(uid)s, NULL, last_contact_date,
                       rhythm_days, %(now)s, %(now)s
                  FROM move JOIN moved ON moved.id = move.profile_id
                """,
                rule=self.id,
                date=date,
                now=fields.Datetime.now(),
                today=fields.Date.today(),
                uid=self.env.uid,
            )
        )
        taken_back = self.env.cr.rowcount
        self.env["retention.profile"].invalidate_model()
        self.env["retention.journey.transition"].invalidate_model()
        return taken_back

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_try(self):
        """Open the dialog that shows what the rule would do now."""
        return self._action_dialog("retention_journey_trial_action")

    def action_take_back(self):
        """Open the dialog that takes the last moves back.

        :raise UserError: if there are none
        """
        self.ensure_one()
        if not self._last_moves():
            raise UserError(self.env._("%s has not moved anybody yet.", self.name))
        return self._action_dialog("retention_journey_undo_action")

    def _action_dialog(self, name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"retention_suite.{name}"
        )
        return dict(action, context={"default_rule_id": self.id})

    def action_view_moves(self):
        """Open what the rule has moved."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_journey_transition_action"
        )
        return dict(action, domain=[("rule_id", "=", self.id)], context={})
