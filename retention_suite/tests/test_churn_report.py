from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RetentionCase


class ChurnCase(RetentionCase):
    """Customers who are moved between stages by hand, on days that are told."""

    def setUp(self):
        super().setUp()
        self.Report = self.env["retention.churn.report"]
        self.Transition = self.env["retention.journey.transition"]
        self.Transition.search([]).unlink()
        self.stages = {
            stage.kind: stage
            for stage in self.env["retention.journey.stage"].search(
                [("company_id", "=", False)]
            )
        }

    def _journey(self, name, *moves, company=None, **values):
        """A customer who was moved, each time ``(kind, moment)``."""
        partner = self.env["res.partner"].create({"name": name, "is_company": True})
        company = company or self.company
        profile = self._add_profile(partner, company_id=company.id, **values)
        stage = self.env["retention.journey.stage"]
        for kind, moment in moves:
            self._move(profile, stage, kind, moment)
            stage = self.stages[kind]
        return profile

    def _move(self, profile, stage, kind, moment, **values):
        if len(moment) == 10:
            moment += " 10:00:00"
        return self.Transition.create(
            {
                "profile_id": profile.id,
                "company_id": profile.company_id.id,
                "from_stage_id": stage.id,
                "to_stage_id": self.stages[kind].id,
                "date": moment,
                "stage_date": moment,
                "cause": "person" if stage else "start",
                **values,
            }
        )

    def _figures(self, moment, *groupby, domain=(), user=None):
        """By group: customers at the start, lost, fallen asleep."""
        with self._at(moment):
            rows = self.Report.with_user(user or self.env.user)._read_group(
                list(domain),
                list(groupby or ["month:month"]),
                ["opening_count:avg", "lost_count:sum", "dormant_count:sum"],
            )
        return [(str(group), *figures) for group, *figures in rows]


