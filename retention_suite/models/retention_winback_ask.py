from odoo import fields, models
from odoo.exceptions import UserError


class RetentionWinbackAsk(models.AbstractModel):
    """What somebody is asked to do about a case today."""

    _name = "retention.winback.ask"
    _description = "What Is Asked about Win-back"

    is_stay_asked = fields.Boolean(
        string="Asked Whether They Stay",
        readonly=True,
        copy=False,
        help="The customer has bought although they cancelled, and somebody was asked "
        "whether they stay.",
    )
    is_decision_due = fields.Boolean(
        string="Time Is Over",
        readonly=True,
        copy=False,
        help="The measure has had its time without success: decide whether the "
        "customer is won back or given up.",
    )
    decision_date = fields.Date(
        string="Asked to Decide On",
        readonly=True,
        copy=False,
        help="The day on which somebody was asked to decide, as the time of the "
        "measure is over.",
    )

    _decision_due_idx = models.Index(
        "(user_id) WHERE is_decision_due AND decision_date IS NULL"
    )
    _decision_idx = models.Index(
        "(user_id, decision_date) WHERE decision_date IS NOT NULL"
    )

    def write(self, vals):
        if "start_date" in vals:
            # another measure has its own time
            vals = {"is_decision_due": False, "decision_date": False, **vals}
        return super().write(vals)

    def _do_something(self):
        """Have something happen in each case today: the play that fits is started,
        and somebody is asked to call wherever nothing else is due today.

        A loss is recorded whatever becomes of the play.
        """
        self._have_responsible()
        idle = self.filtered(lambda case: not case.start_date)
        for play, cases in idle.grouped(lambda case: case._fitting_play()).items():
            if play:
                cases._try_play(play)
        self.filtered(lambda case: not case._is_something_due())._call_today()

    def _have_responsible(self):
        """Give the cases that nobody works to somebody."""
        for case in self.filtered(lambda case: not case.user_id.active):
            case.user_id = case.profile_id._winback_responsible()

    def _try_play(self, play):
        """Start a play, or note in the cases why that did not work."""
        try:
            with self.env.cr.savepoint():
                play.sudo(self.env.su)._start(self)
        except UserError as error:
            text = self.env._(
                "The play %(play)s could not be started: %(reason)s",
                play=play.name,
                reason=error,
            )
            self._message_log_batch(bodies=dict.fromkeys(self.ids, text))

    def _is_something_due(self):
        """Whether somebody has to do something in the case today."""
        self.ensure_one()
        # sudo: whoever has to do it
        activities = self.sudo().activity_ids
        today = self.company_id._retention_day(fields.Datetime.now())
        return any(a.user_id.active and a.date_deadline == today for a in activities)

    def _call_today(self):
        self._ask_today(
            lambda case: (
                case.env._("Call about the cancellation")
                if case.cancel_date
                else case.env._("Ask why they left, and win them back")
            )
        )

    def _ask_whether_they_stay(self):
        """Once, when somebody who has cancelled buys."""
        self.is_stay_asked = True
        self._ask_today(
            lambda case: case.env._(
                "The customer has bought although they cancelled. Ask whether they stay"
            )
        )

    def _ask_to_decide(self):
        """Once, when the time of the measure is over."""
        now = fields.Datetime.now()
        for company, cases in self.grouped("company_id").items():
            cases.decision_date = company._retention_day(now)
        self._ask_today(lambda case: case.env._("Decide: won back or given up?"))

    def _ask_today(self, say):
        """Ask whoever is responsible for each case to call today.

        :param say: called with a case in that person's language; returns the summary
        """
        now = fields.Datetime.now()
        for case in self.with_context(mail_activity_quick_update=True):
            user = case.user_id or case.profile_id._winback_responsible()
            case.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=case.company_id._retention_day(now),
                summary=say(case.with_context(lang=user.lang)),
                user_id=user.id,
            )
