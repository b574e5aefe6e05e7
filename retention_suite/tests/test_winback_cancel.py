from datetime import date, timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import NOW
from .winback_common import WinbackCase


@tagged("post_install", "-at_install")
class TestWinbackCancel(WinbackCase):
    """Azur cancels on 15 June, with 30 days of notice."""

    def _in_days(self, days):
        return self._at(NOW + timedelta(days=days))

    def _run_in_days(self, days):
        with self._in_days(days):
            self._run()

    def test_recorded(self):
        self.profile.winback_value = 900
        with self.mock_mail_gateway():
            case = self._cancel(wish="Half the price")
        self.assertEqual((case.kind, case.step), ("cancellation", "identified"))
        self.assertEqual(
            (case.cancel_date, case.end_date), (date(2026, 6, 15), date(2026, 7, 15))
        )
        self.assertEqual((case.notice_days, case.value), (30, 900))
        self.assertEqual(case.user_id, self.seller)
        self.assertFalse(case.reason_id, "nobody knows yet")
        self.assertStage(self.profile, "at_risk")
        self.assertEqual(self.profile.journey_keep_date, date(2026, 7, 15))

    def test_somebody_calls_today(self):
        case = self._cancel()
        activity = case.activity_ids
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(activity.date_deadline, date(2026, 6, 15))
        self.assertEqual(activity.summary, "Call about the cancellation")

    def test_nobodys_customer(self):
        """The leader of the sales team is asked."""
        self.env["crm.team"].search([]).user_id = False
        self.env["crm.team"].search([], limit=1).user_id = self.manager
        profile = self._customer("Nobody's", kind="active")
        case = self._cancel(profile, person=profile.partner_id)
        self.assertEqual(case.activity_ids.user_id, self.manager)

    def test_the_play_that_fits_is_started(self):
        play = self._play(kind="cancellation")
        case = self._cancel()
        self.assertEqual((case.play_id, case.step), (play, "running"))

    def test_receipt(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("retention_suite.mail_template_cancellation").with_context(
            lang="fr_FR"
        ).subject = "Nous avons bien reçu"
        self.anna.lang = "fr_FR"
        with self.mock_mail_gateway():
            self._cancel()
            self._flush()
            self.env.cr.postcommit.run()
        mail = self._new_mails
        self.assertEqual(mail.recipient_ids, self.anna)
        self.assertEqual(mail.subject, "Nous avons bien reçu")
        self._run()
        self.assertEqual(self.profile.outbound_count, 0, "no personal contact")

    def test_without_address_no_receipt(self):
        self.anna.email = False
        with self.mock_mail_gateway():
            case = self._cancel()
        self.assertFalse(self._new_mails)
        self.assertTrue(case)

    def test_twice_is_once(self):
        case = self._cancel()
        with self.mock_mail_gateway():
            self.assertEqual(self._cancel(wish="Again"), case)
        self.assertFalse(self._new_mails)
        self.assertFalse(case.wish)
        self.assertEqual(len(case.activity_ids), 1)
        action = self.profile.with_user(self.seller).action_record_cancellation()
        self.assertEqual(action["res_id"], case.id)

    def test_somebody_else_was_faster(self):
        """It is tried again, and then finds the case."""
        with (
            patch.object(type(self.Case), "create", side_effect=UniqueViolation()),
            self.assertRaises(ConcurrencyError),
        ):
            self._cancel()

    def test_a_case_there_is_becomes_it(self):
        found = self._case(self.profile, kind="dormancy", chance=12)
        case = self._cancel(reason_id=self.reason.id)
        self.assertEqual(case, found)
        self.assertEqual((case.kind, case.step), ("cancellation", "reason"))
        self.assertEqual(case.chance, 12)

    def test_end_before_notice(self):
        with self.assertRaisesRegex(ValidationError, "before the notice is over"):
            self._cancel(end_date="2026-07-14")
        self.assertFalse(self.profile.winback_ids.filtered("is_open"))
        case = self._cancel(end_date="2026-07-14", notice_days=29)
        self.assertEqual(case.end_date, date(2026, 7, 14))
        with self.assertRaisesRegex(ValidationError, "before the notice is over"):
            case.notice_days = 30

    def test_not_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self._cancel(cancel_date="2026-06-16")

    def test_last_day_is_computed_and_can_be_changed(self):
        action = self.profile.with_user(self.seller).action_record_cancellation()
        wizard = self.env["retention.winback.cancellation"].with_user(self.seller)
        with Form(wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.cancel_partner_id, self.customer)
            self.assertEqual(form.end_date, date(2026, 7, 15))
            form.cancel_date = "2026-06-01"
            self.assertEqual(form.end_date, date(2026, 7, 1))
            form.notice_days = 60
            self.assertEqual(form.end_date, date(2026, 7, 31))
            form.end_date = "2026-12-31"
        self.assertEqual(form.record.end_date, date(2026, 12, 31))

    def test_from_the_contact(self):
        action = self.anna.with_user(self.seller).action_retention_record_cancellation()
        self.assertEqual(
            action["context"],
            {
                "default_profile_id": self.profile.id,
                "default_cancel_partner_id": self.anna.id,
            },
        )
        self.profile.user_id = self.colleague
        with self.assertRaisesRegex(AccessError, "Colleague"):
            self.anna.with_user(self.seller).action_retention_record_cancellation()

    def test_not_by_a_stranger(self):
        dora = self.env["res.partner"].create({"name": "Dora"})
        with self.assertRaisesRegex(UserError, "does not belong"):
            self._cancel(person=dora)

    def test_lost_the_day_after_the_last(self):
        case = self._cancel()
        self._run_in_days(30)
        self.assertStage(self.profile, "at_risk")
        self._run_in_days(31)
        self.assertStage(self.profile, "lost")
        move = self.profile.transition_ids[0]
        self.assertIn("notice period is over", move.reason)
        self.assertTrue(case.is_open, "who has left can be won back")
        with self._in_days(40):
            self._put(self.profile, "active")
        self._run_in_days(41)
        self.assertStage(self.profile, "active")

    def test_later_last_day(self):
        case = self._cancel()
        case.end_date = "2026-08-15"
        self._run_in_days(40)
        self.assertStage(self.profile, "at_risk")

    def test_recorded_late(self):
        self._cancel(cancel_date="2026-04-01", end_date="2026-05-01")
        self.assertStage(self.profile, "lost")

    def test_who_is_lost_stays_lost(self):
        self._put(self.profile, "lost")
        self._cancel()
        self.assertStage(self.profile, "lost")

    def test_won_back_is_not_lost(self):
        case = self._cancel(reason_id=self.reason.id)
        self._close(case, "won")
        self._run_in_days(40)
        self.assertStage(self.profile, "recovered")

    def test_given_up_before_the_last_day(self):
        """They stay customers until it is over."""
        case = self._cancel(reason_id=self.reason.id)
        self._close(case, "lost")
        self.assertEqual(case.result, "lost")
        self.assertStage(self.profile, "at_risk")
        self.assertEqual(self.profile.journey_keep_date, date(2026, 7, 15))
        with self._in_days(10):
            self.profile.with_user(self.seller).journey_stage_id = self._stage("lost")
            self.assertEqual(self.profile.winback_ids, case, "given up already")
            self._put(self.profile, "at_risk")
        self._run_in_days(30)
        self.assertStage(self.profile, "at_risk")
        self._run_in_days(31)
        self.assertStage(self.profile, "lost")
        self.assertIn("notice period is over", self.profile.transition_ids[0].reason)
        self._put(self.profile, "active")
        self._run_in_days(32)
        self.assertStage(self.profile, "active")

    def test_given_up_after_the_last_day(self):
        case = self._cancel(reason_id=self.reason.id)
        self._run_in_days(31)
        self._put(self.profile, "dormant")
        with self._in_days(40):
            self._close(case, "lost")
        self.assertStage(self.profile, "lost")

    def test_given_up_and_won_in_another_case(self):
        """The end of the notice does not lose them any more."""
        case = self._cancel(reason_id=self.reason.id)
        self._close(case, "lost")
        with self._in_days(5):
            self._close(self._case(reason_id=self.reason.id), "won")
        self._run_in_days(31)
        self.assertStage(self.profile, "recovered")

    def test_withdrawn_asks_for_the_reason(self):
        for values in ({}, {"reason_id": self.unknown.id}):
            profile = self._customer("Other", user=self.seller, kind="active")
            case = self._cancel(profile, person=profile.partner_id, **values)
            action = case.with_user(self.seller).action_withdraw()
            self.assertTrue(case.is_open)
            dialog = self.env["retention.winback.close"].with_user(self.seller)
            with Form(dialog.with_context(**action["context"])) as form:
                form.reason_id = self.reason
            form.record.action_close()
            self.assertEqual((case.result, case.result_note), ("won", "Withdrawn"))
            self.assertTrue(case.is_withdrawn)
            self.assertEqual(case.reason_id, self.reason)

    def test_withdrawn(self):
        case = self._cancel(reason_id=self.reason.id)
        with self.mock_mail_gateway(), self._in_days(3):
            case.with_user(self.seller).action_withdraw()
            case.with_user(self.seller).action_withdraw()
            self._flush()
            self.env.cr.postcommit.run()
        self.assertEqual((case.result, case.result_note), ("won", "Withdrawn"))
        self.assertTrue(case.is_withdrawn)
        self.assertStage(self.profile, "recovered")
        receipts = self._new_mails.filtered(lambda m: m.recipient_ids == self.anna)
        self.assertEqual(
            receipts.mapped("subject"), ["Your cancellation was taken back"]
        )
        self._run_in_days(40)
        self.assertStage(self.profile, "recovered")

    def _given_up(self, user=None):
        case = self._cancel(user=user, reason_id=self.reason.id)
        self._close(case, "lost", user=user)
        return case

    def test_withdrawn_after_it_was_given_up(self):
        case = self._given_up()
        self.assertTrue(case.can_withdraw)
        with self.mock_mail_gateway(), self._in_days(30):
            case.invalidate_recordset()
            case.with_user(self.seller).action_withdraw()
            case.with_user(self.seller).action_withdraw()
            self._flush()
            self.env.cr.postcommit.run()
        self.assertRecordValues(
            case,
            [
                {
                    "step": "loyalty",
                    "result": "won",
                    "result_note": "Withdrawn",
                    "is_withdrawn": True,
                    "can_withdraw": False,
                }
            ],
        )
        self.assertEqual(case.close_date, NOW + timedelta(days=30))
        self.assertStage(self.profile, "recovered")
        self.assertEqual(len(self._new_mails), 1)
        self._run_in_days(40)
        self.assertStage(self.profile, "recovered")
        self.assertFalse(case.is_lost_again)

    def test_withdrawn_too_late_after_it_was_given_up(self):
        case = self._given_up()
        with self._in_days(31):
            case.invalidate_recordset()
            self.assertFalse(case.can_withdraw)
            with self.assertRaisesRegex(UserError, "last day is over"):
                case.with_user(self.seller).action_withdraw()
        self.assertEqual(case.result, "lost")

    def test_withdrawn_after_it_was_given_up_for_no_reason_known(self):
        case = self._cancel(reason_id=self.unknown.id)
        self._close(case, "lost")
        action = case.with_user(self.seller).action_withdraw()
        dialog = self.env["retention.winback.close"].with_user(self.seller)
        with Form(dialog.with_context(**action["context"])) as form:
            form.reason_id = self.reason
        form.record.action_close()
        self.assertEqual((case.result, case.reason_id), ("won", self.reason))
        self.assertTrue(case.is_withdrawn)

    def test_withdrawn_by_nobody_else(self):
        self.profile.user_id = self.colleague
        case = self._given_up(user=self.colleague)
        with self.assertRaises(AccessError):
            case.with_user(self.seller).action_withdraw()
        self.assertEqual(case.result, "lost")

    def test_given_up_and_cancelled_again(self):
        """The newer cancellation is the one to withdraw."""
        case = self._given_up()
        with self._in_days(5):
            newer = self._cancel(reason_id=self.reason.id)
            case.invalidate_recordset()
            self.assertEqual((case | newer).mapped("can_withdraw"), [False, True])
            with self.assertRaisesRegex(UserError, "newer case"):
                case.with_user(self.seller).action_withdraw()
            newer.with_user(self.seller).action_withdraw()
        self.assertEqual((case | newer).mapped("result"), ["lost", "won"])

    def test_given_up_and_back_in_another_case(self):
        case = self._given_up()
        self._close(self._case(reason_id=self.reason.id), "won")
        case.invalidate_recordset()
        self.assertFalse(case.can_withdraw, "there is nothing to withdraw any more")

    def test_only_cancellations_can_be_withdrawn(self):
        case = self._case(reason_id=self.reason.id)
        self.assertFalse(case.can_withdraw)
        self._close(case, "lost")
        self.assertFalse(case.can_withdraw)

    def test_two_companies(self):
        second = self.env["res.company"].create(
            {"name": "Second", "retention_notice_days": 10}
        )
        profile = self._customer("Bella", kind="active", company=second)
        self.env.user.company_ids |= second
        case = self._cancel(profile, user=self.env.user, person=profile.partner_id)
        self.assertEqual(case.company_id, second)
        self.assertEqual(case.end_date, date(2026, 6, 25))
