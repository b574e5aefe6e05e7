from odoo import api, fields, models
from odoo.tools import SQL

from .gathered import gathered
from .retention_journey_stage import KINDS as STAGE_KINDS

# What a case is about, by where the customer stands.
KIND_BY_STAGE = {"dormant": "dormancy", "lost": "cancellation"}

# The cases of customers who were lost in a transaction, and whether each is new.
CHASED = "retention_suite.chased"


class RetentionProfileWinback(models.AbstractModel):
    """Winning a customer back."""

    _name = "retention.profile.winback"
    _description = "Win-back of Customers"

    winback_ids = fields.One2many("retention.winback", "profile_id", string="Win-back")
    winback_count = fields.Integer(
        string="Win-back Cases", compute="_compute_winback_count"
    )
    open_winback_id = fields.Many2one(
        "retention.winback", compute="_compute_winback_count", string="Open Win-back"
    )

    @api.depends("winback_ids.step")
    @api.depends_context("uid")
    def _compute_winback_count(self):
        cases = self.env["retention.winback"].search([("profile_id", "in", self.ids)])
        by_profile = cases.grouped("profile_id")
        for profile in self:
            own = by_profile.get(profile, cases.browse())
            profile.winback_count = len(own)
            profile.open_winback_id = own.filtered("is_open")[:1]

    def _winback_responsible(self):
        """Return who works a case of the customer: its contact person, who is asked
        if there is none, or the leader of the first sales team."""
        self.ensure_one()
        # sudo: who is responsible is no secret
        profile = self.sudo()
        people = profile.user_id | profile.contact_policy_id.fallback_user_id
        if people.filtered("active"):
            return people.filtered("active")[0].sudo(False)
        company = profile.company_id
        teams = self.env["crm.team"].sudo()
        leader = teams.search(
            [
                ("user_id", "!=", False),
                ("user_id.active", "=", True),
                ("company_id", "in", (company.id, False)),
            ],
            limit=1,
        ).user_id
        if leader and company in leader.company_ids:
            return leader.sudo(False)
        group = self.env.ref("retention_suite.group_retention_manager").sudo()
        managers = group.all_user_ids.filtered(
            lambda u: u.active and not u.share and company in u.company_ids
        )
        # the one who has been there for longest, but Odoo itself
        people = managers.filtered(lambda u: u.id != api.SUPERUSER_ID)
        return people.sorted("id")[:1].sudo(False)

    def _move_to_kind(self, kind, note=None, keep_date=None):
        """Move customers to their company's first stage of a kind, if it has any.

        :param str kind: see ``retention.journey.stage``
        :param str note: why
        :param date keep_date: until when rules leave them there

        Who is in another stage of that kind stays there. Nobody is chased: whoever
        moves them knows what is to be done.
        """
        assert kind in dict(STAGE_KINDS)
        for company, profiles in self.grouped("company_id").items():
            stage = self.env["retention.journey.stage"]._first_of_kind(kind, company)
            to_move = profiles.filtered(lambda p: p.journey_kind != kind)
            if stage and to_move:
                to_move.with_context(
                    retention_note=note or None, retention_no_chase=True
                ).write({"journey_stage_id": stage.id, "journey_keep_date": keep_date})

    @api.private
    def _move_many_to_kind(self, ids, kind, cause):
        """Move many customers to their company's first stage of a kind at once.

        :param list ids: of the customers
        :param str kind: see ``retention.journey.stage``
        :param str cause: see ``retention.journey.transition``
        :return: how many moved
        """
        if not ids:
            return 0
        self.env.flush_all()
        return self.env["retention.journey.transition"]._move(
            SQL(
                """
                SELECT p.id, stage.id AS to_id, NULL::int AS rule_id
                  FROM retention_profile p
                  LEFT JOIN retention_journey_stage now
                    ON now.id = p.journey_stage_id
                 CROSS JOIN LATERAL (
                       SELECT s.id FROM retention_journey_stage s
                        WHERE s.active AND s.kind = %(kind)s
                          AND (s.company_id IS NULL OR s.company_id = p.company_id)
                        ORDER BY s.sequence, s.id LIMIT 1) stage
                 WHERE p.id = ANY(%(ids)s)
                   AND now.kind IS DISTINCT FROM %(kind)s
                """,
                ids=list(ids),
                kind=kind,
            ),
            cause,
        )

    def _just_lost(self, old_stages):
        """Return those of some customers that have just been lost.

        A prospect was no customer yet; and who was given up in a case has been lost
        by that, or will be when the notice is over.

        :param dict old_stages: the stages that they have left, by their ids
        """
        lost = self.browse(old_stages).filtered(
            lambda p: (
                p.journey_kind == "lost"
                and old_stages[p.id].kind not in ("prospect", "lost")
            )
        )
        now = fields.Datetime.now()
        # sudo: whoever gave them up
        given_up = self.env["retention.winback"].sudo()
        given_up = given_up.search(
            [
                ("profile_id", "in", lost.ids),
                ("result", "=", "lost"),
                "|",
                ("close_date", ">", fields.Datetime.subtract(now, days=1)),
                "&",
                ("cancel_date", "!=", False),
                ("end_date", ">=", now.date()),
            ]
        )
        return lost.filtered(lambda p: p not in given_up.profile_id)

    @api.private
    def _chase(self, **vals):
        """Try to win back customers who were just lost: in a case of each something
        happens today. Cases that are open go on, and get to know what they lack.

        :param vals: what is known of the loss, for the cases
        """
        # sudo: an open case may be a colleague's
        known = self.sudo().winback_ids.filtered("is_open")
        cases = self._cases_of_loss(**vals)
        cases._do_something()
        if cases and self._is_seen():
            # a savepoint settles what was gathered: this is kept until the end
            chased = self.env.cr.postcommit.data.setdefault(CHASED, {})
            chased.update((case.id, case not in known) for case in cases)
            gathered(self.env, CHASED, set, self._tell_chased)

    def _is_seen(self):
        """Whether whoever does this looks at a screen of ours."""
        user = self.env.user
        return user.id != api.SUPERUSER_ID and user._is_internal()

    def _tell_chased(self):
        """Tell a person who has lost customers, on the screen, that each of them has a
        case now, with a button that opens it. Of several in a transaction it is one
        message: each takes the place of those before it."""
        self.env.cr.precommit.data.pop(CHASED)
        chased = self.env.cr.postcommit.data.get(CHASED, {})
        user = self.env.user
        cases = self.env["retention.winback"].with_context(lang=user.lang)
        cases = cases.browse(chased).exists()
        if not cases:
            return
        _ = cases.env._
        name = cases[0].display_name
        if len(cases) > 1:
            text = _(
                "%s customers were lost. Each has an open win-back case.", len(cases)
            )
        elif chased[cases.id]:
            text = _("A win-back case was opened for %s.", name)
        else:
            text = _("The win-back case of %s goes on.", name)
        # who works for others only does not get to the cases of colleagues
        seen = cases.with_env(cases.env(su=False))._filtered_access("read")
        user._bus_send(
            "retention_suite.notice",
            {
                "key": f"{CHASED} {next(iter(chased))}",
                "message": text,
                "button": _("Open the cases") if len(cases) > 1 else _("Open the case"),
                "action": seen._notice_action() if seen else False,
            },
        )

    @api.private
    def _let_go(self, note, **vals):
        """Note why customers were just lost whom nobody tries to win back.

        :param str note: why so
        :param vals: what is known of the loss, for the cases
        """
        self._cases_of_loss(**vals)._close("lost", note)

    def _cases_of_loss(self, reason_id=False, competitor_id=False):
        """Return the open case of each customer, made where there is none."""
        # sudo: an open case may be a colleague's; there is one of each customer
        cases = self.sudo().winback_ids.filtered("is_open")
        cases.filtered(lambda c: c.kind != "cancellation").kind = "cancellation"
        cases._note_why(reason_id, competitor_id)
        for profile in self - cases.profile_id:
            cases |= cases._open(
                profile,
                {
                    "kind": "cancellation",
                    "reason_id": reason_id,
                    "competitor_id": competitor_id,
                },
            )
        return cases

    # ------------------------------------------------------------------
    # Merged
    # ------------------------------------------------------------------

    def _absorb_winback(self, sources):
        """Take over the cases of other customers. Of several open ones the oldest
        stays and takes over what the others know, with their messages.

        :param sources: customers of the same company
        """
        cases = (self | sources).winback_ids
        first, *others = cases.filtered("is_open").sorted("open_date, id") or [cases]
        for other in others:
            first._take_over(other)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE retention_winback SET profile_id = %s, partner_id = %s"
                " WHERE profile_id = ANY(%s)",
                self.id,
                self.partner_id.id,
                sources.ids,
            )
        )
        self.env["retention.winback"].invalidate_model()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_win_back(self):
        """Open the customer's open case, made if there is none, with the play that
        fits to be started."""
        self.ensure_one()
        self.check_access("read")
        case = self.open_winback_id
        if not case:
            kind = KIND_BY_STAGE.get(self.journey_kind, "save")
            case = case._open(self, {"kind": kind})
            case.play_id = case._fitting_play()
        return case._get_records_action()

    def action_record_cancellation(self):
        """Open the dialog that records a cancellation."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.winback.cancellation"]._action_open(self)

    def action_view_winback(self):
        """Open all cases of the customer."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_winback_action_all"
        )
        if self.winback_count == 1:
            return (
                self.env["retention.winback"]
                .search([("profile_id", "=", self.id)])
                ._get_records_action()
            )
        return dict(action, domain=[("profile_id", "=", self.id)], context={})
