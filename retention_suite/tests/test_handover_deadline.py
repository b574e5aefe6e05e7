from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW
from .handover_common import HandoverCase


@tagged("post_install", "-at_install")
class TestHours(HandoverCase):
    """Deadlines are counted in the working hours of the company."""

    def _calendar(self, **values):
        """Monday to Friday from 9 to 17, without a break."""
        calendar = self.env["resource.calendar"].create(
            {"name": "Nine to five", "tz": "Europe/Berlin", **values}
        )
        if "attendance_ids" not in values:
            calendar.attendance_ids.unlink()
            calendar.attendance_ids = [
                (
                    0,
                    0,
                    {
                        "name": day,
                        "dayofweek": day,
                        "hour_from": 9,
                        "hour_to": 17,
                        "day_period": "morning",
                    },
                )
                for day in "01234"
            ]
        return calendar

    def _plan(self, moment, hours):
        moment = datetime.fromisoformat(moment)
        return str(self.company._retention_plan_hours(moment, hours))

    def test_over_a_weekend(self):
        self.company.resource_calendar_id = self._calendar()
        # Friday 16:30 in Berlin
        self.assertEqual(self._plan("2026-06-12 14:30", 1), "2026-06-15 07:30:00")
        self.assertEqual(self._plan("2026-06-13 14:30", 1), "2026-06-15 08:00:00")
        # and back
        self.assertEqual(self._plan("2026-06-15 07:30", -1), "2026-06-12 14:30:00")

    def _holiday(self):
        """Monday is one, in Berlin."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": "2026-06-14 22:00:00",
                "date_to": "2026-06-15 21:59:59",
            }
        )

    def test_over_a_holiday(self):
        self.company.resource_calendar_id = self._calendar()
        self._holiday()
        self.assertEqual(self._plan("2026-06-12 14:30", 1), "2026-06-16 07:30:00")

    def _friday(self, lead, hours=1):
        """Handed over on Friday 16:30 in Berlin, by somebody elsewhere."""
        self.marketer.tz, self.seller.tz = "Asia/Tokyo", "America/New_York"
        self.sales.write(
            {"retention_accept_hours": hours, "retention_contact_hours": 2 * hours}
        )
        with self._at("2026-06-12 14:30:00"):
            return self._hand_over(lead)

    def test_handed_over_before_the_weekend(self):
        self.company.resource_calendar_id = self._calendar()
        handover = self._friday(self.lead)
        self.assertEqual(handover.accept_due_date, datetime(2026, 6, 15, 7, 30))
        self.assertEqual(handover.contact_due_date, datetime(2026, 6, 15, 8, 30))
        self._holiday()
        other = self._new_lead(self.bert, self.marketer)
        self._flush()
        handover = self._friday(other)
        self.assertEqual(handover.accept_due_date, datetime(2026, 6, 16, 7, 30))

    def test_handed_over_with_breaks(self):
        """From 8 to 12 and from 13 to 17, as Odoo's own calendar."""
        handover = self._friday(self.lead, hours=6)
        # half an hour on Friday, four on Monday morning, the rest after lunch
        self.assertEqual(handover.accept_due_date, datetime(2026, 6, 15, 12, 30))

    def test_without_working_hours_the_clock_counts(self):
        self.company.resource_calendar_id = self._calendar(attendance_ids=[])
        self.company.resource_calendar_id.attendance_ids.unlink()
        self.assertEqual(self._plan("2026-06-12 14:30", 1), "2026-06-12 15:30:00")
        self.assertTrue(self.sales.retention_has_no_hours)
        handover = self._hand_over()
        self.assertEqual(handover.accept_due_date, NOW + timedelta(hours=8))

    def test_of_the_team(self):
        self.sales.write({"retention_accept_hours": 2, "retention_contact_hours": 0})
        handover = self._hand_over()
        # from noon on there is an hour's break
        self.assertEqual(handover.accept_due_date, NOW + timedelta(hours=3))
        self.assertFalse(handover.contact_due_date)
        self.sales.write({"retention_accept_hours": 0})
        second = self._hand_over(user=self.colleague, by=self.manager)
        self.assertFalse(second.accept_due_date)
        self.assertFalse(second.expire_due_date)
        with self._later(days=300):
            self._run()
            self.assertEqual(second.state, "offered")
            self.assertFalse(self._alerts())

    def test_negative_hours(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.sales.retention_accept_hours = -1
            self.env.flush_all()

    def test_of_the_leads_company(self):
        other = self.env["res.company"].create(
            {
                "name": "Other",
                "resource_calendar_id": self._calendar(tz="America/New_York").id,
            }
        )
        (self.seller | self.manager).company_ids += other
        lead = self.env["crm.lead"].create(
            {"name": "Overseas", "company_id": other.id, "user_id": False}
        )
        self._flush()
        lead.with_user(self.manager).sudo().user_id = self.seller
        self._flush()
        handover = self._open(lead)
        self.assertEqual(handover.company_id, other)
        # it is six in the morning there
        self.assertEqual(handover.accept_due_date, datetime(2026, 6, 15, 21))


@tagged("post_install", "-at_install")
class TestMissed(HandoverCase):
    """Who misses a deadline is told, then who gave the lead away."""

    def setUp(self):
        super().setUp()
        self.handover = self._hand_over()

    def _run_at(self, moment):
        with self._at(moment):
            self._run()

    def test_in_time_nobody_is_told(self):
        self._run_at("2026-06-16 09:59:00")
        self.assertFalse(self._alerts())

    def test_not_accepted(self):
        self._run_at("2026-06-16 10:01:00")
        alert = self._alerts()
        self.assertRecordValues(
            alert,
            [
                {
                    "user_id": self.seller.id,
                    "profile_id": self.profile.id,
                    "handover_id": self.handover.id,
                    "company_id": self.company.id,
                    "state": "open",
                    "escalation_date": False,
                }
            ],
        )
        self.assertEqual(alert.activity_id.user_id, self.seller)
        self.assertGreaterEqual(alert.priority_score, 150)
        with self._at("2026-06-16 10:01:00"):
            self.assertEqual(
                alert.with_context(tz="Europe/Berlin").reason,
                "Handed over by Marketer on Monday 12:00, to be accepted by "
                "Tuesday 12:00.",
            )
            self.assertTrue(self.handover.is_late)
            self.assertEqual(
                self.Handover.search([("is_late", "=", True)]).ids, self.handover.ids
            )

    def test_then_the_giver_is_told(self):
        self._run_at("2026-06-16 10:01:00")
        alert = self._alerts()
        # another eight working hours
        self._run_at("2026-06-17 09:30:00")
        self.assertFalse(alert.escalation_date)
        self._run_at("2026-06-17 11:10:00")
        self.assertTrue(alert.escalation_date)
        self.assertEqual(alert.escalation_activity_id.user_id, self.marketer)
        self.assertIn(
            alert, self.Alert.with_user(self.marketer).search([("id", "=", alert.id)])
        )
        alert.with_user(self.marketer).action_handover_take_back()
        self._flush()
        self.assertEqual(self.handover.state, "taken_back")
        self.assertEqual(alert.state, "resolved")
        self.assertFalse(alert.escalation_activity_id.exists())

    def test_accepting_ends_it(self):
        self._run_at("2026-06-16 10:01:00")
        alert = self._alerts()
        activity = alert.activity_id
        alert.with_user(self.seller).action_handover_accept()
        self.assertEqual(alert.state, "resolved")
        self.assertFalse(activity.exists())
        # accepted, but not contacted
        self._run_at("2026-06-17 11:00:00")
        second = self._alerts()
        self.assertTrue(second)
        with self._at("2026-06-17 11:00:00"):
            self.assertIn("was to be contacted by Wednesday", second.reason)
            self._post(self.lead, self.seller, self.anna)
            self.assertEqual(second.state, "resolved")
            self.assertFalse(self._run()["raised_count"])

    def test_winning_and_losing_end_it(self):
        for method in ("action_set_won", "action_set_lost"):
            lead = self._new_lead(self.bert, self.marketer)
            self._flush()
            self._hand_over(lead)
            with self._later(days=2):
                self._run()
                alert = self._alerts(lead=lead)
                self.assertEqual(len(alert), 1)
                getattr(lead, method)()
                self._flush()
                self.assertEqual(alert.state, "resolved")

    def test_dismissed_is_not_raised_again(self):
        self._run_at("2026-06-17 11:00:00")
        self._alerts()._close("dismissed", "On holiday")
        self._run_at("2026-06-18 11:00:00")
        self.assertFalse(self._alerts())

    def test_expires(self):
        self._run_at("2026-06-18 11:00:00")
        self.assertEqual(self.handover.state, "offered")
        with self._at("2026-06-19 10:01:00"):
            self._run()
            self.assertEqual(self.handover.state, "expired")
            self.assertTrue(self.handover.closed_date)
            alert = self._alerts()
            self.assertIn("never accepted", alert.reason)
            # nothing is lost: it still can be taken back
            self.handover.with_user(self.marketer).action_take_back()
            self._flush()
            self.assertEqual(self.lead.user_id, self.marketer)
            self.assertEqual(self.handover.state, "expired")
            self.assertEqual(alert.state, "resolved")

    def test_contact_after_it_expired(self):
        with self._at("2026-06-19 10:01:00"):
            self._run()
            alert = self._alerts()
            self.assertTrue(alert)
            self._post(self.lead, self.seller, self.anna)
            self.assertEqual(self.handover.state, "expired")
            self.assertEqual(self.handover.contacted_date, datetime(2026, 6, 19, 10, 1))
            self.assertEqual(alert.state, "resolved")

    def test_accepted_ones_do_not_expire(self):
        self.handover.with_user(self.seller).action_accept()
        self._run_at("2026-06-29 10:01:00")
        self.assertEqual(self.handover.state, "accepted")
        self.assertTrue(self._alerts())

    def test_merged_lead_takes_nothing_to_do_along(self):
        with self._at("2026-06-17 11:00:00"):
            self._run()
            alert = self._alerts()
            other = self._new_lead(self.anna, self.colleague)
            self._flush()
            merged = (self.lead | other).merge_opportunity()
            self._flush()
            self.assertNotEqual(merged, self.lead)
            self.assertEqual(alert.state, "resolved")
            self.assertEqual(self.handover.lead_id, merged)
            self.assertEqual(self.handover.state, "passed_on")

    def test_second_run_writes_nothing(self):
        with self._at("2026-06-17 11:00:00"):
            self._run()
            self._run()
            tables = ("retention_handover", "retention_alert", "mail_activity")

            def versions():
                self.env.flush_all()
                found = []
                for table in tables:
                    self.env.cr.execute(f"SELECT id, ctid FROM {table} ORDER BY id")
                    found.append(self.env.cr.fetchall())
                return found

            before = versions()
            self.assertEqual(set(self._run().values()), {0})
            self.assertEqual(versions(), before)


@tagged("post_install", "-at_install")
class TestFirstContact(HandoverCase):
    """Leads of nobody and people who registered are cared for, too."""

    def setUp(self):
        super().setUp()
        self.new = self._new_lead(
            self.env["res.partner"],
            name="From the website",
            team_id=self.sales.id,
            email_from="kim@unknown.example",
            create_date=NOW,
        )
        self._flush()

    def _first(self, lead=None):
        return self._alerts("first_contact", lead or self.new)

    def _late(self):
        return self._at("2026-06-16 10:01:00")

    def test_lead_without_a_salesperson(self):
        with self._at("2026-06-16 09:59:00"):
            self._run()
            self.assertFalse(self._first())
        with self._late():
            self._run()
            alert = self._first()
            self.assertEqual(alert.user_id, self.colleague)
            self.assertFalse(alert.profile_id)
            self.assertIn("has no salesperson", alert.reason)
            self.assertEqual(self._run()["raised_count"], 0)

    def test_says_what_was_agreed(self):
        self.company.retention_first_contact_hours = 1.5
        with self._late():
            self._run()
            alert = self._first()
            self.assertIn("(agreed: within 1.5 working hours)", alert.reason)
            self.company.resource_calendar_id.attendance_ids.unlink()
            alert.invalidate_recordset(["reason"])
            self.assertIn("within 1.5 hours by the clock", alert.reason)

    def test_salesperson_ends_it(self):
        with self._late():
            self._run()
            alert = self._first()
            self.new.with_user(self.seller).user_id = self.seller
            self._flush()
            self.assertEqual(alert.state, "resolved")

    def test_lost_and_deleted_end_it(self):
        with self._late():
            self._run()
            alert = self._first()
            self.new.action_set_lost()
            self._flush()
            self.assertEqual(alert.state, "resolved")

    def test_message_to_its_address_ends_it(self):
        with self._late():
            self._run()
            alert = self._first()
            self.new.with_user(self.colleague).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to="kim@unknown.example",
            )
            self._flush()
            self._run()
            self.assertEqual(alert.state, "resolved")

    def test_contact_with_its_customer_ends_it(self):
        lead = self._new_lead(self.bert, create_date=NOW, name="Second")
        self._flush()
        with self._late():
            self._run()
            alert = self._first(lead)
            self.assertEqual(alert.profile_id, self.profile)
            self._post(lead, self.colleague, self.bert)
            self.assertEqual(alert.state, "resolved")

    def test_contacted_leads_are_left_alone(self):
        lead = self._new_lead(self.bert, create_date=NOW, name="Second")
        self._flush()
        with self._later(hours=1):
            self._call(person=self.bert)
        with self._late():
            self._run()
            self.assertFalse(self._first(lead))

    def test_switched_off(self):
        self.company.retention_first_contact_hours = 0
        with self._late():
            self._run()
            self.assertFalse(self._first())

    def test_old_leads_are_left_alone(self):
        with self._later(days=40):
            self._run()
            self.assertFalse(self._first())

    def test_portal_user(self):
        visitor = self.env["res.partner"].create({"name": "Visitor"})
        user = self._portal_user(visitor, "visitor")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users SET create_date = %s WHERE id = %s", [NOW, user.id]
        )
        with self._late():
            self._run()
            alert = self.Alert.search(
                [("res_model", "=", "res.partner"), ("res_id", "=", visitor.id)]
            )
            self.assertEqual(alert.kind, "first_contact")
            self.assertIn("Registered in the portal", alert.reason)
            self.assertEqual(self._run()["raised_count"], 0)
            self._post(visitor, self.colleague, visitor)
            self._run()
            self.assertEqual(alert.state, "resolved")

    def test_portal_user_whom_we_know(self):
        self._call()
        user = self._portal_user(self.anna, "anna")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users SET create_date = %s WHERE id = %s", [NOW, user.id]
        )
        with self._late():
            self._run()
            self.assertFalse(
                self.Alert.search(
                    [("res_model", "=", "res.partner"), ("res_id", "=", self.anna.id)]
                )
            )
