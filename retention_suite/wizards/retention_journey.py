from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_datetime


class RetentionJourneyMove(models.TransientModel):
    """Where to move customers, why, and how long they stay there."""

    _name = "retention.journey.move"
    _description = "Move Customers"

    profile_ids = fields.Many2many("retention.profile", required=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", string="Their Company"
    )
    stage_id = fields.Many2one(
        "retention.journey.stage",
        string="To",
        required=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    kind = fields.Selection(related="stage_id.kind")
    is_move = fields.Boolean(compute="_compute_is_move")
    keep_date = fields.Date(
        string="Keep There Until",
        help="Rules leave the customers there up to and including this day. "
        "Empty: rules may move them on at once.",
    )
    lost_reason_id = fields.Many2one("crm.lost.reason", string="Why They Left")
    competitor_id = fields.Many2one("retention.competitor")
    is_chased = fields.Boolean(
        string="Win Back",
        default=True,
        help="Opens a win-back case of each customer. The play that fits is started, "
        "and whoever is responsible is asked to call today. Without it, nothing is "
        "done, and the reason counts in the analysis.",
    )
    note = fields.Char()

    @api.depends("profile_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.profile_ids.company_id[:1]

    @api.depends("profile_ids", "stage_id")
    def _compute_is_move(self):
        for wizard in self:
            stages = wizard.profile_ids.journey_stage_id
            wizard.is_move = not wizard.stage_id or stages != wizard.stage_id

    def action_move(self):
        """Move the customers. Those who are lost are chased at once, if wanted.

        :raise ValidationError: if they should stay until a day that is over
        """
        self.ensure_one()
        if self.keep_date and self.keep_date < fields.Date.context_today(self):
            raise ValidationError(
                self.env._("Choose today or a later day to keep the customers there.")
            )
        is_loss = self.is_move and self.kind == "lost"
        parts = [self.lost_reason_id.name if is_loss else "", self.note or ""]
        note = ", ".join(part for part in parts if part)
        vals = {
            "journey_stage_id": self.stage_id.id,
            "journey_keep_date": self.keep_date,
        }
        old_stages = self.profile_ids._stages_before(vals)
        self.profile_ids.with_context(
            retention_note=note or None, retention_no_chase=True
        ).write(vals)
        self._follow_loss(self.profile_ids._just_lost(old_stages))
        return {"type": "ir.actions.act_window_close"}

    def _follow_loss(self, lost):
        """Have the customers who were lost chased, or note why they were lost."""
        vals = {
            "reason_id": self.lost_reason_id.id,
            "competitor_id": self.competitor_id.id,
        }
        if self.is_chased:
            lost._chase(**vals)
        elif self.lost_reason_id:
            lost._let_go(self.note, **vals)


class RetentionJourneyTrial(models.TransientModel):
    """What a rule would do now, before it is switched on."""

    _name = "retention.journey.trial"
    _description = "Trial of a Journey Rule"

    rule_id = fields.Many2one("retention.journey.rule", required=True, readonly=True)
    is_active = fields.Boolean(related="rule_id.active")
    profile_ids = fields.Many2many(
        "retention.profile", string="Customers", readonly=True
    )
    move_count = fields.Integer(readonly=True)
    summary = fields.Text(readonly=True)

    @api.model
    def default_get(self, fields):
        """Try the rule before there is a dialog: undoing it empties the cache."""
        values = super().default_get(fields)
        rule = self.env["retention.journey.rule"].browse(values.get("rule_id"))
        if rule:
            rule.check_access("write")
            moves, effects = self._try(rule)
            values.update(
                profile_ids=[profile_id for profile_id, _stage in moves],
                move_count=len(moves),
                summary=self._say(rule, moves, effects),
            )
        return values

    def _try(self, rule):
        """Let a rule move customers, look what follows, and undo all of it.

        Earlier rules go first, as in a run.

        :return: ``(moves, effects)``: the customers with the stages they would
            leave, and how many alerts, policies and next moves would follow
        :raise UserError: if the filter does not work
        """
        # sudo: a rule moves all customers, whatever the manager may see
        rule = rule.sudo()
        if rule._matching_query() is None:
            raise UserError(
                self.env._("The filter of %s does not work. Mend it first.", rule.name)
            )
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                result = self._try_for_real(rule)
                raise _UndoneError
        except _UndoneError:
            return result

    def _try_for_real(self, rule):
        before = self._last_transition_id()
        rule.with_context(tracking_disable=True, mail_notrack=True).active = True
        companies = rule.company_id or self.env["res.company"].sudo().search([])
        rules = rule.search([])
        for company in companies:
            rules._move_customers(company)
        moves = self.env.execute_query(
            SQL(
                "SELECT profile_id, from_stage_id FROM retention_journey_transition"
                " WHERE id > %s AND rule_id = %s ORDER BY profile_id",
                before,
                rule.id,
            )
        )
        ids = [profile_id for profile_id, _stage in moves]
        if not ids:
            return moves, {}
        effects = self._run_on(ids)
        before = self._last_transition_id()
        for company in companies:
            rules._move_customers(company, ids)
        effects["next"] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM retention_journey_transition WHERE id > %s",
                before,
            )
        )[0][0]
        return moves, effects

    def _run_on(self, ids):
        """Do for the customers that moved what comes next in a run.

        :param list ids: of the customers
        :return: how many got another policy, how many alerts came and ended
        """
        # sudo: as a run does
        Profile = self.env["retention.profile"].sudo()
        policy = Profile._match_policies(ids)
        changed = Profile.search(
            [("id", "in", ids), ("refresh_date", "<=", fields.Date.today())]
        ).ids
        closed = Profile._refresh(changed)[1] if changed else 0
        raised = self.env["retention.alert"].sudo()._raise_contact_gaps(ids)
        return {"policy": policy, "raised": raised, "closed": closed}

    def _last_transition_id(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM retention_journey_transition")
        )[0][0]

    def _say(self, rule, moves, effects):
        if not moves:
            return self.env._("No customer would move now.")
        stages = self.env["retention.journey.stage"].with_context(active_test=False)
        counts = {}
        for _profile_id, stage_id in moves:
            counts[stage_id] = counts.get(stage_id, 0) + 1
        lines = [
            self.env._(
                "%(count)s from %(stage)s to %(target)s",
                count=count,
                stage=stages.browse(stage_id).name,
                target=rule.to_stage_id.name,
            )
            for stage_id, count in sorted(counts.items(), key=lambda item: -item[1])
        ]
        lines.append(
            self.env._("%s of them would get another contact policy", effects["policy"])
        )
        lines.append(
            self.env._(
                "%s of them would come on the To do list with the next run, as not "
                "contacted for too long",
                effects["raised"],
            )
        )
        lines.append(
            self.env._(
                "%s of them would come off the To do list with the next run, as no "
                "contact is due any more",
                effects["closed"],
            )
        )
        lines.append(
            self.env._(
                "%s of them would be moved on by another rule with the next run",
                effects["next"],
            )
        )
        return "\n".join(lines)

    def action_view_customers(self):
        """Open the customers that would move."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_profile_action"
        )
        return dict(action, domain=[("id", "in", self.profile_ids.ids)], context={})

    def action_switch_on(self):
        """Switch the rule on: the next run applies it."""
        self.ensure_one()
        self.rule_id.active = True
        return {"type": "ir.actions.act_window_close"}


class _UndoneError(Exception):
    """Ends a trial, to undo it."""


class RetentionJourneyUndo(models.TransientModel):
    """Take the last moves of a rule back as one step."""

    _name = "retention.journey.undo"
    _description = "Take Moves Back"

    rule_id = fields.Many2one("retention.journey.rule", required=True, readonly=True)
    date = fields.Datetime(string="Moved On", compute="_compute_moves", store=True)
    move_count = fields.Integer(compute="_compute_moves", store=True)
    moved_on_count = fields.Integer(compute="_compute_moves", store=True)
    summary = fields.Text(compute="_compute_summary")

    @api.depends("rule_id")
    def _compute_moves(self):
        for wizard in self:
            moves = wizard.rule_id._last_moves() or (False, 0, 0)
            wizard.date, wizard.move_count, wizard.moved_on_count = moves

    @api.depends("date", "move_count", "moved_on_count")
    @api.depends_context("lang", "tz")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = self.env._(
                "Customers moved by this rule on %(date)s: %(count)s.\n"
                "Moved on since, and stay where they are: %(moved_on)s.\n"
                "All others go back to where they were.",
                date=format_datetime(self.env, wizard.date, dt_format="short"),
                count=wizard.move_count,
                moved_on=wizard.moved_on_count,
            )

    def action_take_back(self):
        """Take the moves back and switch the rule off, so that it does not make
        them again.

        :raise UserError: if there is nothing to take back
        """
        self.ensure_one()
        self.rule_id.check_access("write")
        if not self.date:
            raise UserError(
                self.env._("%s has not moved anybody yet.", self.rule_id.name)
            )
        self.rule_id.active = False
        # sudo: a rule's moves are taken back as one, whatever the manager may see
        self.rule_id.sudo()._take_back(self.date)
        return {"type": "ir.actions.act_window_close"}


class RetentionJourneyGiveUp(models.TransientModel):
    """Where the customers of a stage go that is given up."""

    _name = "retention.journey.give.up"
    _description = "Give Up a Stage"

    stage_id = fields.Many2one("retention.journey.stage", required=True, readonly=True)
    target_id = fields.Many2one(
        "retention.journey.stage",
        string="Move Its Customers To",
        required=True,
        domain="[('id', '!=', stage_id)]",
    )

    def action_give_up(self):
        """Move the stage's customers, leads and rules, and archive it.

        :raise UserError: if the stage itself was chosen
        """
        self.ensure_one()
        stage, target = self.stage_id, self.target_id
        if stage == target:
            raise UserError(self.env._("Choose another stage for its customers."))
        stage.check_access("unlink")
        # sudo: whoever's customers they are; managers alone get here
        everywhere = self.with_context(
            active_test=False,
            retention_note=self.env._("%s was given up", stage.name),
            retention_no_chase=True,
        ).sudo()
        here = [("journey_stage_id", "=", stage.id)]
        everywhere.env["retention.profile"].search(here).write(
            {"journey_stage_id": target.id}
        )
        leads = everywhere.env["crm.lead"].search(
            [("retention_own_stage_id", "=", stage.id)]
        )
        for lead in leads:
            lead._retention_move_lead(target)
        everywhere.stage_id.active = False
        everywhere._change_rules(stage, target)
        return {"type": "ir.actions.act_window_close"}

    def _change_rules(self, stage, target):
        """Have rules speak of the other stage; those that would then move
        customers to where they are rest."""
        Rule = self.env["retention.journey.rule"]
        for rule in Rule.search(
            ["|", ("from_stage_ids", "in", stage.ids), ("to_stage_id", "=", stage.id)]
        ):
            sources = rule.from_stage_ids - stage
            if stage in rule.from_stage_ids:
                sources |= target
            goal = target if rule.to_stage_id == stage else rule.to_stage_id
            if not sources - goal:
                rule.active = False
                continue
            rule.write(
                {
                    "from_stage_ids": [(6, 0, (sources - goal).ids)],
                    "to_stage_id": goal.id,
                }
            )
