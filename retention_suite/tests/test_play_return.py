from odoo.tests import tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayReturn(PlayCase):
    """Who came back is seen from facts, for both groups alike."""

    def setUp(self):
        super().setUp()
        self.profile = self._customers(1)

    def _started(self, play=None, profile=None):
        case = self._new_case(profile or self.profile)
        (play or self._new_play(delays=()))._start(case)
        return case

    def _member(self, profile=None):
        return self.Member.search([("profile_id", "=", (profile or self.profile).id)])

    def test_purchase_wins_the_case(self):
        case = self._started()
        self._won(self.profile, "2026-07-01 10:00:00", 500)
        self._run_at("2026-07-02 10:00:00")
        self.assertRecordValues(case, [{"step": "loyalty", "result": "won"}])
        self.assertEqual(str(case.close_date), "2026-07-01 10:00:00")
        self.assertIn("facts", case.result_note)
        member = self._member()
        self.assertEqual(str(member.returned_date), "2026-07-01 10:00:00")
        self.assertEqual((member.revenue, member.state), (500, "running"))

    def test_all_purchases_in_time_are_revenue(self):
        self._started()
        for moment, revenue in (
            ("2026-06-15 09:00:00", 1),
            ("2026-07-01 10:00:00", 500),
            ("2026-09-13 10:00:00", 70),
            ("2026-09-13 10:00:01", 1000),
        ):
            self._won(self.profile, moment, revenue)
        self._run_at("2026-09-20 10:00:00")
        self.assertEqual((self._member().revenue, self._member().state), (570, "done"))

    def test_won_without_an_amount(self):
        case = self._started()
        self._won(self.profile, "2026-07-01 10:00:00", 0)
        self._run_at("2026-07-02 10:00:00")
        self.assertEqual(case.result, "won")
        self.assertEqual(self._member().revenue, 0)
        self.assertTrue(self._member().returned_date)

    def test_too_late(self):
        play = self._new_play(delays=(), success_days=10)
        case = self._started(play)
        self._won(self.profile, "2026-06-25 10:00:01", 500)
        self._run_at("2026-06-26 10:00:00")
        self.assertEqual(case.step, "running")
        self.assertFalse(self._member().returned_date)
        self.assertEqual(self._member().state, "done")

    def test_before_the_start(self):
        self._won(self.profile, "2026-06-15 09:00:00", 500)
        case = self._started()
        self._run_at("2026-06-16 10:00:00")
        self.assertEqual(case.step, "running")

    def test_case_without_a_play(self):
        case = self._new_case(self.profile)
        case.write({"step": "running", "start_date": "2026-06-15 10:00:00"})
        late = self._new_case(self._customers(1))
        late.write({"step": "running", "start_date": "2026-06-15 10:00:00"})
        self._won(self.profile, "2026-09-13 10:00:00", 500)
        self._won(late.profile_id, "2026-09-13 10:00:01", 500)
        self._run_at("2026-09-14 10:00:00")
        self.assertEqual(case.result, "won")
        self.assertEqual(late.step, "running")

    def test_case_without_a_measure(self):
        case = self._new_case(self.profile)
        self._won(self.profile, "2026-07-01 10:00:00", 500)
        self._run_at("2026-07-02 10:00:00")
        self.assertEqual(case.step, "identified")

    def test_old_contract_goes_on_by_itself(self):
        """The next period of what was agreed on before says nothing; that of a new
        contract counts."""
        monthly = self.env["crm.recurring.plan"].create(
            {"name": "Every month", "number_of_months": 1}
        )

        def signed(moment, profile, revenue):
            with self._at(moment):
                self._new_lead(
                    profile.partner_id,
                    recurring_revenue=revenue,
                    recurring_plan=monthly.id,
                ).action_set_won()
                self._flush()
                self._run()

        other = self._customers(1)
        signed("2026-06-01 10:00:00", self.profile, 10)
        old, new = self._started(), self._started(profile=other)
        signed("2026-06-20 10:00:00", other, 30)
        self._run_at("2026-08-01 12:00:00")
        self.assertEqual(old.step, "running")
        self.assertEqual(self._member().revenue, 0)
        self.assertEqual(new.result, "won")
        self.assertEqual(self._member(other).revenue, 60)

    def test_left_out_are_watched_alike(self):
        profiles = self._customers(20)
        play = self._new_play(delays=(), holdout_share=50)
        play._enlist(profiles)
        left = play._left_out(profiles)
        treated = profiles - left
        for profile in (left[0], treated[0]):
            self._won(profile, "2026-07-01 10:00:00", 300)
        self._run_at("2026-07-02 10:00:00")
        for profile in (left[0], treated[0]):
            member = self._member(profile)
            self.assertEqual(member.revenue, 300)
            self.assertEqual(str(member.returned_date), "2026-07-01 10:00:00")
        self._run_at("2026-09-14 10:00:00")
        members = self.Member.search([("play_id", "=", play.id)])
        self.assertEqual(set(members.mapped("state")), {"done"})
        self.assertEqual(len(members.filtered("returned_date")), 2)

    def test_purchase_that_was_none_after_all(self):
        self._started()
        lead = self._won(self.profile, "2026-07-01 10:00:00", 300)
        self._run_at("2026-07-02 10:00:00")
        with self._at("2026-07-03 10:00:00"):
            lead.unlink()
            self._flush()
        self._run_at("2026-07-03 11:00:00")
        self.assertFalse(self._member().returned_date)
        self.assertEqual(self._member().revenue, 0)

    def test_second_run_writes_nothing(self):
        self._started()
        self._won(self.profile, "2026-07-01 10:00:00", 300)
        self._run_at("2026-07-02 10:00:00")
        with self._at("2026-07-02 11:00:00"):
            self.assertEqual(self.Member._note_returns(), 0)
            self.assertEqual(self.Member._win_returned(), 0)

    def test_as_many_statements_for_many(self):
        play = self._new_play(delays=())
        profiles = self._customers(40)
        play._insert_members(profiles.ids, "running")
        counts = []
        for some in (profiles[:2], profiles[2:]):
            for profile in some:
                self._won(profile, "2026-07-01 10:00:00", 10, run=False)
            with self._at("2026-07-02 10:00:00"):
                self.env["retention.value.event"]._sync(some.ids)
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                self.assertEqual(self.Member._note_returns(), len(some))
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_purchase_in_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        case = self._started()
        with self._at("2026-07-01 10:00:00"):
            lead = self._new_lead(
                self.profile.partner_id, expected_revenue=500, company_id=other.id
            )
            lead.action_set_won()
            zero = self._new_lead(self.profile.partner_id, company_id=other.id)
            zero.action_set_won()
            self._flush()
        self._run_at("2026-07-02 10:00:00")
        self.assertEqual(case.step, "running")

    # ------------------------------------------------------------------
    # Somebody is asked
    # ------------------------------------------------------------------

    def _cancelled(self):
        """Cancelled on 15 June, until 15 July; a measure runs."""
        self._new_play(delays=(), kind="cancellation")
        case = self.Winback._cancel(self.profile)[0]
        self.assertEqual(case.step, "running")
        return case

    def test_cancellation_stands_though_they_buy(self):
        case = self._cancelled()
        self._won(self.profile, "2026-07-01 10:00:00", 500)
        for _run in range(2):
            self._run_at("2026-07-02 10:00:00")
        self.assertTrue(case.is_open)
        activity = self._asked(case, "bought although they cancelled")
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(str(activity.date_deadline), "2026-07-01")
        activity.action_done()
        self._won(self.profile, "2026-07-03 10:00:00", 500)
        self.assertFalse(self._asked(case, "bought"), "it was asked once")
        # 22:00 in UTC is midnight here
        self._won(self.profile, "2026-07-15 21:59:59", 500)
        self._run_at("2026-07-16 10:00:00")
        self.assertTrue(case.is_open)
        self.assertEqual(self.profile.journey_kind, "lost")
        self._won(self.profile, "2026-07-15 22:00:00", 500, run=False)
        self._run_at("2026-07-16 11:00:00")
        self.assertEqual(case.result, "won")
        self.assertEqual(str(case.close_date), "2026-07-15 22:00:00")
        self.assertEqual(self.profile.journey_kind, "recovered")
        self._run_at("2026-07-17 11:00:00")
        self.assertFalse(case.is_lost_again)

    def test_bought_before_they_cancelled(self):
        """It says nothing about whether they stay."""
        with self._at("2026-06-10 10:00:00"):
            case = self._started()
        self._won(self.profile, "2026-06-12 10:00:00", 500, run=False)
        self.Winback._cancel(self.profile)
        self._run_at("2026-06-16 10:00:00")
        self.assertTrue(case.is_open)
        self.assertFalse(self._asked(case, "bought"))
