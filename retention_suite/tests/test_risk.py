from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models import retention_run_step
from .answer_common import AnswerCase
from .common import NOW
from .risk_common import RiskCase


@tagged("post_install", "-at_install")
class TestRiskFactor(RiskCase):
    """Each factor alone moves the risk by its weight, as strong as it is."""

    def test_nothing_speaks_for_leaving(self):
        self._calls(0)
        self.assertEqual(self._risk(), (0, {}))

    def test_gap_against_own_rhythm(self):
        self._calls(400, 370, 340, 310)
        self.assertEqual(self._risk(), (45, {"gap": 30, "falling": 15}))
        # 310 days are usual, 620 are twice that, and half the weight
        self._calls(0)
        self.assertEqual(self._risk(), (0, {}))

    def test_gap_rises_from_the_rhythm_to_three_times_that(self):
        self._weigh(gap=100)
        self._calls(150, 120, 90, 60)
        for days_ago, score in ((30, 0), (15, 25), (0, 50), (-15, 75), (-30, 100)):
            with self.subTest(days_ago=days_ago):
                self.assertEqual(self._risk(days_ago)[0], score)
        self.assertEqual(self._risk(-200)[0], 100, "never more than all of it")

    def test_gap_against_what_was_agreed(self):
        """Without a rhythm; and against 90 days where nobody knows what was."""
        self.policy.max_gap_days = 30
        self._calls(60)
        self._run()
        self.assertEqual(self.profile.agreed_days, 30)
        self.assertEqual(self._risk(), (15, {"gap": 15}))
        self.assertEqual(self._risk(agreed=False), (0, {}))
        self.assertEqual(self._risk(-120, agreed=False), (15, {"gap": 15}))

    def test_gap_of_who_was_never_contacted(self):
        self.assertEqual(self._risk(), (30, {"gap": 30}))
        self.assertEqual(self._risk(690), (0, {}), "known for ten days only")

    def test_short_rhythm_does_not_alarm(self):
        """Whoever is spoken to each day is not gone after three days."""
        self._calls(20, 19, 18, 17, 14)
        self.assertEqual(self._risk(), (0, {}))

    def test_newsletters_are_no_contact(self):
        self._calls(400, 370, 340, 310, 1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_touchpoint SET automated = TRUE WHERE date > %s",
            [NOW - timedelta(days=10)],
        )
        self.assertEqual(self._risk(), (45, {"gap": 30, "falling": 15}))

    def test_orders_later_than_usual(self):
        self._calls(0)
        self._buys(400, 370)
        self.assertEqual(self._risk(), (0, {}), "no rhythm yet")
        self._buys(340)
        self.assertEqual(self._risk(), (25, {"purchase": 25}))
        self.assertEqual(self._risk(280)[1]["purchase"], 13, "twice the 30 days")
        self.assertNotIn("purchase", self._risk(310)[1])

    def test_contacts_fall(self):
        self._calls(0, 150, 170)
        self.assertEqual(self._risk(), (0, {}), "two before say nothing")
        self._calls(130)
        self.assertEqual(self._risk(), (10, {"falling": 10}), "one instead of three")
        self._calls(20, 40)
        self.assertEqual(self._risk(), (0, {}))

    def test_answers_are_missing(self):
        self._calls(0)
        self._asked(2)
        self.assertEqual(self._risk(), (0, {}), "not for long enough")
        self._asked(3, number=10)
        self.assertEqual(self._risk(), (8, {"answer": 8}), "half of 15")
        self._asked(5, number=10)
        self.assertEqual(self._risk()[1]["answer"], 8, "the same conversation")
        self._asked(5, number=20)
        self.assertEqual(self._risk(), (15, {"answer": 15}))
        self.assertEqual(self._risk(-300)[1]["answer"], 15, "nobody has spoken since")
        with self._in_days(200):
            self._calls(-177)
            self.assertEqual(self._risk(-300)[1]["answer"], 8, "one 179 days before")
            self._calls(-178)
            self.assertNotIn("answer", self._risk(-300)[1], "it went on since")

    def test_handover_failed(self):
        self._calls(0)
        lead = self._new_lead(self.anna)
        handover = self._hand_over(10, 5, lead=lead)
        self.assertEqual(self._risk(), (5, {"handover": 5}))
        self.assertEqual(self._risk(6)[1].get("handover"), None, "there was time")
        self.assertEqual(self._risk(-176)[1]["handover"], 5, "nothing since")
        handover.contacted_date = NOW - timedelta(days=1)
        self.assertEqual(self._risk(), (0, {}))
        handover.write({"contacted_date": False, "closed_date": NOW, "state": "lost"})
        self.assertEqual(self._risk(), (0, {}), "nobody has to be in contact")
        handover.state = "returned"
        self.assertEqual(self._risk(), (5, {"handover": 5}))
        self.assertEqual(self._risk(2)[1]["handover"], 5, "it was late then")
        with self._in_days(200):
            self._calls(-179)
            self.assertEqual(self._risk(-200)[1]["handover"], 5, "returned on day 0")
            self._calls(-180)
            self.assertNotIn("handover", self._risk(-200)[1], "it went on since")
        self._hand_over(0, -5, lead=lead)
        self.assertEqual(self._risk(), (0, {}), "somebody else is at it")

    def test_expired_handover(self):
        self._calls(0)
        self._hand_over(10, 5, state="expired", closed_date=NOW - timedelta(days=1))
        self.assertEqual(self._risk(), (5, {"handover": 5}))

    def test_only_payment_and_service(self):
        self._calls(1, purpose="service")
        self._calls(181)
        self.assertEqual(self._risk(), (10, {"routine": 10}))
        self._calls(170)
        self.assertEqual(self._risk(), (0, {}))

    def test_payment_and_service_before_the_last_other_contact(self):
        """What was spoken about last was not that."""
        self._calls(400, purpose="service")
        self._calls(390)
        self.assertNotIn("routine", self._risk()[1])

    def test_automatic_invoices_only(self):
        """They are no contact, and still all there is."""
        self._calls(0, purpose="payment")
        self.env.flush_all()
        self.env.cr.execute("UPDATE retention_touchpoint SET automated = TRUE")
        self.assertEqual(self._risk()[1], {"gap": 30, "routine": 10})

    def test_all_at_once(self):
        """Points are whole numbers that add up to the risk, 100 at most."""
        self._calls(190, 170, 160, 150, purpose="payment")
        self._asked(150, 160)
        self._buys(400, 370, 340)
        self._hand_over(10, 5)
        self.assertEqual(
            self._risk(),
            (
                100,
                {
                    "gap": 30,
                    "purchase": 25,
                    "falling": 15,
                    "answer": 15,
                    "handover": 5,
                    "routine": 10,
                },
            ),
        )
        self.Factor.search([]).weight = 1
        score, points = self._risk()
        self.assertEqual(score, 100)
        self.assertEqual(sum(points.values()), 100)
        self.assertEqual(set(points.values()), {16, 17})


