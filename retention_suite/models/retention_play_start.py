from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date


class RetentionPlayStart(models.AbstractModel):
    """Starting a play in some win-back cases: who takes part is noted, and what is to
    be done is planned."""

    _name = "retention.play.start"
    _description = "Starting a Play"

    @api.private
    def _start(self, cases):
        """Start the play for some win-back cases at once.

        Cases that are closed or in which a measure is running stay as they are,
        so that a second click starts nothing. So do those of customers whom the
        play leaves out.

        :param cases: ``retention.winback``
        :return: the cases in which it was started
        :raise UserError: if nobody would do anything in the play, or it is for other
            cases
        """
        self.ensure_one()
        self._check_content()
        cases.check_access("write")
        # sudo: figures of the play are kept by its own steps only
        play, cases = self.sudo(), cases.sudo()
        cases = cases.filtered(lambda c: c.step in ("identified", "reason"))
        if not cases:
            return cases.sudo(False)
        play._check_startable(cases)
        cases.lock_for_update()
        left_out = play._left_out(cases.profile_id)
        play._insert_members(cases.profile_id.ids, "running")
        started = cases.filtered(lambda c: c.profile_id not in left_out)
        play._begin(started)
        play._tell_left_out(cases - started)
        return started.sudo(False)

    def _tell_left_out(self, cases):
        """Note in cases why nothing happens in them."""
        if cases:
            text = self.env._(
                "The play %(play)s leaves this customer out, to see what it does. "
                "Please do nothing special until %(day)s.",
                play=self.name,
                day=format_date(self.env, self._end_date(fields.Datetime.now())),
            )
            cases._message_log_batch(bodies=dict.fromkeys(cases.ids, text))

    def _begin(self, cases):
        """Have the play run in some cases: activities and planned messages."""
        if not cases:
            return
        now = fields.Datetime.now()
        cases.write({"play_id": self.id, "step": "running", "start_date": now})
        for case in cases:
            if self.offer and not case.offer:
                lang = case.partner_id.lang
                case.offer = self.with_context(lang=lang).offer
        free = cases.filtered(lambda c: not c.offer_cost)
        for company, own in free.grouped("company_id").items():
            own.offer_cost = self._in_currency_of(company, self.offer_cost)
        self._plan_activities(cases)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_play_member m
                   SET case_id = c.id, cost = COALESCE(c.offer_cost, m.cost)
                  FROM retention_winback c
                 WHERE c.id = ANY(%s) AND m.profile_id = c.profile_id
                   AND m.play_id = %s AND m.state IN ('waiting', 'running')
                """,
                cases.ids,
                self.id,
            )
        )
        self.env["retention.play.sending"]._plan(cases)
        self.env["retention.play.member"].invalidate_model()

    def _plan_activities(self, cases):
        """Make the activities of the play's plan, each for the customer's contact
        person unless the plan names somebody."""
        values = []
        model_id = self.env["ir.model"]._get_id("retention.winback")
        fallback = self._launcher()
        for case in cases:
            today = case.company_id._retention_day(fields.Datetime.now())
            for template in self.activity_plan_id.template_ids:
                found = template._determine_responsible(fallback, case)
                values.append(
                    {
                        "res_model_id": model_id,
                        "res_id": case.id,
                        "activity_type_id": template.activity_type_id.id,
                        "summary": template.summary,
                        "note": template.note,
                        "user_id": found["responsible"].id,
                        "date_deadline": template._get_date_deadline(today),
                        "automated": True,
                    }
                )
        # one mail for each of them to everybody would be too many
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            values
        )

    def _launcher(self):
        """Who does what nobody is responsible for: whoever starts the play."""
        user = self.env.user
        if user._is_internal() and not user._is_superuser():
            return user
        creator = self.create_uid
        return creator if creator._is_internal() and creator.active else user.browse()

    def _insert_members(self, profile_ids, state, now=None):
        """Note who takes part, in one statement.

        :param list profile_ids: of the customers
        :param str state: ``waiting`` for their start or ``running``
        :param datetime now: when they are chosen, if not in this second
        :return: list of the groups that they fell into
        """
        self.env.flush_all()
        now = now or fields.Datetime.now()
        running = state == "running"
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO retention_play_member (
                       play_id, profile_id, company_id, "group", state, enlist_date,
                       start_date, end_date, cost, revenue,
                       create_uid, create_date, write_uid, write_date)
                SELECT %(play)s, p.id, p.company_id,
                       CASE WHEN %(left_out)s THEN 'left_out' ELSE 'treated' END,
                       %(state)s, %(now)s, %(start)s, %(end)s,
                       CASE WHEN %(left_out)s THEN 0 ELSE p.cost END, 0,
                       %(uid)s, %(moment)s, %(uid)s, %(moment)s
                  FROM (%(candidates)s) p
                 WHERE (%(fits)s)
                 ORDER BY p.id
                    ON CONFLICT DO NOTHING
             RETURNING "group"
                """,
                play=self.id,
                left_out=self._left_out_sql(SQL("p.partner_id")),
                state=state,
                now=now,
                start=now if running else None,
                end=self._end_date(now) if running else None,
                uid=self.env.uid,
                moment=self.env.cr.now(),
                candidates=self._candidates_sql(profile_ids),
                fits=SQL("TRUE") if running else SQL("p.obstacle IS NULL"),
            )
        )
        groups = [row[0] for row in self.env.cr.fetchall()]
        self.env["retention.play.member"].invalidate_model()
        self.invalidate_recordset(["member_ids", "start_text", "started_count"])
        return groups

    def _end_date(self, start):
        return fields.Datetime.add(start, days=self.success_days)
