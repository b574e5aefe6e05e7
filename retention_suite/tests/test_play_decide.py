from odoo.tests import tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayDecide(PlayCase):
    """Who is asked to decide, about what, and how often."""

    def setUp(self):
        super().setUp()
        self.profile = self._customers(1)

    def _started(self, play):
        case = self._new_case(self.profile)
        play._start(case)
        return case

    def _over(self, *values, user=None, company=None):
        """Cases worth so much, whose measure has had its time."""
        user = self.seller if user is None else user
        cases = self.Winback
        for value in values:
            profile = self._customers(1, company=company)
            profile.user_id = False
            cases |= self._new_case(profile, user_id=user.id, value=value, chance=100)
        cases.write({"step": "running", "start_date": "2026-01-01 10:00:00"})
        return cases

    def test_asked_to_decide_when_the_time_is_over(self):
        case = self._started(self._new_play(delays=(), success_days=10))
        self._run_at("2026-06-25 09:59:59")
        self.assertFalse(self._asked(case, "Decide"))
        for _run in range(2):
            self._run_at("2026-06-25 10:00:00")
        activity = self._asked(case, "Decide: won back or given up?")
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(str(activity.date_deadline), "2026-06-25")
        activity.action_done()
        self._run_at("2026-06-26 10:00:00")
        self.assertFalse(self._asked(case, "Decide"), "it was asked once")

    def test_asked_to_decide_without_a_play(self):
        case = self._new_case(self.profile)
        case.write({"step": "running", "start_date": "2026-06-15 10:00:00"})
        self._run_at("2026-09-13 09:59:59")
        self.assertFalse(self._asked(case, "Decide"))
        self._run_at("2026-09-13 10:00:00")
        self.assertTrue(self._asked(case, "Decide"))

    def test_who_is_won_is_not_decided_about(self):
        case = self._started(self._new_play(delays=(), success_days=10))
        self._won(self.profile, "2026-06-25 10:00:00", 500, run=False)
        self._run_at("2026-06-26 10:00:00")
        self.assertEqual(case.result, "won")
        self.assertFalse(case.is_decision_due or case.decision_date)

    def test_another_measure_has_its_own_time(self):
        case = self._started(self._new_play(delays=(), success_days=10))
        self._run_at("2026-06-25 10:00:00")
        self.assertTrue(case.is_decision_due and case.decision_date)
        with self._at("2026-07-01 10:00:00"):
            case.write({"step": "identified"})
            self._new_play(delays=(), success_days=20)._start(case)
        self.assertFalse(case.is_decision_due or case.decision_date)
        self._run_at("2026-07-21 10:00:00")
        self.assertEqual(len(self._asked(case, "Decide")), 2)

    # ------------------------------------------------------------------
    # Many at once
    # ------------------------------------------------------------------

    def test_the_most_valuable_first_and_no_more_than_half_of_the_day(self):
        self.company.retention_daily_limit = 4
        cases = self._over(100, 300, 500, 200, 400)
        for moment, values in (
            ("2026-06-15 10:00:00", [500, 400]),
            ("2026-06-15 15:00:00", [500, 400]),
            ("2026-06-16 10:00:00", [500, 400, 300, 200]),
            ("2026-06-17 10:00:00", [500, 400, 300, 200, 100]),
        ):
            self._run_at(moment)
            asked = self._asked(cases, "Decide")
            told = sorted(
                self.Winback.browse(asked.mapped("res_id")).mapped("value"),
                reverse=True,
            )
            self.assertEqual(told, values, moment)
            self.assertEqual(asked.user_id, self.seller)
            self.assertTrue(all(cases.mapped("is_decision_due")), "marked at once")

    def test_each_person_and_company_has_an_own_day(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.company.retention_daily_limit = 2
        other.retention_daily_limit = 4
        self.seller.company_ids |= other
        for user in (self.seller, self.colleague):
            self._over(1, 2, 3, user=user)
        self._over(1, 2, 3, company=other)
        self._run_at("2026-06-15 10:00:00")
        asked = self.Winback.search([("decision_date", "!=", False)])
        self.assertEqual(
            sorted((case.company_id == other, case.user_id.login) for case in asked),
            sorted(
                [
                    (False, self.seller.login),
                    (False, self.colleague.login),
                    (True, self.seller.login),
                    (True, self.seller.login),
                ]
            ),
        )

    def test_none_where_nobody_gets_new_activities(self):
        self.company.retention_daily_limit = 0
        cases = self._over(100)
        self._run_at("2026-06-15 10:00:00")
        self.assertTrue(cases.is_decision_due)
        self.assertFalse(self._asked(cases, "Decide"))

    def test_nobodys_cases_count_for_who_is_asked(self):
        self.company.retention_daily_limit = 2
        gone = self.colleague.copy({"login": "gone"})
        cases = self._over(100, 300, user=self.env["res.users"])
        cases |= self._over(200, 400, user=gone)
        gone.active = False
        theirs = self._over(10, user=cases[0].profile_id._winback_responsible())
        self.assertTrue(theirs.user_id.active)
        mails = self.env["mail.mail"].search_count([])
        self._run_at("2026-06-15 10:00:00")
        asked = self._asked(cases | theirs, "Decide")
        self.assertEqual(
            asked.mapped("res_id"), cases.filtered(lambda case: case.value == 400).ids
        )
        self.assertEqual(asked.user_id, theirs.user_id)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_time_that_is_longer_than_before(self):
        play = self._new_play(delays=(), success_days=10)
        case = self._started(play)
        self.company.retention_daily_limit = 0
        self._run_at("2026-06-25 10:00:00")
        self.assertTrue(case.is_decision_due)
        self.env.cr.execute(
            "UPDATE retention_play SET success_days = 20 WHERE id = %s", [play.id]
        )
        self.env.invalidate_all()
        self._run_at("2026-06-26 10:00:00")
        self.assertFalse(case.is_decision_due)
        self._run_at("2026-07-05 10:00:00")
        self.assertTrue(case.is_decision_due)
        case._close("lost")
        self._run_at("2026-07-06 10:00:00")
        self.assertFalse(case.is_decision_due, "it is decided")

    def test_second_run_writes_nothing(self):
        self._over(100, 200)
        self._run_at("2026-06-15 10:00:00")
        with self._at("2026-06-15 11:00:00"):
            self.assertEqual(self.Member._ask_who_decides(), 0)
            self.assertFalse(self.Member._mark_what_is_over())

    def test_as_many_statements_for_many(self):
        self.company.retention_daily_limit = 0
        counts = []
        for count in (2, 40):
            self._over(*range(count))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Member._ask_who_decides()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