@tagged("post_install", "-at_install")
class TestRiskOfSilence(RiskCase):
    """Time that goes on without any contact makes nobody safer."""

    def _walk(self, days, profile=None):
        """The risk after so many days: ``[(score, points by factor)]``."""
        return [self._risk(-day, profile) for day in days]

    def test_fewer_contacts_stay_fewer(self):
        """However long nothing is left to compare."""
        self._weigh(falling=100)
        self._calls(0, 20, 40, 60, 80, 100, 120)
        scores = [score for score, _points in self._walk((0, 30, 90, 180, 200, 400))]
        self.assertEqual(scores, [0, 20, 80, 100, 100, 100])

    def test_total_never_falls(self):
        self._calls(1, 4, 20, 21, 35, purpose="service")
        self._calls(60, 61, 62, 140, 150, 151, 170, 185)
        self._asked(2, 90)
        self._buys(30, 60, 90)
        self._hand_over(10, 5)
        walked = self._walk((0, 30, 90, 180, 200, 400))
        scores = [score for score, _points in walked]
        self.assertEqual(scores, sorted(scores))
        self.assertLess(scores[0], scores[1])
        self.assertEqual(scores[-1], 100)
        self.assertEqual(walked[-2], walked[-1], "all of it by then")

    def test_total_never_falls_day_by_day(self):
        """A burst of contacts long ago and hardly any since, for one."""
        for number, days in enumerate(
            (
                (0, 80, *[179] * 10),
                (0, 1, 2, 100, 101, 102, 103, 104),
                (0, 89, 90, 91, 179, 180, 181),
                (0, 200, 201, 202, 203),
            )
        ):
            profile = self._known(f"Walker {number}")
            self._calls(*days, profile=profile)
            self._calls(1, profile=profile, purpose="payment")
            scores = [score for score, _points in self._walk(range(0, 420, 3), profile)]
            with self.subTest(days=days):
                self.assertEqual(scores, sorted(scores))

    def test_contact_makes_safer(self):
        self._calls(0, 20, 40)
        before, after = self._risk(-200)[0], self._risk(-201)[0]
        self.assertGreaterEqual(after, before)
        with self._in_days(201):
            self._calls(-201)
            self.assertLess(self._risk(-201)[0], before)

    def test_as_of_is_as_it_was(self):
        """The same days after the last contact, whatever has come since."""
        self._calls(400, 420, 440)
        then = self._risk(200)
        self.assertEqual(then[1]["falling"], 15)
        self._calls(10)
        self.assertEqual(self._risk(200), then)


