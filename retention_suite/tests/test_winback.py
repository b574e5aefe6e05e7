from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .winback_common import WinbackCase


@tagged("post_install", "-at_install")
class TestWinback(WinbackCase):
    """A case goes from step to step."""

    def test_opened_for_a_customer(self):
        self.profile.winback_value = 1200
        self._put(self.profile, "at_risk")
        action = self.profile.with_user(self.seller).action_win_back()
        case = self.Case.browse(action["res_id"])
        self.assertEqual((case.kind, case.step), ("save", "identified"))
        self.assertEqual((case.value, case.chance), (1200, 30))
        self.assertEqual(case.priority_value, 360)
        self.assertEqual(case.user_id, self.seller)
        again = self.profile.with_user(self.seller).action_win_back()
        self.assertEqual(again["res_id"], case.id)
        self.assertEqual(self.profile.winback_count, 1)
        self.assertEqual(self.profile.action_view_winback()["res_id"], case.id)

    def test_kind_by_stage(self):
        for stage, kind in (("dormant", "dormancy"), ("lost", "cancellation")):
            profile = self._customer(stage, kind=stage)
            action = profile.action_win_back()
            self.assertEqual(self.Case.browse(action["res_id"]).kind, kind)

    def test_one_open_case(self):
        self._case()
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._case()
            self.env.flush_all()

    def test_reason_makes_the_second_step(self):
        case = self._case()
        case.reason_id = self.unknown
        self.assertEqual(case.step, "identified", "nobody knows anything yet")
        with self.assertRaisesRegex(UserError, "Enter the reason"):
            case.action_reason_known()
        case.reason_id = self.reason
        self.assertEqual(case.step, "reason")
        self.assertEqual(case.reason_group, "competitor")
        known = self._case(self._customer("Known"), reason_id=self.reason.id)
        self.assertEqual(known.step, "reason")

    def test_starts_the_play_that_fits(self):
        case = self._case(reason_id=self.reason.id).with_user(self.seller)
        with self.assertRaisesRegex(UserError, "No play fits"):
            case.action_start()
        self._play(kind="cancellation")
        play = self._play(kind="save", reason_group="competitor")
        case.action_start()
        self.assertEqual((case.play_id.id, case.step), (play.id, "running"))

    def test_dragging_starts_the_play(self):
        case = self._case().with_user(self.seller)
        with self.assertRaisesRegex(UserError, "No play fits"):
            case.write({"step": "running"})
        play = self._play()
        case.write({"step": "running"})
        self.assertEqual((case.play_id.id, case.step), (play.id, "running"))

    def test_dragging_does_not_close(self):
        case = self._case().with_user(self.seller)
        for step in ("decided", "loyalty"):
            with self.assertRaisesRegex(UserError, "Won back or Given up"):
                case.write({"step": step})
            with self.assertRaisesRegex(UserError, "Won back or Given up"):
                self._case(self._customer(step), step=step)
        self.assertEqual(case.step, "identified")

    def test_dragging_to_the_reason_asks_for_it(self):
        case = self._case().with_user(self.seller)
        with self.assertRaisesRegex(UserError, "Enter the reason"):
            case.write({"step": "reason"})
        case.write({"step": "reason", "reason_id": self.reason.id})
        self.assertEqual(case.step, "reason")
        case.write({"step": "identified"})
        self.assertEqual(case.step, "identified")

    def test_nobody_writes_how_it_ended(self):
        case = self._case().with_user(self.seller)
        for values in (
            {"result": "won"},
            {"step": "decided", "result": "lost"},
            {"is_lost_again": True},
        ):
            with self.assertRaises(AccessError):
                case.write(values)
        with self.assertRaises(AccessError):
            self.Case.with_user(self.seller).create(
                {"profile_id": self.profile.id, "kind": "save", "result": "won"}
            )

    def test_won_back_asks_for_reason(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "why they left"):
            self._close(case, "won")
        self._close(case, "won", reason_id=self.unknown.id)
        self.assertEqual((case.result, case.step), ("won", "loyalty"))
        self.assertEqual(case.result_note, "New contact person")
        self.assertEqual(str(case.loyalty_until), "2026-12-15")
        self.assertEqual(str(case.close_date), "2026-06-15 10:00:00")
        self.assertFalse(case.is_open)
        self.assertStage(self.profile, "recovered")

    def test_given_up(self):
        case = self._case(reason_id=self.reason.id)
        rival = self.env["retention.competitor"].create({"name": "Rival"})
        self._close(case, "lost", competitor_id=rival.id)
        self.assertEqual((case.result, case.step), ("lost", "decided"))
        self.assertEqual(case.competitor_id, rival)
        self.assertFalse(case.loyalty_until)
        self.assertStage(self.profile, "lost")
        move = self.profile.transition_ids[0]
        self.assertEqual(move.note, "Better offer of a competitor, New contact person")
        self.assertEqual(move.user_id, self.seller)

    def test_closed_once(self):
        case = self._case(reason_id=self.reason.id)
        self._close(case, "lost")
        self.assertFalse(case._close("won"))
        self.assertEqual(case.result, "lost")

    def test_closing_ends_what_was_planned(self):
        case = self._case(reason_id=self.reason.id)
        case.activity_schedule("mail.mail_activity_data_call")
        self._close(case, "lost")
        self.assertFalse(case.activity_ids)

    def test_many_are_closed_at_once(self):
        """Queries do not grow with the number of cases, but for what each needs."""
        cases = self.Case
        for number in range(12):
            cases |= self._case(self._customer(f"Number {number}"))
        self.env.flush_all()
        self.env.invalidate_all()
        few = self._count_queries(lambda: cases[:2]._close("lost", "No reply"))
        many = self._count_queries(lambda: cases[2:]._close("lost", "No reply"))
        self.assertLess(many, few + 20)
        self.assertEqual(set(cases.mapped("result")), {"lost"})

    def _count_queries(self, do):
        before = self.env.cr.sql_log_count
        do()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_reopened(self):
        case = self._case(reason_id=self.reason.id)
        self._close(case, "won")
        case.with_user(self.seller).action_reopen()
        self.assertEqual((case.step, case.result), ("reason", False))
        self.assertFalse(case.close_date or case.loyalty_until or case.activity_ids)
        self._close(case, "lost")
        self._case()
        with self.assertRaisesRegex(UserError, "open case"):
            case.with_user(self.seller).action_reopen()

    def test_closed_cases_do_not_move(self):
        case = self._case(reason_id=self.reason.id)
        self._close(case, "lost")
        for step in ("identified", "loyalty", "running"):
            with self.assertRaisesRegex(UserError, "Reopen"):
                case.with_user(self.seller).write({"step": step})

    def test_roles(self):
        case = self._case()
        own = case.with_user(self.seller)
        own.chance = 40
        other = self._case(self._customer("Other", user=self.manager))
        self.assertFalse(
            self.Case.with_user(self.seller).search([("id", "=", other.id)])
        )
        with self.assertRaises(AccessError):
            other.with_user(self.seller).action_won()
        self.assertEqual(other.with_user(self.colleague).step, "identified")
        with self.assertRaises(AccessError):
            own.unlink()
        second = self.env["res.company"].create({"name": "Second"})
        foreign = self._case(self._customer("Foreign", company=second))
        self.assertFalse(foreign.with_user(self.manager).has_access("read"))

    def test_nobody_responsible(self):
        profile = self._customer("Nobody's")
        team = self.env["crm.team"].search([], limit=1)
        self.env["crm.team"].search([]).user_id = False
        self.assertTrue(profile._winback_responsible().active)
        team.user_id = self.manager
        self.assertEqual(profile._winback_responsible(), self.manager)
        profile.contact_policy_id.fallback_user_id = self.colleague
        self.assertEqual(profile._winback_responsible(), self.colleague)

    def test_form_and_search(self):
        with Form(self.Case.with_user(self.colleague)) as form:
            form.profile_id = self.profile
            form.kind = "save"
        case = form.record
        self.assertEqual(case.user_id, self.seller)
        self.assertIn(case, self.Case.search([("is_open", "=", True)]))
        self.assertNotIn(case, self.Case.search([("is_open", "=", False)]))
        self.assertEqual(case.contact_count, 0)
        self._log(self.profile, "2026-06-01 10:00:00")
        case.invalidate_recordset()
        self.assertEqual(case.contact_count, 1)
        self.assertEqual(
            case.action_view_contacts()["domain"],
            [("profile_id", "=", self.profile.id)],
        )
        self.assertEqual(case.action_open_customer()["res_id"], self.profile.id)

    def test_done_calls_are_contacts(self):
        """A call that is planned in the case counts as one with the customer."""
        case = self._case()
        activity = case.activity_schedule("mail.mail_activity_data_call")
        activity.action_done()
        self._flush()
        self._run()
        self.assertEqual(self.profile.touchpoint_ids.channel, "phone")

    def test_deleted_with_the_customer(self):
        case = self._case()
        case.activity_schedule("mail.mail_activity_data_call")
        activity = case.activity_ids
        self.profile.unlink()
        self.assertFalse(
            (case.exists(), activity.exists()) != (case.browse(), activity.browse())
        )

    def test_reasons_of_odoo_have_a_group(self):
        reason = self.env.ref("crm.lost_reason_1")
        self.assertEqual(reason.retention_group, "price")
        self.assertTrue(reason.retention_preventable)
        reason.retention_group = "service"
        self.env["crm.lost.reason"]._retention_group_own()
        self.assertEqual(reason.retention_group, "service", "a manager knows better")
