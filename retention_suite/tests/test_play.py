from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlay(PlayCase):
    """What a play is made of, and which one fits."""

    def test_play_without_activities(self):
        """Messages alone are not enough: nobody looks after those who get them."""
        for delays in ((), (0,)):
            with (
                self.subTest(delays=delays),
                self.assertRaisesRegex(ValidationError, "Nobody does anything in the"),
            ):
                self._new_play(delays=delays, activity_plan_id=False)

    def test_play_with_an_empty_plan(self):
        plan = self.env["mail.activity.plan"].create(
            {"name": "Empty", "company_id": False, "res_model": "retention.winback"}
        )
        with self.assertRaisesRegex(ValidationError, "Nobody does anything"):
            self._new_play(activity_plan_id=plan.id)

    def test_activities_are_taken_away(self):
        play = self._new_play()
        with self.assertRaisesRegex(ValidationError, "Nobody does anything"):
            play.activity_plan_id = False
        play.message_ids.unlink()
        self.assertFalse(play.message_ids, "activities are enough")

    def test_plan_is_emptied_afterwards(self):
        play = self._new_play()
        self.plan.template_ids.unlink()
        profile = self._customers(1)
        with self.assertRaisesRegex(ValidationError, "Nobody does anything"):
            play._enlist(profile)
        case = self._new_case(profile)
        self.assertFalse(case._fitting_play(), "it would not start")
        case.play_id = play
        with self.assertRaisesRegex(ValidationError, "Nobody does anything"):
            case.action_start()

    def test_text_for_something_else(self):
        template = self.env["mail.template"].create(
            {"name": "Lead", "model_id": self.env["ir.model"]._get_id("crm.lead")}
        )
        with self.assertRaisesRegex(ValidationError, "is not for win-back"):
            self._new_play(message_ids=[Command.create({"template_id": template.id})])

    @mute_logger("odoo.sql_db")
    def test_figures_that_make_no_sense(self):
        for values, error in (
            ({"holdout_share": 51}, "At most half"),
            ({"holdout_share": -1}, "At most half"),
            ({"success_days": 0}, "at least one day"),
            ({"min_value": 10, "max_value": 5}, "highest value"),
            ({"offer_cost": -1}, "cannot be negative"),
            (
                {
                    "message_ids": [
                        Command.create(
                            {"template_id": self.template.id, "delay_days": -1}
                        )
                    ]
                },
                "before the start",
            ),
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(IntegrityError) as caught,
                self.env.cr.savepoint(),
            ):
                self._new_play(**values)
            name = caught.exception.diag.constraint_name
            table = caught.exception.diag.table_name
            model = "retention.play.message" if "message" in table else "retention.play"
            text = (
                self.env[model]
                ._table_objects[name]
                .get_error_message(self.env[model], caught.exception.diag)
            )
            self.assertIn(error, text)

    def test_value_range_without_a_limit(self):
        self.assertTrue(self._new_play(min_value=10, max_value=0))

    # ------------------------------------------------------------------
    # Which one fits
    # ------------------------------------------------------------------

    def test_first_that_fits(self):
        price = self.env["crm.lost.reason"].create(
            {"name": "Too dear", "retention_group": "price"}
        )
        dear = self._new_play(
            name="Price", sequence=1, reason_group="price", kind=False
        )
        rich = self._new_play(name="Rich", sequence=2, min_value=1000, max_value=5000)
        others = self._new_play(name="Others", sequence=3, kind=False)
        nothing = self.env["crm.lost.reason"]
        for kind, reason, value, wanted in (
            ("dormancy", price, 2000, dear),
            ("cancellation", price, 0, dear),
            ("dormancy", nothing, 1000, rich),
            ("dormancy", nothing, 5000, rich),
            ("dormancy", nothing, 5001, others),
            ("dormancy", nothing, 999, others),
            ("save", nothing, 2000, others),
        ):
            with self.subTest(kind=kind, reason=reason.name, value=value):
                found = self.Play._fitting(kind, reason, value, self.company)
                self.assertEqual(found, wanted)
        others.active = False
        self.assertFalse(self.Play._fitting("save", nothing, 1, self.company))

    def test_play_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._new_play(company_id=other.id, sequence=1)
        own = self._new_play(company_id=self.company.id, sequence=2)
        nothing = self.env["crm.lost.reason"]
        self.assertEqual(self.Play._fitting("dormancy", nothing, 0, self.company), own)

    def test_those_that_come_along(self):
        """Each kind of case has one that may be started."""
        for name, kind in (
            ("play_cancellation", "cancellation"),
            ("play_wake_up", "dormancy"),
            ("play_save", "save"),
        ):
            play = self.env.ref(f"retention_suite.{name}")
            play.active = True
            play._check_content()
            found = self.Play._fitting(
                kind, self.env["crm.lost.reason"], 0, self.company
            )
            self.assertEqual(found, play)
            case = self._new_case(self._customers(1), kind=kind)
            play.holdout_share = 0
            self.assertEqual(play._start(case), case)
            self.assertTrue(case.activity_ids)
        self.assertEqual(
            str(
                self.Winback.search([("kind", "=", "cancellation")])
                .activity_ids.sorted("date_deadline")[0]
                .date_deadline
            ),
            "2026-06-15",
            "called on the same day",
        )

    # ------------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------------

    def test_manager_edits_and_salesperson_reads(self):
        play = self._new_play()
        self.assertEqual(play.with_user(self.seller).name, "Wake up")
        with self.assertRaises(AccessError):
            play.with_user(self.seller).name = "Mine"
        with self.assertRaises(AccessError):
            play.message_ids.with_user(self.seller).delay_days = 1
        mine = play.with_user(self.manager)
        mine.name = "Wake them up"
        mine.message_ids.delay_days = 2
        plan = self.plan.with_user(self.manager)
        plan.name = "Call them"
        plan.template_ids.delay_count = 4
        lead_plan = self.env["mail.activity.plan"].create(
            {"name": "Todo", "company_id": False, "res_model": "res.partner"}
        )
        with self.assertRaises(AccessError):
            lead_plan.with_user(self.manager).name = "Not for me"

    def test_figures_are_nobodys_to_write(self):
        play = self._new_play()
        play._enlist(self._customers(1))
        member = self.Member.search([("play_id", "=", play.id)])
        sending = self.Sending.search([("play_id", "=", play.id)])
        for record, name in ((member, "revenue"), (sending, "state")):
            with self.assertRaises(AccessError):
                record.with_user(self.manager).write({name: False})

    def test_secret_is_nobodys_to_read(self):
        play = self._new_play()
        for user in (self.manager, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                play.with_user(user).read(["holdout_secret"])
            with self.assertRaises(AccessError):
                play.with_user(user).write({"holdout_secret": "mine"})
            with self.assertRaises(AccessError):
                play.with_user(user).search([("holdout_secret", "=like", "a%")])

    def test_what_was_started_is_not_measured_differently(self):
        play = self._new_play()
        play.holdout_share = 10
        play._enlist(self._customers(1))
        for name, value in (
            ("holdout_share", 20),
            ("success_days", 30),
            ("kind", "save"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, "Duplicate"):
                play[name] = value
        play.holdout_share = 10
        copy = play.copy()
        copy.holdout_share = 20
        self.assertEqual(copy.name, "Wake up (copy)")
        self.assertEqual(len(copy.message_ids), 1)
        self.assertNotEqual(copy.holdout_secret, play.holdout_secret)