@tagged("post_install", "-at_install")
class TestRiskAsOf(RiskCase):
    """A past risk rests on what was known then."""

    def test_later_facts_are_not_looked_at(self):
        self._calls(340, 300, 290, 280, purpose="payment")
        self._asked(280, 290)
        self._buys(500, 470, 440)
        handover = self._hand_over(270, 260)
        before = self._risk(150)
        self.assertEqual(before[0], 100)
        self._calls(140, 50)
        self._calls(50, direction="in")
        self._asked(100, number=77)
        self._buys(50)
        handover.write(
            {
                "contacted_date": NOW - timedelta(days=50),
                "closed_date": NOW - timedelta(days=45),
                "state": "passed_on",
            }
        )
        self.env.flush_all()
        self._hand_over(40, 30, lead=handover.lead_id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_touchpoint SET answered_date = %s"
            " WHERE needs_answer AND profile_id = %s",
            [NOW - timedelta(days=50), self.profile.id],
        )
        self.assertEqual(self._risk(150), before)
        self.assertLess(self._risk()[0], 40)

    def test_ended_later(self):
        handover = self._hand_over(200, 190)
        before = self._risk(150)
        self.assertEqual(before[1]["handover"], 5)
        handover.write({"closed_date": NOW, "state": "passed_on"})
        self.assertEqual(self._risk(150), before)


@tagged("post_install", "-at_install")
class TestRiskAnswer(AnswerCase):
    """Messages and answers as they come in."""

    def _waiting(self, moment):
        self.env.flush_all()
        self.env.cr.execute(
            self.env["retention.profile"]._risk_sql(self.profile.ids, moment)
        )
        return self.env.cr.dictfetchone()["risk_waiting_count"]

    def test_answer(self):
        with self._at("2026-06-15 10:30:00"):
            self._write_in()
            self._write_in(date="Mon, 15 Jun 2026 12:20:00 +0200")
            self._run()
        self.assertEqual(self._waiting("2026-06-17 23:00:00"), 0)
        self.assertEqual(self._waiting("2026-06-20 12:00:00"), 1)
        with self._at("2026-06-22 10:00:00"):
            self._post(self.lead, self.seller, self.anna)
            self._run()
        self.assertEqual(self._waiting("2026-06-20 12:00:00"), 1, "it did wait then")
        self.assertEqual(self._waiting("2026-06-23 12:00:00"), 0)


