from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .alert_common import LAST_CONTACT, AlertCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestAlert(AlertCase):
    """How alerts come and are handed out."""

    # -- coming --------------------------------------------------------

    def test_raised_on_the_day_it_is_due(self):
        for days, count in ((89, 0), (90, 1)):
            with self._at(LAST_CONTACT + timedelta(days=days)):
                self._run()
                self.assertEqual(len(self.profile.open_alert_ids), count)

    def test_a_missed_day_is_not_lost(self):
        with self._at(LAST_CONTACT + timedelta(days=365)):
            self.assertEqual(self._raised().gap_days, 365)

    def test_carries_what_it_was_decided_on(self):
        alert = self._raised()
        self.assertRecordValues(
            alert,
            [
                {
                    "state": "open",
                    "kind": "contact_gap",
                    "user_id": self.seller.id,
                    "policy_id": self.policy.id,
                    "company_id": self.company.id,
                    "agreed_days": 90,
                    "gap_days": 100,
                    "last_contact_date": LAST_CONTACT,
                    "base_date": LAST_CONTACT.date(),
                    "date": NOW.date(),
                    "deadline_date": NOW.date() + timedelta(days=14),
                }
            ],
        )
        self.assertEqual(self.profile.open_alert_count, 1)

    def test_one_at_a_time(self):
        alert = self._raised()
        with self._in_days(1):
            self.assertEqual(self._raised(), alert)

    @mute_logger("odoo.sql_db")
    def test_database_holds_one_at_a_time(self):
        alert = self._raised()
        for state in ("open", "snoozed"):
            alert.state = state
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                alert.copy({"state": "open"})
                self.env.flush_all()
        other = alert.copy({"res_model": "crm.lead", "res_id": self.lead.id})
        self.assertTrue(other, "another document is another thing")
        alert.state = "resolved"
        self.env.flush_all()
        self.assertTrue(alert.copy({"state": "open"}))

    def test_not_for_archived_customers(self):
        self.profile.action_archive()
        self._run()
        self.assertFalse(self.profile.alert_ids)

    # -- reason --------------------------------------------------------

    def test_reason_has_the_numbers_and_the_last_contact(self):
        self.assertEqual(
            self._raised().reason,
            "No personal contact for 100 days (agreed: 90). "
            "Last: Phone with Anna on 03/07/2026.",
        )

    def test_reason_without_any_contact(self):
        self.call.unlink()
        self.assertEqual(
            self._raised().reason,
            "No personal contact since 03/07/2026, for 100 days (agreed: 90).",
        )

    def test_reason_when_other_contacts_do_not_count(self):
        self.policy.channel_ids = self.env.ref("retention_suite.channel_phone")
        self._log(self.profile, NOW - timedelta(days=3), channel="letter")
        alert = self._raised()
        self.assertEqual(
            alert.reason,
            "No contact that counts for 100 days (agreed: 90). "
            "Others until 06/12/2026.",
        )
        self.assertEqual(
            self.profile.gap_text,
            "100 days without a contact that counts (agreed: 90)",
        )

    def test_reason_when_the_contact_is_gone(self):
        alert = self._raised()
        self.env.cr.execute(
            "DELETE FROM retention_touchpoint WHERE id = %s", self.call.ids
        )
        self.env.invalidate_all()
        self.assertEqual(
            alert.reason,
            "No personal contact for 100 days (agreed: 90). Last: 03/07/2026.",
        )

    def test_reason_in_the_language_of_the_reader(self):
        alert = self._raised()
        german = alert.with_context(lang="de_DE").reason
        self.assertIn("07.03.2026", german)
        self.assertIn("100", german)

    def test_activity_is_in_the_language_of_its_person(self):
        self.seller.lang = "de_DE"
        self.assertIn("07.03.2026", self._raised().activity_id.summary)

    def test_reason_of_two_alerts_from_the_same_contact(self):
        first = self._raised()
        first.activity_id.activity_type_id = self.env.ref(
            "mail.mail_activity_data_todo"
        )
        first.activity_id.action_feedback()
        with self._in_days(15):
            second = self._raised()
            for alert in first | second:
                self.assertIn("Phone with Anna", alert.reason)

    # -- in which order ------------------------------------------------

    def test_priority_is_share_of_the_agreed_days_and_revenue(self):
        self.assertEqual(self._raised().priority_score, 111)
        self.lead.expected_revenue = 999
        self.env.ref("retention_suite.contact_policy_opportunity").active = False
        self._run()
        self.assertEqual(self.profile.open_alert_ids.priority_score, 171)

    def test_priority_has_a_ceiling(self):
        with self._in_days(1000):
            self.assertEqual(self._raised().priority_score, 300)

    def test_priority_grows_day_by_day(self):
        alert = self._raised()
        with self._in_days(9):
            self._run()
            self.assertEqual(alert.priority_score, 121)

    # -- on somebody's list --------------------------------------------

    def test_activity_for_the_contact_person(self):
        alert = self._raised()
        self.assertRecordValues(
            alert.activity_id,
            [
                {
                    "user_id": self.seller.id,
                    "res_model": "res.partner",
                    "res_id": self.customer.id,
                    "summary": alert.reason,
                    "date_deadline": NOW.date(),
                    "automated": True,
                }
            ],
        )

    def test_activities_about_the_same_document(self):
        """A lead that was handed over may have a message that waits as well."""
        about = {"res_model": "crm.lead", "res_id": self.lead.id, "activity_id": False}
        alert = self._raised()
        both = alert.copy({**about, "activity_date": False})
        both += both.copy({"kind": "first_contact"})
        self.Alert._hand_out()
        self.assertEqual(both.mapped("document_name"), [self.lead.name] * 2)
        self.assertEqual(len(both.activity_id), 2)
        self.assertEqual(set(both.activity_id.mapped("res_id")), {self.lead.id})
        gone = self.env["res.partner"].create({"name": "Gone"})
        both.write({"res_model": "res.partner", "res_id": gone.id})
        gone.unlink()
        both.invalidate_recordset(["document_name"])
        self.assertEqual(both.mapped("document_name"), [False] * 2)

    def test_nobody_is_written_a_mail_for_it(self):
        before = self.env["mail.mail"].search_count([])
        self._raised()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def _handed_out(self):
        alerts = self.Alert.search([("activity_id", "!=", False)])
        return alerts.profile_id.mapped("partner_id.name")

    def test_daily_limit_best_first(self):
        self.company.retention_daily_limit = 2
        for days in (130, 110, 120):
            self._new_customer(f"Customer {days}", self.seller, days)
        self._run()
        self.assertEqual(self._handed_out(), ["Customer 130", "Customer 120"])
        self.assertEqual(len(self.Alert.search([("state", "=", "open")])), 4)
        self._run()
        self.assertEqual(len(self._handed_out()), 2, "no more on this day")
        with self._in_days(1):
            self._run()
            self.assertEqual(len(self._handed_out()), 4)

    def test_what_was_done_today_counts_for_the_limit(self):
        self.company.retention_daily_limit = 1
        self._new_customer("Second", self.seller, 95)
        self._raised().activity_id.action_feedback()
        self._run()
        self.assertFalse(self._handed_out() and self.profile.open_alert_ids)
        self.assertNotIn("Second", self._handed_out())

    def test_limit_is_for_each_person(self):
        self.company.retention_daily_limit = 1
        self._new_customer("Other", self.colleague)
        self._run()
        self.assertEqual(len(self._handed_out()), 2)

    def test_decisions_count_for_the_limit(self):
        """Of the new activities a day, those that ask to decide about win-back come
        first, and leave half of them."""
        self.company.retention_daily_limit = 2
        for days in (130, 120):
            profile = self._new_customer(f"Customer {days}", self.seller, days)
            self.env["retention.winback"].create(
                {
                    "profile_id": profile.id,
                    "kind": "save",
                    "user_id": self.seller.id,
                    "step": "running",
                    "start_date": NOW - timedelta(days=100),
                }
            )
        asked = [("res_model", "=", "retention.winback")]
        asked = [*asked, ("summary", "like", "Decide")]
        Activity = self.env["mail.activity"]
        for days, decisions in ((0, 1), (0, 1), (1, 2)):
            with self._in_days(days):
                self._run()
                self.assertEqual(Activity.search_count(asked), decisions)
                self.assertEqual(len(self._handed_out()), days + 1)

    def test_decisions_wait_where_the_day_is_full(self):
        self.company.retention_daily_limit = 1
        self._raised()
        case = self.env["retention.winback"].create(
            {
                "profile_id": self.profile.id,
                "kind": "save",
                "user_id": self.seller.id,
                "step": "running",
                "start_date": NOW - timedelta(days=100),
            }
        )
        self._run()
        self.assertTrue(case.is_decision_due)
        self.assertFalse(case.decision_date)
        with self._in_days(1):
            self._run()
        self.assertEqual(case.decision_date, (NOW + timedelta(days=1)).date())

    def test_limit_of_none(self):
        self.company.retention_daily_limit = 0
        alert = self._raised()
        self.assertFalse(alert.activity_id)

    @mute_logger("odoo.sql_db")
    def test_limit_is_not_negative(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.company.retention_daily_limit = -1
            self.env.flush_all()

    # -- buttons -------------------------------------------------------

    def test_buttons_lead_on(self):
        alert = self._raised().with_user(self.seller)
        composer = alert.action_mail()
        self.assertEqual(composer["context"]["default_res_ids"], self.customer.ids)
        dialog = alert.action_log_contact()
        self.assertEqual(dialog["context"]["default_profile_id"], self.profile.id)
        self.assertEqual(alert.action_open_customer()["res_id"], self.profile.id)
        self.assertIn("Azur GmbH", alert.display_name)

    def test_closed_alert_is_not_closed_again(self):
        alert = self._raised()
        self._dismiss(alert)
        for action in (alert.action_snooze, alert.action_dismiss):
            with self.assertRaisesRegex(UserError, "closed already"):
                action()

    def test_late_after_the_deadline(self):
        alert = self._raised()
        for days, late in ((14, False), (15, True)):
            with self._in_days(days):
                alert.invalidate_recordset()
                self.assertEqual(alert.is_late, late)