@tagged("post_install", "-at_install")
class TestChurnReport(ChurnCase):
    """Lost customers by month, computed by hand."""

    def test_by_month(self):
        """Over the end of a year, with comings and goings."""
        old = [("active", "2025-11-10")]
        self._journey("Stays", *old)
        self._journey("Lost in December", *old, ("lost", "2025-12-20"))
        self._journey("Asleep in January", *old, ("dormant", "2026-01-31"))
        self._journey("New in December", ("onboarding", "2025-12-05"))
        self._journey("Never a customer", ("prospect", "2025-11-10"))
        self.assertEqual(
            self._figures("2026-02-20 10:00:00"),
            [
                ("2025-12-01", 3, 1, 0),
                ("2026-01-01", 3, 0, 1),
                ("2026-02-01", 2, 0, 0),
            ],
        )

    def test_rates(self):
        """Right in every group and in totals: sums over sums."""
        for number in range(4):
            self._journey(f"Stays {number}", ("active", "2026-01-10"))
        self._journey("Lost", ("active", "2026-01-10"), ("lost", "2026-02-10"))
        self._journey("Asleep", ("at_risk", "2026-01-10"), ("dormant", "2026-03-10"))
        aggregates = ["churn_share:avg", "left_share:avg", "opening_count:avg"]
        with self._at("2026-04-01 10:00:00"):
            months = self.Report._read_group(
                [("is_over", "=", True)], ["month:month"], aggregates
            )
            total = self.Report._read_group([("is_over", "=", True)], [], aggregates)
        for (_month, *found), expected in zip(
            months, [(100 / 6, 100 / 6, 6), (0, 100 / 5, 5)], strict=True
        ):
            for figure, wanted in zip(found, expected, strict=True):
                self.assertAlmostEqual(figure, wanted)
        [(churn, left, opening)] = total
        self.assertAlmostEqual(churn, 100 / 11)
        self.assertAlmostEqual(left, 200 / 11)
        # 5.5 a month
        self.assertEqual(opening, 6)

    def test_new_and_lost_in_the_same_month(self):
        self._journey("Short", ("onboarding", "2026-02-02"), ("lost", "2026-02-20"))
        self.assertEqual(self._figures("2026-04-01 10:00:00"), [])

    def test_was_asleep_before(self):
        """Whoever is lost after falling asleep had left before, and counts once."""
        self._journey(
            "Asleep",
            ("active", "2026-01-10"),
            ("dormant", "2026-02-10"),
            ("lost", "2026-03-10"),
        )
        self.assertEqual(
            self._figures("2026-04-10 10:00:00"), [("2026-02-01", 1, 0, 1)]
        )

    def test_asleep_and_lost_in_one_month_is_lost(self):
        profile = self._journey(
            "Both",
            ("active", "2026-01-10"),
            ("dormant", "2026-02-10"),
            ("lost", "2026-02-20"),
        )
        self.assertEqual(
            self._figures("2026-04-10 10:00:00"), [("2026-02-01", 1, 1, 0)]
        )
        line = self.Report.search([("profile_id", "=", profile.id)])
        self.assertEqual(line.outcome, "lost")
        self.assertEqual(str(line.left_date), "2026-02-20 10:00:00")
        self.assertEqual(line.stage_id, self.stages["active"])

    def test_lost_and_back(self):
        """In the same month it was lost all the same; later it is a customer again."""
        self._journey(
            "Back",
            ("active", "2026-01-10"),
            ("lost", "2026-02-10"),
            ("recovered", "2026-02-20"),
            ("lost", "2026-03-05"),
            ("recovered", "2026-04-20"),
        )
        self.assertEqual(
            self._figures("2026-05-10 10:00:00"),
            [
                ("2026-02-01", 1, 1, 0),
                ("2026-03-01", 1, 1, 0),
                ("2026-05-01", 1, 0, 0),
            ],
        )

    def test_stages_of_customers_make_one_stay(self):
        self._journey(
            "Wanders",
            ("onboarding", "2026-01-10"),
            ("active", "2026-02-01"),
            ("at_risk", "2026-02-10"),
            ("ambassador", "2026-02-11"),
        )
        self.assertEqual(
            self._figures("2026-03-10 10:00:00"),
            [("2026-02-01", 1, 0, 0), ("2026-03-01", 1, 0, 0)],
        )

    def test_taken_back_has_not_happened(self):
        profile = self._journey(
            "Mistaken", ("active", "2026-01-10"), ("lost", "2026-02-10")
        )
        self._move(profile, self.stages["lost"], "active", "2026-02-11", cause="undo")
        self.assertEqual(
            self._figures("2026-03-10 10:00:00"),
            [("2026-02-01", 1, 0, 0), ("2026-03-01", 1, 0, 0)],
        )

    def test_history_does_not_change_the_past(self):
        """Known since June, though a customer for longer: counts from July on."""
        profile = self._journey("Found")
        self._move(
            profile,
            self.env["retention.journey.stage"],
            "active",
            "2026-06-10",
            stage_date="2024-01-01 10:00:00",
        )
        self.assertEqual(
            self._figures("2026-07-02 10:00:00"), [("2026-07-01", 1, 0, 0)]
        )

    def test_put_away(self):
        """Nobody knows since when, so it counts until its last move."""
        gone = self._journey("Gone", ("active", "2026-01-10"), ("lost", "2026-02-10"))
        kept = self._journey("Kept", ("active", "2026-01-10"))
        (gone | kept).active = False
        self.assertEqual(
            self._figures("2026-03-10 10:00:00"), [("2026-02-01", 1, 1, 0)]
        )

    def test_days_of_the_company(self):
        """In Berlin, the first of February begins at 23:00 UTC. Who comes or goes at
        that very moment does so in February."""
        self._journey("Before", ("active", "2026-01-31 22:59:59"))
        self._journey("At midnight", ("active", "2026-01-31 23:00:00"))
        self._journey("After", ("active", "2026-01-31 23:00:01"))
        self._journey(
            "Lost in January",
            ("active", "2025-12-10"),
            ("lost", "2026-01-31 22:59:59"),
        )
        self._journey(
            "Lost in February",
            ("active", "2025-12-10"),
            ("lost", "2026-01-31 23:00:00"),
        )
        self.assertEqual(
            self._figures("2026-02-20 10:00:00"),
            [("2026-01-01", 2, 1, 0), ("2026-02-01", 2, 1, 0)],
        )

    def test_month_is_over_at_midnight_of_the_company(self):
        self._journey("Stays", ("active", "2026-01-10"))
        over = [("is_over", "=", True)]
        # 23:59 and 00:00 in Berlin, of a month in summer time
        for moment, months in (
            ("2026-03-31 21:59:00", ["2026-02-01"]),
            ("2026-03-31 22:00:00", ["2026-02-01", "2026-03-01"]),
        ):
            rows = self._figures(moment, domain=over)
            self.assertEqual([row[0] for row in rows], months)

    def test_lines_behind_a_number(self):
        """A number's domain finds the customers, and each opens."""
        lost = self._journey("Lost", ("active", "2026-01-10"), ("lost", "2026-02-10"))
        self._journey("Stays", ("active", "2026-01-10"))
        with self._at("2026-03-10 10:00:00"):
            lines = self.Report.search(
                [("month", "=", "2026-02-01"), ("outcome", "=", "lost")]
            )
            self.assertEqual(lines.profile_id, lost)
            action = lines.action_open_customer()
            every = self.Report.search([])
        self.assertEqual(action["res_id"], lost.id)
        self.assertEqual(action["res_model"], "retention.profile")
        self.assertEqual(len(every), 3)
        self.assertEqual(len(set(every.ids)), 3)

    def test_real_moves(self):
        """As people make them: a run places, a person records the loss."""
        with self._at("2026-03-10 10:00:00"):
            lead = self._new_lead(self.anna, self.seller, expected_revenue=10)
            lead.action_set_won()
            self._flush()
            self._run()
        profile = self._profile(self.customer)
        self.assertEqual(profile.journey_kind, "onboarding")
        with self._at("2026-04-10 10:00:00"):
            before = profile._stages_before(
                {"journey_stage_id": self.stages["lost"].id}
            )
            profile.journey_stage_id = self.stages["lost"]
            self.env.flush_all()
        self.assertTrue(before)
        mine = [("profile_id", "=", profile.id)]
        self.assertEqual(
            self._figures("2026-05-10 10:00:00", domain=mine),
            [("2026-04-01", 1, 1, 0)],
        )

    def test_nothing_yet(self):
        self.assertEqual(self._figures("2026-05-10 10:00:00"), [])
        with self._at("2026-05-10 10:00:00"):
            [(churn, opening)] = self.Report._read_group(
                [], [], ["churn_share:avg", "opening_count:avg"]
            )
        self.assertFalse(churn)
        self.assertFalse(opening)


