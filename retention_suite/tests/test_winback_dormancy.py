from datetime import timedelta

from lxml import etree

from odoo.tests import tagged

from .common import NOW
from .winback_common import WinbackCase


@tagged("post_install", "-at_install")
class TestWinbackDormancy(WinbackCase):
    """Who left silently is proposed; only what a test says is dormant is."""

    def setUp(self):
        super().setUp()
        self.env["retention.journey.rule"].search([]).active = False
        dormant = self.env["retention.profile"].search(
            [("journey_kind", "=", "dormant")]
        )
        dormant.journey_stage_id = self._stage("active")
        self.company.retention_winback_limit = 2

    def _propose(self, company=None):
        """Cases that are proposed now, in the order to work in."""
        before = self.Case.search([])
        proposed = self.Case._propose()
        cases = self.Case.search([]) - before
        self.assertEqual(len(cases), proposed)
        return cases

    def test_best_value_times_chance_first(self):
        small = self._customer("Small", self.seller, value=100)
        self._customer("Nothing", self.seller, value=1)
        great = self._customer("Great", self.seller, value=900)
        cases = self._propose()
        self.assertEqual(cases.profile_id, great | small)
        case = cases[0]
        self.assertEqual(case.kind, "dormancy")
        self.assertEqual(case.step, "identified")
        self.assertEqual(case.user_id, self.seller)
        self.assertEqual((case.value, case.chance), (900, 50))
        self.assertEqual(case.priority_value, 450)
        self.assertTrue(case.is_proposed)
        self.assertEqual(case.partner_id, great.partner_id)
        self.assertEqual(case.company_id, self.company)
        self.assertEqual(case.open_date, NOW)
        self.assertFalse(self._propose(), "both places are taken")

    def test_worth_what_it_last_bought(self):
        """Who has been silent for a year and more has bought nothing in it."""
        profile = self._customer("Once great", self.seller)
        with self._at(NOW - timedelta(days=500)):
            lead = self._new_lead(
                profile.partner_id, self.seller, expected_revenue=1000
            )
            lead.action_set_won()
            self._flush()
        profile._refresh_value(profile.ids)
        self.assertEqual(profile.customer_value, 0)
        self.assertGreater(profile.winback_value, 0)
        case = self._propose()
        self.assertEqual(case.value, profile.winback_value)
        self.assertGreater(case.priority_value, 0)
        case._close("lost", "No reply")
        by_hand = self._case(profile)
        self.assertEqual(by_hand.value, profile.winback_value)

    def test_chance_beats_value(self):
        """Value times chance: long silent is less likely."""
        with self._at(NOW - timedelta(days=900)):
            old = self._customer("Old", self.seller, value=500)
        fresh = self._customer("Fresh", self.seller, value=300)
        self.company.retention_winback_limit = 1
        self.assertEqual(self._propose().profile_id, fresh)
        self.company.retention_winback_limit = 2
        case = self._propose()
        self.assertEqual(case.profile_id, old)
        self.assertEqual(case.chance, 10, "90 of 900 days")

    def test_chance_is_called_no_probability(self):
        self.env["res.lang"]._activate_lang("de_DE")
        for lang in ("en_US", "de_DE"):
            cases = self.Case.with_context(lang=lang)
            names = [field["string"] for field in cases.fields_get().values()]
            for view_type in ("form", "list", "kanban", "search"):
                arch = etree.fromstring(cases.get_view(view_type=view_type)["arch"])
                names += arch.xpath("//@string") + arch.xpath("//text()")
            for name in names:
                self.assertNotRegex(name.lower(), "probab|likel|wahrsch")

    def test_own_rhythm(self):
        profile = self._customer("Rhythm", self.seller)
        for days in (420, 410, 400, 390):
            self._log(profile, NOW - timedelta(days=days))
        self.env.flush_all()
        profile.invalidate_recordset()
        self.assertEqual(profile.rhythm_days, 10)
        self.assertEqual(self._propose().chance, 3, "10 of 390 days")

    def test_each_person_has_own_places(self):
        for name in ("A", "B", "C"):
            for user in (self.seller, self.colleague, None):
                self._customer(f"{name} {user}", user)
        cases = self._propose()
        for user in (self.seller, self.colleague, self.env["res.users"]):
            self.assertEqual(len(cases.filtered(lambda c, u=user: c.user_id == u)), 2)

    def test_nobodys_count_for_who_is_asked(self):
        self.policy.fallback_user_id = self.manager
        profile = self._customer("Nobody's")
        profile.contact_policy_id = self.policy
        self.assertEqual(self._propose().user_id, self.manager)

    def test_none_with_limit_zero(self):
        self._customer("A", self.seller)
        self.company.retention_winback_limit = 0
        self.assertFalse(self._propose())

    def test_closed_cases_make_room(self):
        first = self._customer("First", self.seller, value=300)
        self._customer("Second", self.seller, value=200)
        third = self._customer("Third", self.seller, value=100)
        cases = self._propose()
        cases.filtered(lambda c: c.profile_id == first)._close("lost", "No reply")
        self.assertEqual(self._propose().profile_id, third)

    def test_measures_that_had_their_time_take_no_place(self):
        self.company.retention_winback_limit = 1
        play = self._play(success_days=10)
        self._customer("First", self.seller, value=300)
        case = self._propose()
        play._start(case)
        second = self._customer("Second", self.seller, value=200)
        self.assertFalse(self._propose())
        with self._at(NOW + timedelta(days=10)):
            self.assertEqual(self._propose().profile_id, second)

    def test_other_kinds_take_no_place(self):
        self._case(self._customer("Risk", self.seller, kind="at_risk"))
        self._case(self._customer("Risk 2", self.seller, kind="at_risk"))
        self.assertTrue(self._customer("A", self.seller))
        self.assertEqual(len(self._propose()), 1)

    def test_only_the_dormant(self):
        for kind in ("active", "at_risk", "lost", "recovered"):
            self._customer(kind, self.seller, kind=kind)
        away = self._customer("Away", self.seller)
        away.active = False
        self.assertFalse(self._propose())

    def test_not_who_is_in_work(self):
        self._case(self._customer("A", self.seller), kind="save")
        self.assertFalse(self._propose())

    def test_not_who_was_given_up(self):
        profile = self._customer("A", self.seller)
        self._propose()._close("lost", "No reply")
        self._put(profile, "dormant")
        self.assertFalse(self._propose())
        with self._at(NOW + timedelta(days=1)):
            lead = self._new_lead(profile.partner_id, self.seller, expected_revenue=100)
            lead.action_set_won()
            self._flush()
            self._run()
            self._put(profile, "dormant")
            self._run()
        self.assertTrue(profile.open_winback_id, "it has bought since then")

    def test_not_who_was_lost_again(self):
        profile = self._customer("A", self.seller)
        case = self._propose()
        case._close("won", "Came back")
        with self._at(NOW + timedelta(days=30)):
            self._put(profile, "dormant")
            self._run()
            self.assertTrue(case.is_lost_again)
            self._run()
        self.assertEqual(profile.winback_ids, case)

    def test_the_run_proposes_once(self):
        for number in range(5):
            self._customer(f"Number {number}", self.seller)
        figures = self._run()
        self.assertEqual(figures["proposed_count"], 2)
        self.assertEqual(self._run().get("proposed_count", 0), 0)
        run = self.Run.search([], limit=1)
        self.assertEqual(run.proposed_count, 2)

    def test_one_statement_for_all(self):
        self.company.retention_winback_limit = 1000
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH partner AS (
                INSERT INTO res_partner (name, active, type)
                SELECT 'Mass ' || n, TRUE, 'contact'
                  FROM generate_series(1, 500) n RETURNING id)
            INSERT INTO retention_profile (
                   partner_id, company_id, active, start_date, journey_stage_id,
                   winback_value)
            SELECT id, %s, TRUE, %s, %s, id FROM partner
            """,
            [self.company.id, NOW - timedelta(days=400), self._stage("dormant").id],
        )
        before = self.env.cr.sql_log_count
        self.assertEqual(self.Case._propose(), 500)
        self.assertLess(self.env.cr.sql_log_count - before, 3)

    def test_two_companies_with_two_currencies(self):
        other = self.env.ref("base.EUR")
        if self.company.currency_id == other:
            other = self.env.ref("base.USD")
        other.active = True
        second = self.env["res.company"].create(
            {
                "name": "Second",
                "currency_id": other.id,
                "retention_winback_limit": 1,
            }
        )
        self.seller.company_ids |= second
        for name in ("A", "B", "C"):
            self._customer(f"First {name}", self.seller)
            self._customer(f"Second {name}", self.seller, company=second)
        cases = self._propose()
        ours = cases.filtered(lambda c: c.company_id == self.company)
        theirs = cases - ours
        self.assertEqual((len(ours), len(theirs)), (2, 1))
        self.assertEqual(theirs.currency_id, other)
        self.assertEqual(theirs.company_id, second)

    def test_roles(self):
        self._customer("Mine", self.seller)
        self._customer("Theirs", self.manager)
        cases = self._propose()
        mine = self.Case.with_user(self.seller).search([("id", "in", cases.ids)])
        self.assertEqual(mine.profile_id.partner_id.name, "Mine")

    # ------------------------------------------------------------------
    # Taken back
    # ------------------------------------------------------------------

    def _proposed(self, name="A"):
        profile = self._customer(name, self.seller)
        return profile, self._propose()

    def test_came_back_by_itself(self):
        profile, case = self._proposed()
        self._run()
        self.assertTrue(case.exists(), "still dormant")
        self._put(profile, "active")
        self._run()
        self.assertFalse(case.exists())

    def test_bought_by_itself(self):
        profile, case = self._proposed()
        with self._at(NOW + timedelta(days=2)):
            self._new_lead(
                profile.partner_id, self.seller, expected_revenue=100
            ).action_set_won()
            self._put(profile, "recovered")
            self._flush()
            self._run()
        self.assertEqual((case.result, case.step), ("won", "loyalty"))
        self.assertEqual(case.result_note, "Bought again by itself")
        self.assertTrue(case.is_by_itself)

    def test_what_somebody_works_on_stays(self):
        touched = []
        for name, do in (
            ("Written", lambda case: setattr(case, "chance", 20)),
            ("Noted", lambda case: case.message_post(body="Will call")),
            (
                "Planned",
                lambda case: case.activity_schedule("mail.mail_activity_data_call"),
            ),
            ("Called", self._call),
        ):
            self.company.retention_winback_limit += 1
            profile, case = self._proposed(name)
            touched.append((profile, case))
            do(case)
        with self._at(NOW + timedelta(days=1)):
            for profile, _case in touched:
                self._put(profile, "active")
            self._run()
        for profile, case in touched:
            with self.subTest(profile.partner_id.name):
                self.assertTrue(case.exists())
                self.assertTrue(case.is_open)

    def _call(self, case):
        with self._at(NOW + timedelta(hours=1)):
            self._log(case.profile_id, NOW + timedelta(hours=1))

    def test_follows_the_contact_person(self):
        profile, case = self._proposed()
        profile.user_id = self.colleague
        self._run()
        case.invalidate_recordset()
        self.assertEqual(case.user_id, self.colleague)
        self.assertTrue(case.is_proposed)
