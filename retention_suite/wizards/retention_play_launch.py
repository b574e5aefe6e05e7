from odoo import api, fields, models
from odoo.exceptions import UserError


class RetentionPlayLaunch(models.TransientModel):
    """Start a play for the customers or cases that are ticked in a list."""

    _name = "retention.play.launch"
    _description = "Start a Play"

    profile_ids = fields.Many2many(
        "retention.profile",
        string="Customers",
        # who is archived was ticked, too
        context={"active_test": False},
    )
    company_ids = fields.Many2many("res.company", compute="_compute_customer_count")
    customer_count = fields.Integer(compute="_compute_customer_count")
    play_id = fields.Many2one(
        "retention.play",
        domain="['|', ('company_id', '=', False), ('company_id', 'in', company_ids)]",
    )
    holdout_share = fields.Integer(related="play_id.holdout_share")
    text = fields.Char(compute="_compute_text")
    # Filled by the start.
    enlist_date = fields.Datetime(string="Chosen On", readonly=True)
    to_start_count = fields.Integer(
        string="Still Wait",
        compute="_compute_progress",
        help="Customers of this start who wait to be started.",
    )
    start_progress = fields.Float(
        compute="_compute_progress", help="The share of those chosen that are done."
    )
    start_text = fields.Char(string="This Start", compute="_compute_progress")

    @api.depends("profile_ids")
    def _compute_customer_count(self):
        for wizard in self:
            wizard.customer_count = len(wizard.profile_ids)
            wizard.company_ids = wizard.profile_ids.company_id

    @api.depends("play_id", "profile_ids")
    @api.depends_context("lang")
    def _compute_text(self):
        for wizard in self:
            play, count = wizard.play_id._origin, wizard.customer_count
            counts = wizard._count_obstacles()
            fit = counts.pop(None, 0) if play else count
            parts = [self.env._("%s customers are chosen.", count)]
            if counts:
                parts.append(wizard._describe_unfit(counts))
            if play.holdout_share and fit:
                parts.append(
                    self.env._(
                        "About %s of them are left out by a fixed rule: they get "
                        "nothing from this play, and show what it does for the others.",
                        round(fit * play.holdout_share / 100),
                    )
                )
            wizard.text = " ".join(parts)

    @api.depends("enlist_date", "play_id")
    @api.depends_context("lang")
    def _compute_progress(self):
        for wizard in self:
            # sudo: whoever has started it may know how far it is
            members = self.env["retention.play.member"].sudo()
            counts = dict(
                members._read_group(wizard._started_domain(), ["state"], ["__count"])
            )
            chosen, waiting = sum(counts.values()), counts.get("waiting", 0)
            wizard.to_start_count = waiting
            wizard.start_progress = 100 * (chosen - waiting) / chosen if chosen else 0
            wizard.start_text = chosen and self.env._(
                "%(play)s: %(started)s of %(chosen)s customers done",
                play=wizard.play_id.name,
                started=chosen - waiting,
                chosen=chosen,
            )

    def _started_domain(self):
        """Who takes part by this start, addressed or left out."""
        return [
            ("play_id", "=", self.play_id.id),
            ("enlist_date", "=", self.enlist_date),
            ("create_uid", "=", self.create_uid.id),
        ]

    def _count_obstacles(self):
        """Return how many customers the play fits, and how many it does not by what
        is in the way: see ``retention.play.fit``."""
        play, profiles = self.play_id._origin, self.profile_ids._origin
        return play._count_obstacles(profiles) if play and profiles else {}

    def _describe_unfit(self, counts):
        """Say how many stay as they are, and why.

        :param dict counts: of customers, by what is in the way
        """
        reasons = ", ".join(
            f"{self.play_id._describe_obstacle(code, self.play_id.kind)}: {count}"
            for code, count in sorted(counts.items(), key=lambda item: -item[1])
        )
        return self.env._(
            "%(count)s of them stay as they are (%(reasons)s).",
            count=sum(counts.values()),
            reasons=reasons,
        )

    @api.model
    def _action_open_for(self, profiles):
        """Open the dialog.

        :raise UserError: without customers
        """
        if not profiles:
            raise UserError(self.env._("Choose at least one customer."))
        wizard = self.create({"profile_ids": [fields.Command.set(profiles.ids)]})
        return wizard._action_open()

    def _action_open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Start a Play"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            # what comes after a notification goes to the browser as it is
            "views": [(False, "form")],
            "target": "new",
        }

    def action_start(self):
        """Choose who takes part; the starting follows by itself. As long as it does,
        the dialog shows how far it is.

        :raise UserError: without a play
        """
        self.ensure_one()
        if not self.play_id:
            raise UserError(self.env._("Choose a play."))
        counts = self._count_obstacles()
        counts.pop(None, None)
        now = fields.Datetime.now()
        chosen, left_out = self.play_id._enlist(self.profile_ids, now)
        if chosen:
            self.enlist_date = now
        self.invalidate_recordset(["to_start_count"])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if chosen else "warning",
                "sticky": not chosen,
                "message": self._describe(chosen, left_out, counts),
                "next": self._action_open()
                if self.to_start_count
                else {"type": "ir.actions.act_window_close"},
            },
        }

    def action_look_again(self):
        """Show how far the starting is by now."""
        self.ensure_one()
        return self._action_open()

    def action_view_customers(self):
        """Open the customers of this start: who waits, who was addressed and who is
        left out."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_play_member_action"
        )
        return dict(action, name=self.play_id.name, domain=self._started_domain())

    def _describe(self, chosen, left_out, counts):
        parts = []
        if chosen:
            parts.append(
                self.env._(
                    "%(play)s starts for %(count)s customers.",
                    play=self.play_id.name,
                    count=chosen - left_out,
                )
            )
        if left_out:
            parts.append(self.env._("%s are left out to see what it does.", left_out))
        if counts:
            parts.append(self._describe_unfit(counts))
        return " ".join(parts)
