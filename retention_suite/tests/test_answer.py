from ast import literal_eval
from datetime import datetime, timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import retention_touchpoint
from .answer_common import ANNA, BERT, AnswerCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestAnswer(AnswerCase):
    """What waits, and what answers it."""

    def test_message_waits(self):
        message = self._write_in()
        self.assertRecordValues(
            self._contact(message),
            [
                {
                    "needs_answer": True,
                    "is_waiting": True,
                    "answered_date": False,
                    "answer_due_date": datetime(2026, 6, 15, 11, 10),
                }
            ],
        )
        self.assertRecordValues(
            self._unanswered(),
            [
                {
                    "state": "open",
                    "profile_id": self.profile.id,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "user_id": self.seller.id,
                    "message_id": message.id,
                    "due_date": datetime(2026, 6, 15, 11, 10),
                    "priority_score": 100,
                }
            ],
        )
        self._assert_run_agrees()

    def test_our_message_answers_at_once(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            ours = self._post(self.lead, self.seller, self.anna)
            self.assertRecordValues(
                self._contact(message),
                [
                    {
                        "needs_answer": True,
                        "is_waiting": False,
                        "answered_date": NOW + timedelta(hours=1),
                        "answer_id": self._contact(ours).id,
                        "answer_user_id": self.seller.id,
                    }
                ],
            )
            self.assertRecordValues(
                self._unanswered(),
                [
                    {
                        "state": "resolved",
                        "touchpoint_id": self._contact(ours).id,
                        "close_user_id": self.seller.id,
                    }
                ],
            )
            self._assert_run_agrees()
            self.assertAlmostEqual(self._contact(message).response_hours, 5 / 6)

    def test_our_message_to_two_answers_at_once(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.lead, self.seller, self.anna | self.bert)
            self.assertFalse(self._contact(message).is_waiting)
            self.assertEqual(self._unanswered().state, "resolved")

    def test_message_elsewhere_does_not_answer(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.customer, self.seller, self.anna)
            self._run()
            self.assertTrue(self._contact(message).is_waiting)
            self.assertEqual(self._unanswered().state, "open")

    def test_message_to_another_customer_does_not_answer(self):
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.lead, self.seller, other)
            self.assertTrue(self._contact(message).is_waiting)
            self._run()
            self.assertTrue(self._contact(message).is_waiting)

    def test_note_does_not_answer(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self.lead.with_user(self.seller).message_post(
                body="Rude!", subtype_xmlid="mail.mt_note"
            )
            self._flush()
            self._run()
            self.assertTrue(self._contact(message).is_waiting)

    def test_automatic_receipt_does_not_answer(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self.lead.message_post(
                body="We got it",
                partner_ids=self.anna.ids,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
            )
            self.lead.message_notify(body="Got it", partner_ids=self.anna.ids)
            self._flush()
            self._run()
            self.assertTrue(self._contacts(automated=True))
            self.assertTrue(self._contact(message).is_waiting)

    def test_automatic_message_needs_none(self):
        message = self._write_in(Auto_Submitted="auto-replied")
        self.assertFalse(self._contact(message).needs_answer)
        self.assertFalse(self._unanswered())

    def test_call_with_the_person_answers(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self.anna.with_user(self.seller).activity_schedule(
                "mail.mail_activity_data_call", user_id=self.seller.id
            ).action_feedback()
            self._flush()
            contact = self._contact(message)
            self.assertEqual(contact.answer_id.channel, "phone")
            self.assertEqual(contact.answer_user_id, self.seller)
            self.assertEqual(self._unanswered().touchpoint_id, contact.answer_id)
            self._assert_run_agrees()

    def test_call_with_another_person_does_not(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self._log(
                self.profile, NOW + timedelta(minutes=50), partner_id=self.bert.id
            )
            self.assertTrue(self._contact(message).is_waiting)

    def test_logged_call_answers_and_its_deletion_takes_it_back(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            call = self._log(
                self.profile, NOW + timedelta(minutes=50), partner_id=self.anna.id
            )
            self.assertEqual(self._contact(message).answer_id, call)
            self.assertEqual(self._unanswered().state, "resolved")
            call.unlink()
            self.assertTrue(self._contact(message).is_waiting)
            self.assertTrue(self._unanswered(state="open"))

    def test_meeting_answers_when_it_took_place(self):
        message = self._write_in()
        event = self.env["calendar.event"].with_context(no_mail_to_attendees=True)
        event.create(
            {
                "name": "Visit",
                "start": NOW + timedelta(hours=2),
                "stop": NOW + timedelta(hours=3),
                "user_id": self.seller.id,
                "partner_ids": [Command.set((self.bert | self.anna).ids)],
            }
        )
        self._flush()
        self._run()
        self.assertTrue(self._contact(message).is_waiting)
        with self._at(NOW + timedelta(hours=4)):
            self._run()
            contact = self._contact(message)
            self.assertEqual(contact.answer_id.kind, "meeting")
            self.assertEqual(contact.answered_date, NOW + timedelta(hours=2))
            self.assertEqual(self._unanswered().state, "resolved")
            self._assert_run_agrees()

    def test_several_in_a_row_wait_as_one(self):
        first = self._write_in()
        second = self._write_in(BERT, date="Mon, 15 Jun 2026 12:20:00 +0200")
        self.assertTrue(self._contact(first).needs_answer)
        self.assertFalse(self._contact(second).needs_answer)
        self.assertEqual(self._unanswered().message_id, first)
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.lead, self.seller, self.anna)
            self.assertFalse(self._contact(first).is_waiting)
        with self._at(NOW + timedelta(hours=3)):
            third = self._write_in(date="Mon, 15 Jun 2026 14:30:00 +0200")
            self.assertTrue(self._contact(third).needs_answer)
            self.assertEqual(self._unanswered(state="open").message_id, third)
            self._assert_run_agrees()

    def test_talk_with_one_leaves_the_other_waiting(self):
        first = self._write_in()
        second = self._write_in(BERT, date="Mon, 15 Jun 2026 12:20:00 +0200")
        with self._at(NOW + timedelta(hours=1)):
            self._log(
                self.profile, NOW + timedelta(minutes=50), partner_id=self.anna.id
            )
            self.assertFalse(self._contact(first).is_waiting)
            self.assertTrue(self._contact(second).is_waiting)
            self.assertEqual(self._unanswered(state="open").message_id, second)

    def test_message_that_came_back_answers_nothing(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            ours = self._post(self.lead, self.seller, self.anna)
            self.assertFalse(self._contact(message).is_waiting)
            ours.sudo().notification_ids.write({"notification_status": "bounce"})
            self._flush()
            self.assertTrue(self._contact(message).is_waiting)
            self.assertTrue(self._unanswered(state="open"))

    def test_portal_user_on_other_documents(self):
        """Whatever the message is on: here the contact itself."""
        portal = self._portal_user(self.anna)
        self.customer.message_subscribe(self.anna.ids)
        message = (
            self.customer.with_user(portal)
            .sudo()
            .message_post(
                body="Hello",
                author_id=self.anna.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        )
        self._flush()
        self.assertTrue(self._contact(message).is_waiting)
        alert = self._unanswered()
        self.assertEqual(
            (alert.res_model, alert.res_id), ("res.partner", self.customer.id)
        )
        # the contact has no salesperson: its contact person is asked
        self.assertEqual(alert.user_id, self.profile.user_id)

    def test_alert_follows_the_document(self):
        self._write_in()
        alert = self._unanswered()
        self._run()
        self.assertEqual(alert.activity_id.user_id, self.seller)
        self.lead.user_id = self.colleague
        self._run()
        self.assertEqual(alert.user_id, self.colleague)
        self.assertEqual(alert.activity_id.user_id, self.colleague)

    def _nobodys(self):
        """An alert about a message in a lead of nobody."""
        self.lead.user_id = False
        contact = self._contact(self._write_in())
        contact.user_id = False
        return self._unanswered()

    def test_alert_follows_the_leader(self):
        """Where nobody else is responsible, whoever leads the team is."""
        alert = self._nobodys()
        self.profile.user_id = False
        team = self.env["crm.team"].create({"name": "Team", "user_id": self.manager.id})
        self._contact(alert.message_id).team_id = team
        self.Alert._follow_waiting()
        self.assertEqual(alert.user_id, self.manager)
        team.user_id = self.colleague
        self.assertEqual(alert.user_id, self.colleague)

    def test_alert_follows_the_contact_person(self):
        """Of a document that belongs to nobody."""
        alert = self._nobodys()
        self.profile.user_id = self.seller
        self.assertEqual(alert.user_id, self.seller)
        self.profile.user_id = self.colleague
        self.assertEqual(alert.user_id, self.colleague)

    def test_later_runs_of_a_day(self):
        """They look at what may have changed, and find the same as the first."""
        self._run()
        self._write_in()
        alert = self._unanswered()
        self._run()
        looked_at = self._looked_at()
        self.assertFalse(looked_at, "as nothing has changed")
        self.env.cr.execute(
            "UPDATE crm_lead SET user_id = %s, write_date = %s WHERE id = %s",
            [self.colleague.id, NOW, self.lead.id],
        )
        self.assertEqual(self._looked_at(), alert.ids, "the document")
        self._run()
        self.assertEqual(self._read(alert), (self.colleague, 100, "open"))
        self.env.cr.execute(
            "UPDATE crm_lead SET user_id = %s, write_date = '2026-01-01' WHERE id = %s",
            [self.seller.id, self.lead.id],
        )
        self.env.cr.execute(
            "UPDATE res_users SET active = FALSE WHERE id = %s", [self.colleague.id]
        )
        self.assertEqual(self._looked_at(), alert.ids, "who works here no more")
        self._run()
        self.assertEqual(self._read(alert), (self.seller, 100, "open"))
        with self._at(NOW + timedelta(hours=1, minutes=15)):
            self.assertEqual(self._looked_at(), alert.ids, "the time")
            self._run()
            self.assertEqual(self._read(alert), (self.seller, 200, "open"))
            self.assertFalse(self._looked_at())
            self.env.cr.execute(
                "UPDATE retention_touchpoint SET answered_date = %s"
                " WHERE message_id = %s",
                [NOW, alert.message_id.id],
            )
            self.assertEqual(self._looked_at(), alert.ids, "the answer")
            self.env["retention.alert"]._follow_waiting(since=NOW)
        self.assertEqual(self._read(alert)[2], "resolved")

    def _looked_at(self):
        self.env.invalidate_all()
        since = NOW - timedelta(days=1)
        return self.env["retention.alert"]._suspects(since, SQL("TRUE"))

    def _read(self, alert):
        self.env.invalidate_all()
        return alert.user_id, alert.priority_score, alert.state

    def test_reason(self):
        self._write_in(date="Fri, 12 Jun 2026 16:30:00 +0200")
        reason = self._unanswered().reason
        self.assertIn("Anna's message of", reason)
        self.assertIn("3.5 working hours (target: 1)", reason)
        self.assertIn(self.lead.name, reason)

    def test_overdue_rises_and_escalates(self):
        self._write_in()
        team = self.env["crm.team"].create(
            {
                "name": "Team",
                "user_id": self.manager.id,
                "member_ids": [Command.set(self.seller.ids)],
            }
        )
        self.assertEqual(self.seller.sale_team_id, team)
        alert = self._unanswered()
        with self._at(NOW + timedelta(hours=1, minutes=15)):
            self._run()
            self.assertTrue(alert.is_late)
            self.assertEqual(alert.priority_score, 200)
            self.assertEqual(alert.escalation_activity_id.user_id, self.manager)
        with self._at(NOW + timedelta(hours=6)):
            self._run()
            self.assertEqual(alert.priority_score, 300)

    def test_filter_finds_what_is_late(self):
        view = self.env.ref("retention_suite.retention_alert_view_search")
        late = etree.fromstring(view.arch).find(".//filter[@name='late']")
        domain = literal_eval(late.get("domain"))
        self._write_in()
        alert = self._unanswered()
        for minutes, is_late in ((45, False), (75, True)):
            with self._at(NOW + timedelta(minutes=minutes)):
                alert.invalidate_recordset(["is_late"])
                self.assertEqual(alert.is_late, is_late)
                self.assertEqual(alert in self.Alert.search(domain), is_late)

    def test_old_messages_raise_nothing(self):
        message = self._write_in(date="Mon, 13 Apr 2026 12:00:00 +0200")
        self._run()
        self.assertTrue(self._contact(message).needs_answer)
        self.assertFalse(self._unanswered())

    def test_old_message_and_a_new_one(self):
        """They wait as one, and somebody is told."""
        with self._at("2026-04-13 10:00:00"):
            first = self._write_in(date="Mon, 13 Apr 2026 12:00:00 +0200")
        self.ours.sudo().notification_ids.write({"notification_status": "bounce"})
        self._flush()
        self.assertTrue(self._contact(first).is_waiting)
        self._run()
        self.assertFalse(self._unanswered())
        second = self._write_in()
        self.assertFalse(self._contact(second).needs_answer)
        self._run()
        self.assertEqual(self._unanswered().message_id, first)

    def test_answer_to_an_old_message(self):
        """There is no alert that would end; the next run knows at the latest."""
        with self._at("2026-04-13 10:00:00"):
            message = self._write_in(date="Mon, 13 Apr 2026 12:00:00 +0200")
        self.ours.sudo().notification_ids.write({"notification_status": "bounce"})
        self._flush()
        self._run()
        contact = self._contact(message)
        self.assertTrue(contact.is_waiting)
        self.assertFalse(self._unanswered())
        for persons in (self.anna, self.anna | self.bert):
            with self._at(NOW + timedelta(hours=1)):
                answer = self._post(self.lead, self.seller, persons)
                self._run()
                self.assertEqual(contact.answered_date, NOW + timedelta(hours=1))
                self.assertEqual(contact.answer_user_id, self.seller)
            answer.sudo().unlink()
            self.assertTrue(contact.is_waiting)

    def test_deleted_answer(self):
        """The message waits again at once, and somebody is told."""
        message = self._write_in()
        alert = self._unanswered()
        with self._at(NOW + timedelta(hours=1)):
            answer = self._post(self.lead, self.seller, self.anna)
            self.assertEqual(alert.state, "resolved")
            self._run()
            answer.sudo().unlink()
            self.assertTrue(self._contact(message).is_waiting)
            self.assertFalse(self._contact(message).response_hours)
            self.assertEqual(self._unanswered(state="open").message_id, message)

    def test_deleted_call_that_was_the_answer(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            activity = self.lead.activity_schedule(
                "mail.mail_activity_data_call", user_id=self.seller.id
            )
            activity.with_user(self.seller).action_done()
            self.assertFalse(self._contact(message).is_waiting)
            activity.sudo().unlink()
            self.assertTrue(self._contact(message).is_waiting)

    def test_deletions_by_the_thousand_are_left_to_the_run(self):
        self.patch(retention_touchpoint, "FOLLOW_LIMIT", 0)
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            answer = self._post(self.lead, self.seller, self.anna)
            self._run()
            answer.sudo().unlink()
            self.assertFalse(self._contact(message).is_waiting)
            self._run()
            self.assertTrue(self._contact(message).is_waiting)

    def test_nothing_changed_writes_nothing(self):
        self._write_in()
        self._run()
        self._run()
        self.env.flush_all()

        def written():
            return self.env.execute_query(
                SQL(
                    "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del"
                    " FROM pg_stat_xact_user_tables WHERE relname LIKE 'retention%%'"
                    " ORDER BY relname"
                )
            )

        before = written()
        self._run()
        self.env.flush_all()
        self.assertEqual(written(), before)

    def test_what_bypassed_the_hook_is_found(self):
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.lead, self.seller, self.anna)
            self.env.flush_all()
            self._unanswered().unlink()
            self._reread()
            self.assertFalse(self._contact(message).is_waiting)
            self.assertAlmostEqual(self._contact(message).response_hours, 5 / 6)
        with self._at(NOW + timedelta(hours=2)):
            self._write_in(date="Mon, 15 Jun 2026 13:30:00 +0200")
            self._unanswered().unlink()
            self._reread()
            self.assertTrue(self._unanswered(state="open"))

    def test_answer_in_the_run_of_a_locked_customer(self):
        """A reply that is given while nobody looks is seen by the run."""
        message = self._write_in()
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.lead, self.seller, self.anna)
            self.env.cr.execute(
                "UPDATE retention_touchpoint SET answered_date = NULL,"
                " answer_id = NULL, answer_user_id = NULL WHERE needs_answer;"
                "UPDATE retention_profile SET refresh_date = '2026-06-15'"
            )
            self.env.invalidate_all()
            self._run()
            self.assertEqual(
                self._contact(message).answered_date, NOW + timedelta(hours=1)
            )

    def test_killed_run_is_carried_on(self):
        message = self._write_in()
        self._unanswered().unlink()
        self._forget()
        self.env.cr.execute(
            "UPDATE retention_watermark SET confirmed_id = 0 WHERE name <> 'run'"
        )
        self.env.invalidate_all()
        for step in ("messages", "measures"):
            getattr(self.Run, f"_step_{step}")(self.Run)
        self.assertTrue(self._contact(message).needs_answer)
        self.assertFalse(self._contact(message).answer_due_date)
        self._run()
        self.assertTrue(self._contact(message).answer_due_date)
        self.assertTrue(self._unanswered(state="open"))

    def test_list_takes_few_queries(self):
        """However many lines: who, why and what to do are read at once."""

        def queries():
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._unanswered().read(["reason", "document_name", "waiting_hours"])
            return self.env.cr.sql_log_count - start

        self._write_in()
        queries()
        few = queries()
        for _number in range(5):
            lead = self._new_lead(self.anna, self.seller)
            self.ours = self._post(lead, self.seller, self.anna)
            with self._at(NOW + timedelta(minutes=30)):
                self._write_in(date="Mon, 15 Jun 2026 12:20:00 +0200")
        self.assertEqual(len(self._unanswered()), 6)
        self.assertEqual(queries(), few)

    def test_plain_message_takes_no_query_more(self):
        def queries(lead):
            start = self.env.cr.sql_log_count
            self._post(lead, self.seller, self.anna)
            return self.env.cr.sql_log_count - start

        lead = self._new_lead(self.anna, self.seller)
        queries(lead)
        nothing_to_answer = queries(lead)
        self._write_in()
        queries(self.lead)
        self._write_in(date="Mon, 15 Jun 2026 12:40:00 +0200")
        with self._at(NOW + timedelta(hours=1)):
            # the alert has no activity yet, which would have to go
            self.assertLessEqual(queries(self.lead), nothing_to_answer + 1)


@tagged("post_install", "-at_install")
class TestNoAnswer(AnswerCase):
    """One click says that no answer is needed, another takes it back."""

    def test_on_the_alert(self):
        first = self._write_in()
        second = self._write_in(date="Mon, 15 Jun 2026 12:20:00 +0200")
        alert = self._unanswered().with_user(self.seller)
        alert.action_no_answer()
        self.assertEqual(alert.state, "dismissed")
        contacts = self._contact(first) | self._contact(second)
        self.assertFalse(any(contacts.mapped("needs_answer")))
        self.assertTrue(all(contacts.mapped("is_no_answer_needed")))
        self._run()
        self.assertFalse(self._unanswered(state="open"))
        self._assert_run_agrees()
        alert.action_reopen()
        self.assertEqual(alert.state, "open")
        self.assertTrue(self._contact(first).is_waiting)
        self._run()
        self.assertEqual(self._unanswered(state="open"), alert)

    def test_on_the_contact(self):
        contact = self._contact(self._write_in()).with_user(self.seller)
        contact.action_no_answer()
        self.assertFalse(contact.is_waiting)
        self.assertEqual(self._unanswered().state, "dismissed")
        self.assertEqual(self._unanswered().close_user_id, self.seller)
        with self.assertRaises(UserError):
            contact.action_no_answer()
        contact.action_need_answer()
        self.assertTrue(contact.is_waiting)
        self.assertEqual(self._unanswered().state, "open")
        with self.assertRaises(UserError):
            contact.action_need_answer()

    def test_dismissing_is_saying_so(self):
        message = self._write_in()
        self.env["retention.alert.dismiss"].create(
            {"alert_ids": self._unanswered().ids, "reason": "Spam"}
        ).action_dismiss()
        self.assertFalse(self._contact(message).needs_answer)

    def test_next_message_waits_again(self):
        self._write_in()
        self._unanswered().action_no_answer()
        with self._at(NOW + timedelta(hours=1)):
            message = self._write_in(date="Mon, 15 Jun 2026 12:50:00 +0200")
            self.assertTrue(self._contact(message).is_waiting)
            self.assertTrue(self._unanswered(state="open"))

    def test_activity_marked_as_done(self):
        message = self._write_in()
        self._run()
        alert = self._unanswered()
        alert.activity_id.with_user(self.seller).action_feedback()
        self._flush()
        self.assertEqual(alert.state, "resolved")
        self._run()
        self.assertFalse(self._contact(message).needs_answer)
        self.assertFalse(self._unanswered(state="open"))

    def test_answer_opens_the_composer(self):
        message = self._write_in()
        action = self._unanswered().with_user(self.seller).action_answer()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.seller)
            .with_context(**action["context"])
            .create({"body": "On Friday"})
        )
        with self._at(NOW + timedelta(hours=1)):
            composer._action_send_mail()
            self._flush()
            self.assertEqual(self._contact(message).answer_user_id, self.seller)
            self.assertEqual(self._unanswered().state, "resolved")


@tagged("post_install", "-at_install")
class TestAnswerMerge(AnswerCase):
    """Merging customers or leads keeps what waits."""

    def test_merged_lead(self):
        message = self._write_in()
        target = self._new_lead(self.anna, self.seller, priority="3", probability=90)
        (target | self.lead)._merge_opportunity()
        lead = (target | self.lead).exists()
        self.assertEqual(len(lead), 1)
        self.assertEqual(message.res_id, lead.id)
        self.assertEqual(self._contact(message).res_id, lead.id)
        self._run()
        self.assertEqual(self._unanswered(state="open").res_id, lead.id)
        with self._at(NOW + timedelta(hours=1)):
            self._post(lead, self.seller, self.anna)
            self.assertFalse(self._contact(message).is_waiting)
            self.assertFalse(self._unanswered(state="open"))

    def test_merged_customer(self):
        message = self._write_in()
        other = self.env["res.partner"].create({"name": "Azur", "is_company": True})
        profile = self._add_profile(other)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.customer.id, other.id], other
        )
        self.env.invalidate_all()
        self._run()
        contact = self._contact(message)
        self.assertEqual(contact.profile_id, profile)
        self.assertTrue(contact.is_waiting)
        self.assertEqual(self._unanswered(state="open").profile_id, profile)


@tagged("post_install", "-at_install")
class TestAnswerHistory(AnswerCase):
    def test_customer_added_later(self):
        """What waited when somebody becomes a customer is seen then."""
        carl = self.env["res.partner"].create(
            {"name": "Carl", "email": "carl@home.example"}
        )
        self.ours = self._post(self.lead, self.seller, carl)
        message = self._write_in("Carl <carl@home.example>")
        self.assertFalse(self._contacts(message_id=message.id))
        self._add_profile(carl)
        self.assertTrue(self._contact(message).is_waiting)
        self.assertTrue(self._unanswered(state="open"))

    def test_put_away_customer(self):
        self._write_in(ANNA)
        self.profile.action_archive()
        self.assertFalse(self._unanswered(state="open"))
        self._run()
        self.assertFalse(self._unanswered(state="open"))