@tagged("post_install", "-at_install")
class TestChurnAccess(ChurnCase):
    """Everybody sees the churn of those customers whom they see."""

    def setUp(self):
        super().setUp()
        move = ("active", "2026-01-10")
        self.own = self._journey("Own", move, user_id=self.seller.id)
        self.nobodys = self._journey("Nobody's", move, user_id=False)
        self.others = self._journey(
            "Other's", move, ("lost", "2026-02-10"), user_id=self.colleague.id
        )

    def _seen(self, user):
        with self._at("2026-02-20 10:00:00"):
            return self.Report.with_user(user).search([]).profile_id.sudo()

    def test_roles(self):
        everyone = self.own | self.nobodys | self.others
        self.assertEqual(self._seen(self.seller), self.own | self.nobodys)
        self.assertEqual(self._seen(self.colleague), everyone)
        self.assertEqual(self._seen(self.manager), everyone)
        self.assertEqual(
            self._figures("2026-02-20 10:00:00", user=self.seller),
            [("2026-02-01", 2, 0, 0)],
        )

    def test_outsiders(self):
        clerk = self._new_user("clerk", "base.group_user")
        for user in (clerk, self._portal_user(self.anna)):
            with self.assertRaises(AccessError):
                self.Report.with_user(user).search([])

    def test_by_contact_person(self):
        rows = self._figures("2026-02-20 10:00:00", "user_id")
        self.assertEqual({tuple(row[1:]) for row in rows}, {(1, 0, 0), (1, 1, 0)})
        self.assertEqual(len(rows), 3)

    def test_second_company(self):
        """Companies are apart, each with its own calendar."""
        second = self.env["res.company"].create({"name": "Second"})
        second.resource_calendar_id = self.company.resource_calendar_id.copy(
            {"tz": "America/New_York", "company_id": second.id}
        )
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        # still January in New York
        theirs = self._journey(
            "Theirs", ("active", "2026-02-01 04:59:00"), company=second
        )
        self.assertEqual(self._seen(user), theirs)
        self.assertEqual(
            self._figures("2026-02-20 10:00:00", user=user),
            [("2026-02-01", 1, 0, 0)],
        )
        self.assertNotIn(theirs, self._seen(self.manager))
        rows = self._figures("2026-02-20 10:00:00", "company_id")
        self.assertEqual([row[1:] for row in rows], [(3, 1, 0), (1, 0, 0)])
