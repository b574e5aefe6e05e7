from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class RetentionJourneyTransition(models.Model):
    """One move of a customer, or of a lead without a customer, between stages.

    A fact: it is added and never changed.
    """

    _name = "retention.journey.transition"
    _description = "Journey Transition"
    _order = "date desc, id desc"
    _rec_name = "to_stage_id"

    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        readonly=True,
        ondelete="cascade",
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, ondelete="set null", index="btree_not_null"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    from_stage_id = fields.Many2one(
        "retention.journey.stage", string="From", readonly=True, ondelete="restrict"
    )
    to_stage_id = fields.Many2one(
        "retention.journey.stage",
        string="To",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    date = fields.Datetime(string="Moved On", required=True, readonly=True)
    stage_date = fields.Datetime(
        string="In This Stage Since",
        required=True,
        readonly=True,
        help="Earlier than the move where the history tells so.",
    )
    cause = fields.Selection(
        [
            ("person", "A person"),
            ("rule", "A rule"),
            ("start", "The history, when the customer was added"),
            ("undo", "A move that was taken back"),
            ("notice", "The end of a notice period"),
            ("watch", "The end of the watch after a win-back"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Moved By", readonly=True, ondelete="set null"
    )
    rule_id = fields.Many2one(
        "retention.journey.rule", readonly=True, ondelete="restrict"
    )
    note = fields.Char(readonly=True, help="What the person who moved it wrote.")
    # What was known at that moment, for the reason.
    last_contact_date = fields.Datetime(readonly=True)
    rhythm_days = fields.Float(readonly=True, digits=(16, 1))
    reason = fields.Char(
        compute="_compute_reason", help="Why it moved, with the numbers of that day."
    )

    _profile_date_idx = models.Index("(profile_id, date, id)")
    _rule_date_idx = models.Index("(rule_id, date) WHERE rule_id IS NOT NULL")

    @api.depends("cause", "note", "rule_id", "user_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for transition in self:
            say = getattr(transition, f"_reason_{transition.cause}")
            reason = say()
            if transition.note:
                reason = self.env._(
                    "%(reason)s: %(note)s", reason=reason, note=transition.note
                )
            transition.reason = reason

    def _reason_person(self):
        # sudo: the name of whoever moved it is no secret to those who see it
        return self.env._("Moved by %s", self.sudo().user_id.name or "")

    def _reason_undo(self):
        return self.env._("Taken back by %s", self.sudo().user_id.name or "")

    def _reason_notice(self):
        return self.env._("The notice period is over, and nobody won them back")

    def _reason_watch(self):
        return self.env._("The watch after the win-back is over")

    def _reason_start(self):
        return self.env._("Placed by the history: %s", self._figures())

    def _reason_rule(self):
        # sudo: everybody may know which rule it was
        return self.env._(
            "%(rule)s (%(figures)s)",
            rule=self.sudo().rule_id.name,
            figures=self._figures(),
        )

    def _figures(self):
        """What was known of the customer at that moment."""
        if not self.last_contact_date:
            return self.env._("no personal contact yet")
        company = self.company_id
        days = (
            company._retention_day(self.date)
            - company._retention_day(self.last_contact_date)
        ).days
        if days == 1:
            return self.env._("last contact the day before")
        if self.rhythm_days:
            return self.env._(
                "last contact %(days)s days before, own rhythm %(rhythm)s days",
                days=days,
                rhythm=f"{self.rhythm_days:g}",
            )
        return self.env._("last contact %s days before", days)

    @api.model
    def _happened_sql(self, scope=None):
        """The moves of customers: what was taken back has not happened.

        :param SQL scope: of which customers, by ``t.profile_id``; None for all
        """
        return SQL(
            """
            SELECT t.*
              FROM (SELECT t.*, LEAD(t.cause) OVER (
                           PARTITION BY t.profile_id ORDER BY t.date, t.id)
                           AS next_cause
                      FROM retention_journey_transition t
                     WHERE t.profile_id IS NOT NULL AND %s) t
             WHERE t.cause <> 'undo' AND t.next_cause IS DISTINCT FROM 'undo'
            """,
            scope or SQL("TRUE"),
        )

    @api.model
    @api.private
    def _move(self, moves, cause):
        """Move customers, and note it, in one statement.

        :param SQL moves: a select ``id, to_id, rule_id``: customers and stages
        :param str cause: why, see the field
        :return: how many moved
        """
        # Fetched first: how many there are decides how they are best looked up, and
        # PostgreSQL cannot know of a part of a statement whether it finds a few or all.
        rows = self.env.execute_query(moves)
        if not rows:
            return 0
        ids, to_ids, rule_ids = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """
                WITH move AS MATERIALIZED (
                    SELECT m.*, p.journey_stage_id AS from_id, p.company_id,
                           p.last_contact_date, p.rhythm_days
                      FROM unnest(%(ids)s::int[], %(to_ids)s::int[],
                                  %(rule_ids)s::int[]) AS m(id, to_id, rule_id)
                      JOIN retention_profile p ON p.id = m.id
                ), moved AS (
                    UPDATE retention_profile p
                       SET journey_stage_id = move.to_id,
                           journey_stage_date = %(now)s, journey_keep_date = NULL,
                           risk_refresh_date = %(today)s
                      FROM move
                     WHERE p.id = move.id
                 RETURNING p.id
                )
                INSERT INTO retention_journey_transition (
                       profile_id, company_id, from_stage_id, to_stage_id, date,
                       stage_date, cause, rule_id, last_contact_date, rhythm_days,
                       create_date, write_date)
                SELECT move.id, company_id, from_id, to_id, %(now)s, %(now)s, %(cause)s,
                       rule_id, last_contact_date, rhythm_days, %(now)s, %(now)s
                  FROM move JOIN moved ON moved.id = move.id
                """,
                ids=list(ids),
                to_ids=list(to_ids),
                rule_ids=list(rule_ids),
                cause=cause,
                now=fields.Datetime.now(),
                today=fields.Date.today(),
            )
        )
        moved = self.env.cr.rowcount
        if moved:
            self.env["retention.profile"].invalidate_model()
        return moved

    def write(self, vals):
        """Only what merging customers or leads changes.

        :raise UserError: for anything else
        """
        self.check_access("write")
        if set(vals) - {"profile_id", "lead_id"}:
            raise UserError(
                self.env._("What happened cannot be changed. Move the customer again.")
            )
        return super().write(vals)