@tagged("post_install", "-at_install")
class TestRisk(RiskCase):
    """What is stored with the customer."""

    def setUp(self):
        super().setUp()
        self._weigh(gap=100)
        self._calls(150, 120, 90, 60)

    def _rows(self):
        """Where the rows stand: written ones stand elsewhere."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT ctid::text FROM retention_profile UNION ALL"
            " SELECT ctid::text FROM retention_watermark WHERE name = 'risk'"
            " UNION ALL SELECT ctid::text FROM retention_alert"
        )
        return self.env.cr.fetchall()

    def test_run(self):
        self._run()
        self.assertRecordValues(
            self.profile,
            [
                {
                    "risk_score": 50,
                    "risk_trend": 50,
                    "risk_level": "medium",
                    "risk_gap_points": 50,
                    "risk_purchase_points": 0,
                    "risk_high_date": False,
                    "risk_refresh_date": False,
                }
            ],
        )
        self.assertEqual(self.profile.risk_text, "Risk 50 of 100: contact gap +50")
        self.assertEqual(self.profile.risk_trend_text, "Risen by 50 within 30 days")
        self.assertIn("+50 of 100", self.profile.risk_table)
        self.assertIn("60 days without personal contact", self.profile.risk_table)
        self.assertIn("30 are usual", self.profile.risk_table)

    def test_second_run_writes_nothing(self):
        self._run()
        with self._at(NOW + timedelta(minutes=30)):
            before = self._rows()
            self._run()
            self.assertEqual(self._rows(), before)
            self.assertEqual(self._refresh(), 0)

    def test_rises_by_itself(self):
        self._run()
        with self._in_days(15):
            self._run()
            self.assertEqual(self.profile.risk_score, 75)
            self.assertEqual(self.profile.risk_level, "high")

    def test_falls_within_the_day(self):
        self._run()
        with self._at(NOW + timedelta(minutes=30)):
            self._log(self.profile, NOW + timedelta(minutes=10))
            self.assertTrue(self.profile.risk_refresh_date)
            self._run()
        self.assertEqual(self.profile.risk_score, 0)
        self.assertEqual(
            self.profile.risk_text, "Risk 0 of 100: nothing speaks for leaving."
        )
        self.assertEqual(self.profile.risk_trend_text, "As 30 days ago")

    def test_purchase_is_noticed_within_the_day(self):
        self._run()
        with self._at(NOW + timedelta(minutes=30)):
            lead = self._new_lead(self.anna, expected_revenue=100)
            lead.action_set_won()
            self._flush()
            self.profile._refresh_value(self.profile.ids)
            self.assertTrue(self.profile.risk_refresh_date)

    def test_falls(self):
        with self._in_days(30):
            self._calls(-20)
            self._refresh()
            self.assertEqual(self.profile.risk_trend, -50)
            self.assertIn("Fallen by 50", self.profile.risk_trend_text)

    def test_in_batches(self):
        others = self.profile
        for number in range(4):
            others |= self._known(f"Customer {number}", days=300)
        with patch.object(retention_run_step, "MEASURE_BATCH", 2):
            self._run()
        self.assertEqual(others.mapped("risk_score"), [50, 100, 100, 100, 100])

    def test_pass_goes_on_where_it_ended(self):
        others = self.profile | self._known("Dora", days=300)
        self.env["retention.journey.rule"].search([]).active = False
        self._run()
        # their being placed in their stages is a day ago
        with self._in_days(2):
            self._run()
            watermark = self.env["retention.watermark"]._get("risk")
            watermark.confirmed_id = self.profile.id
            self.env.flush_all()
            self.env.cr.execute("UPDATE retention_profile SET risk_score = 7")
            self.env.invalidate_all()
            self._run()
        self.assertEqual(others.mapped("risk_score"), [7, 100])

    def test_who_was_not_known_has_no_trend(self):
        self._weigh(routine=100)
        dora = self._known("Dora", days=20)
        self._calls(5, profile=dora, purpose="service")
        self._refresh(dora)
        self.assertEqual(dora.risk_score, 100)
        self.assertEqual(dora.risk_trend, 0)

    def test_who_left_or_never_came_has_none(self):
        Stage = self.env["retention.journey.stage"]
        self._run()
        self.env["retention.journey.rule"].search([]).active = False
        for kind in ("lost", "dormant", "prospect"):
            self.profile.journey_stage_id = Stage._first_of_kind(kind, self.company)
            self._run()
            with self.subTest(kind=kind):
                self.assertEqual(self.profile.risk_score, 0)
                self.assertEqual(self.profile.risk_gap_points, 0)
                self.assertFalse(self.profile.risk_level)
                self.assertIn("No risk", self.profile.risk_text)
            self.profile.journey_stage_id = Stage._first_of_kind("active", self.company)
            self._run()
            self.assertEqual(self.profile.risk_score, 50)
        self.profile.active = False
        with self._in_days(1):
            self._run()
        self.assertEqual(self.profile.risk_score, 0)

    def test_moves_are_noticed_within_the_day(self):
        """Whatever moves a customer: a rule, taking it back, or the run itself."""
        Stage = self.env["retention.journey.stage"]
        self.profile.journey_stage_id = Stage._first_of_kind("active", self.company)
        self._run()
        self.assertEqual(self.profile.risk_score, 50)
        rule = self.env["retention.journey.rule"].create(
            {
                "name": "Gone",
                "from_stage_ids": self.profile.journey_stage_id.ids,
                "to_stage_id": Stage._first_of_kind("dormant", self.company).id,
            }
        )
        rule._move_customers(self.company)
        self._run()
        self.assertEqual(self.profile.risk_score, 0)
        rule._take_back(NOW)
        self._run()
        self.assertEqual(self.profile.risk_score, 50)
        self.profile._move_many_to_kind(self.profile.ids, "lost", "notice")
        self._run()
        self.assertEqual(self.profile.risk_score, 0)

    def test_handover_is_noticed_within_the_day(self):
        since = NOW - timedelta(days=1)
        self.assertNotIn(self.profile.id, self.profile._risk_changed_ids(since))
        self._hand_over(10, 5)
        self.assertIn(self.profile.id, self.profile._risk_changed_ids(since))

    def test_words_of_each_factor(self):
        self._weigh(gap=30, purchase=25, falling=15, answer=15, handover=5, routine=10)
        self._calls(20, purpose="payment")
        self._asked(150, 160)
        self._buys(400, 370, 340)
        self._hand_over(10, 5)
        self.profile._measure_value(self.profile.ids)
        self._refresh()
        table = self.profile.risk_table
        self.assertIn("Last purchase 340 days ago, 30 are usual", table)
        self.assertIn("3 personal contacts in the last 90 days, 4 in 90 days", table)
        self.assertIn("wait for our answer: 2", table)
        self.assertIn("came back, or nobody", table)
        self.assertIn("Last personal contact beyond payment and service: 04", table)
        self.assertIn(
            "answers missing +15, hand-over failed +5", self.profile.risk_text
        )
        other = self._known("Dora")
        self._refresh(other)
        self.assertIn("No rhythm yet", other.risk_table)
        self.assertIn("700 days without personal contact", other.risk_table)
        self.assertIn("No personal contact beyond payment", other.risk_table)
        self.assertIn("No hand-over has failed", other.risk_table)

    def test_name_with_markup_is_no_markup(self):
        self.Factor.search([("code", "=", "gap")]).name = "<b>Gap</b>"
        self._refresh()
        self.assertIn("&lt;b&gt;Gap", self.profile.risk_table)


@tagged("post_install", "-at_install")
class TestRiskWeight(RiskCase):
    """What the factors weigh."""

    def _factor(self, code):
        return self.Factor.search([("code", "=", code)])

    def test_share_of_all_in_use(self):
        self._calls(400, 370, 340, 310)
        self._factor("gap").weight = 60
        # 60 and 15 of 130
        self.assertEqual(self._risk(), (58, {"gap": 46, "falling": 12}))
        self.assertAlmostEqual(self._factor("gap").share, 46.2)
        self._factor("purchase").active = False
        # 60 and 15 of 105
        self.assertEqual(self._risk(), (71, {"gap": 57, "falling": 14}))
        self._factor("gap").active = False
        self._factor("falling").active = False
        self.assertEqual(self._risk(), (0, {}))

    def test_nothing(self):
        with self.assertRaisesRegex(ValidationError, "add up to nothing"):
            self.Factor.search([]).weight = 0
        with self.assertRaisesRegex(ValidationError, "add up to nothing"):
            self.Factor.search([]).active = False

    def test_out_of_range(self):
        for weight in (-1, 101):
            with self.assertRefused("A weight must be between 0 and 100."):
                self._factor("gap").weight = weight
        for threshold in (0, 101):
            with self.assertRefused(
                "The risk that is called high must be between 1 and 100."
            ):
                self.company.retention_risk_threshold = threshold

    def test_next_run_counts_anew(self):
        self._calls(400, 370, 340, 310)
        # who has been silent for so long has left, unless somebody keeps it
        stage = self.env.ref("retention_suite.journey_stage_at_risk")
        self.profile.write(
            {"journey_stage_id": stage.id, "journey_keep_date": "2026-07-01"}
        )
        self._run()
        self.assertEqual(self.profile.risk_score, 45)
        self._factor("gap").weight = 60
        self._run()
        self.assertEqual(self.profile.risk_score, 58)
        self.assertEqual(self.profile.risk_level, "medium")
        self.company.retention_risk_threshold = 40
        self._run()
        self.assertEqual(self.profile.risk_level, "high")

    def test_roles(self):
        gap = self._factor("gap")
        self.profile.user_id = self.seller
        self._refresh()
        mine = self.profile.with_user(self.seller)
        self.assertEqual(mine.risk_score, 30)
        self.assertIn("contact gap +30", mine.risk_text)
        self.assertIn("+30 of 30", mine.risk_table)
        with self.assertRaises(AccessError):
            gap.with_user(self.seller).weight = 5
        with self.assertRaises(AccessError):
            mine.risk_score = 5
        with self.assertRaises(AccessError):
            gap.with_user(self.manager).unlink()
        gap.with_user(self.manager).weight = 40
        self.assertEqual(gap.weight, 40)
        self.profile.user_id = self.colleague
        with self.assertRaises(AccessError):
            mine.read(["risk_score"])

    def test_second_company(self):
        """Contacts and purchases with another company of ours are not looked at,
        and each has its own threshold."""
        second = self.env["res.company"].create({"name": "Second"})
        other = self._known("Azur", self.customer, company_id=second.id)
        self._calls(400, 370, 340, 310)
        self._calls(0, profile=other)
        second.retention_risk_threshold = 10
        self.company.retention_risk_threshold = 20
        self._refresh(self.profile | other)
        self.assertEqual(self.profile.risk_level, "high")
        self.assertEqual(other.risk_score, 0)
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        with self.assertRaises(AccessError):
            self.profile.with_user(user).read(["risk_score"])
