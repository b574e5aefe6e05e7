from odoo import fields
from odoo.tests import tagged

from .capture import CaptureCase

YESTERDAY = "2026-06-14 09:00:00"
AFTER = "2026-06-14 10:00:00"


@tagged("post_install", "-at_install")
class TestTouchpointMeeting(CaptureCase):
    """Meetings in the calendar."""

    def _meeting(self, persons=None, **values):
        persons = self.anna if persons is None else persons
        event = (
            self.env["calendar.event"]
            .with_user(self.seller)
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "Visit",
                    "start": YESTERDAY,
                    "stop": AFTER,
                    "user_id": self.seller.id,
                    "partner_ids": (self.seller.partner_id | persons).ids,
                    **values,
                }
            )
        )
        self.env.flush_all()
        return event

    def _on_lead(self):
        return {
            "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
            "res_id": self.lead.id,
        }

    def _answer(self, event, persons, state):
        attendees = event.sudo().attendee_ids
        attendees.filtered(lambda a: a.partner_id in persons).state = state
        self.env.flush_all()

    def test_meeting_that_took_place_is_a_contact(self):
        event = self._meeting(**self._on_lead())
        self._run()
        self.assertRecordValues(
            self._contacts(),
            [
                {
                    "profile_id": self.profile.id,
                    "partner_id": self.anna.id,
                    "direction": "out",
                    "channel": "meeting",
                    "kind": "meeting",
                    "purpose": "sales",
                    "automated": False,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    "event_id": event.id,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "summary": "Visit",
                    "date": fields.Datetime.to_datetime(YESTERDAY),
                }
            ],
        )
        self.assertEqual(str(self.profile.last_own_contact_date), YESTERDAY)
        self._assert_run_agrees()

    def test_meeting_of_no_document_belongs_to_itself(self):
        event = self._meeting()
        self._run()
        self.assertRecordValues(
            self._contacts(),
            [
                {
                    "res_model": "calendar.event",
                    "res_id": event.id,
                    "purpose": "relationship",
                    "company_id": self.company.id,
                }
            ],
        )

    def test_meeting_with_two_persons_is_one_contact(self):
        self._meeting(self.anna | self.bert)
        self._run()
        contact = self._contacts()
        self.assertEqual(len(contact), 1)
        self.assertEqual(
            contact.partner_id | contact.other_partner_ids, self.anna | self.bert
        )

    def test_meeting_with_two_customers_is_two_contacts(self):
        other = self.env["res.partner"].create({"name": "Rosso", "is_company": True})
        self._add_profile(other)
        self._meeting(self.anna | other)
        self._run()
        self.assertEqual(self._contacts().partner_id, self.anna | other)

    def test_meeting_among_colleagues_is_none(self):
        self._meeting(self.colleague.partner_id)
        self._run()
        self.assertFalse(self._contacts())

    def test_planned_meeting_is_none_until_it_took_place(self):
        self._meeting(start="2026-06-20 09:00:00", stop="2026-06-20 10:00:00")
        self._run()
        self.assertFalse(self._contacts())
        with self._at("2026-06-20 09:30:00"):
            self._run()
            self.assertFalse(self._contacts(), "it is not over yet")
        with self._at("2026-06-20 10:30:00"):
            self._run()
            self.assertEqual(len(self._contacts()), 1)

    def test_cancelled_meeting_is_none(self):
        self._meeting(active=False)
        self._run()
        self.assertFalse(self._contacts())

    def test_meeting_cancelled_afterwards_is_none(self):
        event = self._meeting()
        self._run()
        self.assertTrue(self.profile.last_contact_date)
        event.active = False
        self._run()
        self.assertFalse(self._contacts())
        self.assertFalse(self.profile.last_contact_date)

    def test_meeting_deleted_afterwards_is_none(self):
        event = self._meeting()
        self._run()
        self.assertTrue(self._contacts())
        event.unlink()
        self.assertFalse(self._contacts())
        self._run()
        self.assertFalse(self.profile.last_contact_date)

    def test_who_declined_was_not_met(self):
        event = self._meeting()
        self._answer(event, self.anna, "declined")
        self._run()
        self.assertFalse(self._contacts())

    def test_who_has_not_answered_was_met(self):
        event = self._meeting()
        self._answer(event, self.anna, "needsAction")
        self._run()
        self.assertEqual(self._contacts().partner_id, self.anna)

    def test_who_declined_afterwards_was_not_met(self):
        event = self._meeting()
        self._run()
        self._answer(event, self.anna, "declined")
        self._run()
        self.assertFalse(self._contacts())

    def test_who_declined_by_mistake_was_met(self):
        event = self._meeting()
        self._answer(event, self.anna, "declined")
        with self._at("2026-06-15 12:00:00"):
            self._run()
        with self._at("2026-06-25 12:00:00"):
            self._run()
            self.assertFalse(self._contacts())
            self._answer(event, self.anna, "accepted")
            self._run()
            self.assertEqual(self._contacts().partner_id, self.anna)

    def test_meeting_that_one_of_two_declined_afterwards_was_with_the_other(self):
        event = self._meeting(self.anna | self.bert)
        self._run()
        gone = self._contacts().partner_id
        self._answer(event, gone, "declined")
        self._run()
        self.assertEqual(self._contacts().partner_id, (self.anna | self.bert) - gone)
        self._assert_run_agrees()

    def test_meeting_moved_within_the_past_is_counted_once(self):
        event = self._meeting()
        self._run()
        contact = self._contacts()
        event.write({"start": "2026-06-12 09:00:00", "stop": "2026-06-12 10:00:00"})
        self.env.flush_all()
        self._run()
        self.assertEqual(self._contacts(), contact)
        self.assertEqual(str(contact.date), "2026-06-12 09:00:00")
        self.assertEqual(str(self.profile.last_contact_date), "2026-06-12 09:00:00")

    def test_meeting_moved_into_the_future_is_counted_once_and_then(self):
        event = self._meeting()
        self._run()
        event.write({"start": "2026-06-20 09:00:00", "stop": "2026-06-20 10:00:00"})
        self.env.flush_all()
        self._run()
        self.assertFalse(self._contacts())
        with self._at("2026-06-21 10:00:00"):
            self._run()
            self.assertEqual(str(self._contacts().date), "2026-06-20 09:00:00")

    def test_meeting_given_to_a_colleague_is_the_colleagues(self):
        event = self._meeting()
        self._run()
        event.sudo().user_id = self.colleague
        self.env.flush_all()
        self._run()
        self.assertEqual(self._contacts().user_id, self.colleague)
        self._assert_run_agrees()

    def test_private_meeting_does_not_tell_what_it_was_about(self):
        event = self._meeting()
        self._meeting(
            privacy="private", start="2026-06-13 09:00:00", stop="2026-06-13 10:00:00"
        )
        self._run()
        self.assertEqual(set(self._contacts().mapped("summary")), {"Visit", False})
        event.privacy = "private"
        self.env.flush_all()
        self._run()
        self.assertEqual(set(self._contacts().mapped("summary")), {False})

    def test_done_activity_of_a_meeting_in_the_calendar_is_no_second_contact(self):
        event = self._meeting(**self._on_lead())
        activity = self.lead.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_meeting", user_id=self.seller.id
        )
        activity.calendar_event_id = event
        activity.action_feedback(feedback="Well")
        self._flush()
        self._run()
        self.assertEqual(self._contacts().event_id, event)
        self.assertEqual(len(self._contacts()), 1)

    def test_done_activity_of_a_meeting_without_the_customer_is_the_contact(self):
        event = self._meeting(self.colleague.partner_id)
        activity = self.lead.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_meeting", user_id=self.seller.id
        )
        activity.calendar_event_id = event
        activity.action_feedback(feedback="Well")
        self._flush()
        self.assertEqual(self._contacts().activity_id, activity)
