from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from .attempt import attempt
from .gathered import gathered

PENDING = "retention_suite.leads"
# What may end a hand-over, or show who works on the lead.
WATCHED = {"user_id", "partner_id", "stage_id", "active", "probability"}


class CrmLeadHandover(models.AbstractModel):
    """Hand-overs follow from who has the lead before and after a transaction:
    however many steps a conversion, a merge or an assignment takes, each lead
    is handed over once, and a thousand leads are as many rows of one insert."""

    _name = "crm.lead.handover"
    _description = "Hand-overs of Leads"

    # Written together with the salesperson: where the two differ, somebody was
    # made the salesperson past Odoo, and a run begins the hand-over.
    retention_known_user_id = fields.Many2one(
        "res.users",
        string="Salesperson Known to Retention",
        # read where it is asked for, not with every lead
        prefetch="retention",
        compute="_compute_retention_known_user_id",
        store=True,
        groups="retention_suite.group_retention_manager",
    )
    retention_handover_ids = fields.One2many(
        "retention.handover",
        "lead_id",
        string="Hand-overs",
        groups="retention_suite.group_retention_user",
    )
    retention_handover_count = fields.Integer(
        compute="_compute_retention_handover",
        groups="retention_suite.group_retention_user",
    )
    retention_handover_id = fields.Many2one(
        "retention.handover",
        string="Last Hand-over",
        compute="_compute_retention_handover",
        search="_search_retention_handover_id",
        groups="retention_suite.group_retention_user",
    )
    retention_handover_text = fields.Char(
        related="retention_handover_id.status_text",
        groups="retention_suite.group_retention_user",
    )
    retention_handover_state = fields.Selection(
        string="Hand-over State",
        related="retention_handover_id.state",
        groups="retention_suite.group_retention_user",
    )
    retention_handover_late = fields.Boolean(
        related="retention_handover_id.is_late",
        groups="retention_suite.group_retention_user",
    )
    retention_may_accept = fields.Boolean(
        related="retention_handover_id.may_accept",
        groups="retention_suite.group_retention_user",
    )
    retention_may_return = fields.Boolean(
        related="retention_handover_id.may_return",
        groups="retention_suite.group_retention_user",
    )
    retention_may_take_back = fields.Boolean(
        related="retention_handover_id.may_take_back",
        groups="retention_suite.group_retention_user",
    )
    retention_may_pass_on = fields.Boolean(
        related="retention_handover_id.may_pass_on",
        groups="retention_suite.group_retention_user",
    )

    _retention_unknown_idx = models.Index(
        "(id) WHERE user_id IS DISTINCT FROM retention_known_user_id"
    )

    def _auto_init(self):
        self._retention_know_users()
        return super()._auto_init()

    def _retention_know_users(self):
        """Nobody is handed the leads over that they had before there were
        hand-overs: the new column begins with the salespeople of now."""
        cr, name = self.env.cr, "retention_known_user_id"
        if self._auto and not column_exists(cr, self._table, name):
            create_column(cr, self._table, name, "integer")
            cr.execute(
                "UPDATE crm_lead SET retention_known_user_id = user_id"
                " WHERE user_id IS NOT NULL"
            )

    @api.depends("user_id")
    def _compute_retention_known_user_id(self):
        for lead in self:
            lead.retention_known_user_id = lead.user_id

    @api.depends("user_id", "retention_handover_ids")
    @api.depends_context("uid")
    def _compute_retention_handover(self):
        # who was just given it sees so before the transaction ends
        self._retention_settle()
        counts = {
            lead.id: (count, last_id)
            for lead, count, last_id in self.env["retention.handover"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["__count", "id:max"]
            )
        }
        for lead in self:
            count, last_id = counts.get(lead._origin.id, (0, False))
            lead.retention_handover_count = count
            lead.retention_handover_id = last_id

    def _search_retention_handover_id(self, operator, value):
        # any of them: whatever depends on one looks at its lead
        return [("retention_handover_ids", operator, value)]

    def _retention_last_handover(self):
        return self.env["retention.handover"].search(
            [("lead_id", "=", self.id)], order="id desc", limit=1
        )

    def _retention_is_pending(self):
        return self.active and self.won_status == "pending"

    def _retention_company(self):
        """Return the company a lead belongs to; see ``_retention_company_sql``."""
        self.ensure_one()
        Company = self.env["res.company"]
        return (
            self.company_id
            or self.user_id.company_id
            or self.partner_id.company_id
            or Company.browse(self.env["retention.touchpoint"]._main_company_id())
        )

    # ------------------------------------------------------------------
    # What happens to leads
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        # Data files tell of a past of which nobody waits for the next step.
        if not self.env.context.get("install_mode"):
            for lead in leads.filtered("user_id"):
                if lead.user_id != self.env.user:
                    lead._retention_note_change(user_id=False, team_id=False)
        return leads

    def write(self, vals):
        if WATCHED.isdisjoint(vals):
            return super().write(vals)
        acts = "stage_id" in vals
        for lead in self:
            if "user_id" in vals:
                # sudo: who has it does not matter
                lead_sudo = lead.sudo()
                lead._retention_note_change(
                    acts, user_id=lead_sudo.user_id.id, team_id=lead_sudo.team_id.id
                )
            else:
                lead._retention_note_change(acts)
        return super().write(vals)

    def unlink(self):
        # what was to do for a lead goes with it
        for lead in self:
            lead._retention_note_change()
        return super().unlink()

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        if any(lead._retention_has_changed_hands() for lead in self | opportunities):
            self._retention_settle()
        # sudo: who may merge leads merges what belongs to them
        self.env["retention.handover"].sudo()._move_to(self, opportunities)
        if not self.user_id:
            # one of them had it before: that it gets the other's is no hand-over
            previous = opportunities.user_id[:1]
            self._retention_note_change(user_id=previous.id, team_id=self.team_id.id)
        return result

    # ------------------------------------------------------------------
    # Settled at the end of the transaction
    # ------------------------------------------------------------------

    def _retention_note_change(self, acted=False, **before):
        """Note a change, to be settled just before the transaction is committed.

        :param bool acted: whether it shows that the user works on the lead
        :param before: who had it before, if that may change
        """
        pending = self._retention_pending()
        change = pending.setdefault(self.id, {"acted": set()})
        if acted:
            change["acted"].add(self.env.uid)
        for name, value in before.items():
            change.setdefault(name, value)
        if before or "uid" not in change:
            change.update(uid=self.env.uid, date=fields.Datetime.now())

    def _retention_has_changed_hands(self):
        """Whether it was given to somebody in this transaction."""
        change = self.env.cr.precommit.data.get(PENDING, {}).get(self.id, {})
        # sudo: who has it does not matter
        user_id = self.sudo().user_id.id
        return change.get("user_id", user_id) != user_id

    def _retention_pending(self):
        # sudo: hand-overs follow from what was done, whoever did it
        return gathered(
            self.env, PENDING, dict, lambda: self.sudo().browse()._retention_settle()
        )

    def _retention_settle(self):
        """Let hand-overs follow what happened to leads in this transaction."""
        changes = self.env.cr.precommit.data.pop(PENDING, None)
        if not changes:
            return
        # sudo: see above
        handover = self.env["retention.handover"].sudo()
        follow = partial(handover._follow_leads, changes)
        if not attempt(self.env, "Hand-overs of leads", follow):
            self._retention_leave_to_run(changes)

    def _retention_leave_to_run(self, changes):
        """Have a run find whom leads were given to; see
        ``retention_known_user_id``. Who took a lead was handed nothing.

        :param dict changes: by lead id, as noted
        """
        given = [
            (lead_id, change["user_id"] or None, change["uid"])
            for lead_id, change in changes.items()
            if "user_id" in change
        ]
        if given:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE crm_lead l SET retention_known_user_id = v.user_id
                      FROM unnest(%s::int[], %s::int[], %s::int[])
                           v(id, user_id, actor_id)
                     WHERE l.id = v.id AND l.user_id IS DISTINCT FROM v.actor_id
                    """,
                    *(list(column) for column in zip(*given, strict=True)),
                )
            )
            self.env["crm.lead"].invalidate_model(["retention_known_user_id"])

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_retention_hand_over(self):
        """Open the dialog that asks to whom."""
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_handover_pass_action"
        )
        return dict(action, context={"default_lead_ids": self.ids})

    def action_retention_accept(self):
        """Accept the lead."""
        return self.retention_handover_id.action_accept()

    def action_retention_return(self):
        """Open the dialog that asks why it goes back."""
        return self.retention_handover_id.action_return()

    def action_retention_take_back(self):
        """Take the lead back from whom it was handed to."""
        return self.retention_handover_id.action_take_back()

    def action_retention_handovers(self):
        """Open all hand-overs of the lead."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_handover_action_all"
        )
        return dict(action, domain=[("lead_id", "=", self.id)], context={})
