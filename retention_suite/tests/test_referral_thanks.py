from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralThanks(ReferralCase):
    """Anna of Azur, the seller's customer, has recommended Carl on Monday."""

    def setUp(self):
        super().setUp()
        with self._at(NOW):
            self.profile = self._add_profile(self.customer, user_id=self.seller.id)
            self.referral = self._recommend(self.anna, "Carl")
            self.lead = self.referral.lead_id
            self.lead.company_id = self.company
            self._flush()

    def _in_days(self, days):
        return self._at(NOW + timedelta(days=days))

    def _alert(self):
        return self.Alert.search(
            [("kind", "=", "referral_thanks"), ("res_id", "=", self.referral.id)]
        )

    def _raised(self):
        self._run()
        alert = self._alert().filtered(lambda a: a.state == "open")
        self.assertEqual(len(alert), 1)
        return alert

    def _thank(self, user=None, referral=None, **values):
        referral = (referral or self.referral).with_user(user or self.seller)
        action = referral.action_thank()
        self.env["retention.referral.thank"].with_user(
            user or self.seller
        ).with_context(**action["context"]).create(values).action_thank()

    # ------------------------------------------------------------------
    # Thanking
    # ------------------------------------------------------------------

    def test_call_is_thanks_and_a_contact(self):
        with self._in_days(2):
            self._thank(kind="call", note="Told her about the project")
            self.assertEqual(self.referral.thanked_date, NOW.date() + timedelta(days=2))
            self.assertEqual(self.referral.thanked_user_id, self.seller)
            self.assertEqual(self.referral.thank_kind, "call")
            self.assertEqual(self.referral.thank_note, "Told her about the project")
            contact = self.profile.touchpoint_ids
            self.assertEqual(contact.channel, "phone")
            self.assertEqual(contact.purpose, "relationship")
            self.assertEqual(contact.partner_id, self.anna)
            self.assertEqual(contact.user_id, self.seller)
            self.assertEqual(self.profile.gap_days, 0)
            note = self.referral.message_ids[0]
            self.assertIn("Told her about the project", note.body)
            self.assertEqual(note.author_id, self.seller.partner_id)
            self.assertTrue(note.subtype_id.internal)

    def test_gift_is_no_contact(self):
        with self._in_days(2):
            self._thank(kind="gift")
        self.assertFalse(self.profile.touchpoint_ids)

    def test_contact_on_the_day_it_was(self):
        with self._in_days(5):
            self._thank(kind="note", date=NOW.date() + timedelta(days=3))
        contact = self.profile.touchpoint_ids
        self.assertEqual(contact.date.date(), NOW.date() + timedelta(days=3))
        self.assertEqual(contact.channel, "letter")

    def test_no_contact_without_a_customer(self):
        stranger = self.env["res.partner"].create({"name": "Dora"})
        with self._at(NOW):
            referral = self._recommend(stranger, "Emil")
            self._thank(user=self.manager, referral=referral, kind="call")
        self.assertTrue(referral.thanked_date)
        self.assertFalse(referral.thank_touchpoint_id)

    def test_not_in_the_future(self):
        with self._at(NOW), self.assertRaises(ValidationError):
            self._thank(kind="gift", date=NOW.date() + timedelta(days=1))

    def test_not_before_the_recommendation(self):
        with self._in_days(2):
            with self.assertRaisesRegex(ValidationError, "only on 06/15/2026"):
                self._thank(kind="gift", date=NOW.date() - timedelta(days=1))
            self._thank(kind="gift", date=NOW.date())
        self.assertEqual(self.referral.thanked_date, NOW.date())

    def test_today_will_do_wherever_the_company_is(self):
        """It is tomorrow in Auckland, and thanks cannot lie in the future."""
        self.company.resource_calendar_id.tz = "Pacific/Auckland"
        evening = NOW.replace(hour=20)
        with self._at(evening):
            referral = self._recommend(self.anna, "Dora")
            self._thank(referral=referral, kind="gift")
        self.assertTrue(referral.thanked_date)

    def test_not_twice(self):
        with self._at(NOW):
            self._thank(kind="gift")
            with self.assertRaises(UserError):
                self.referral.with_user(self.seller).action_thank()

    def test_taken_back_with_its_contact(self):
        with self._at(NOW):
            self._thank(kind="call", note="Nice")
            self.referral.with_user(self.seller).action_unthank()
        self.assertFalse(self.referral.thanked_date)
        self.assertFalse(self.referral.thank_note)
        self.assertFalse(self.referral.thank_kind)
        self.assertFalse(self.profile.touchpoint_ids)

    def test_whoever_may_not_see_it_may_not_thank(self):
        stranger = self._new_user("stranger", "sales_team.group_sale_salesman")
        portal = self._portal_user(self.anna)
        with self._at(NOW):
            for user in (stranger, portal):
                with self.assertRaises(AccessError):
                    self._thank(user=user, kind="gift")
                with self.assertRaises(AccessError):
                    self.referral.with_user(user).action_unthank()
            with self.assertRaises(AccessError):
                self.env["retention.referral.thank"].with_user(stranger).create(
                    {"referral_ids": [Command.set(self.referral.ids)], "kind": "gift"}
                ).action_thank()
            self.assertFalse(self.referral.thanked_date)
            with self.assertRaises(AccessError):
                self.referral.with_user(self.seller).thanked_date = NOW
            self._thank(user=self.colleague, kind="gift")
        self.assertEqual(self.referral.thanked_user_id, self.colleague)

    def test_salesperson_of_the_lead_thanks_another_s_customer(self):
        """The customer is none of theirs, and still the contact is logged."""
        other = self._new_user("other", "sales_team.group_sale_salesman")
        self.lead.user_id = other
        with self._at(NOW):
            self._thank(user=other, kind="call")
        self.assertEqual(self.profile.touchpoint_ids.user_id, other)

    def test_late_thanks_are_found(self):
        Referral = self.env["retention.referral"]
        for days, late in ((7, False), (8, True)):
            with self._in_days(days):
                self.referral.invalidate_recordset(["is_thank_late"])
                self.assertEqual(self.referral.is_thank_late, late)
                found = Referral.search([("is_thank_late", "=", True)])
                self.assertEqual(self.referral in found, late)
                found = Referral.search([("is_thank_late", "=", False)])
                self.assertEqual(self.referral in found, not late)
        with self._in_days(8):
            self._thank(kind="gift")
            self.assertFalse(self.referral.is_thank_late)
            self.assertNotIn(
                self.referral, Referral.search([("is_thank_late", "=", True)])
            )

    def test_late_by_the_day_of_its_company(self):
        """At 23:00 UTC it is the next day in Berlin."""
        with self._at("2026-06-22 23:00:00"):
            self.assertTrue(self.referral.is_thank_late)
            self.assertIn(
                self.referral,
                self.env["retention.referral"].search([("is_thank_late", "=", True)]),
            )
            self.company.resource_calendar_id.tz = "UTC"
            self.referral.invalidate_recordset(["is_thank_late"])
            self.assertFalse(self.referral.is_thank_late)

    # ------------------------------------------------------------------
    # To do
    # ------------------------------------------------------------------

    def test_reminded_when_late(self):
        with self._in_days(7):
            self._run()
            self.assertFalse(self._alert(), "until the agreed day nothing is late")
        with self._in_days(9):
            alert = self._raised()
            self.assertEqual(alert.user_id, self.seller)
            self.assertEqual(alert.profile_id, self.profile)
            self.assertEqual(self.profile.open_alert_count, 1)
            self.assertEqual(
                alert.reason,
                "Recommended Carl on 06/15/2026, not thanked for 9 days (agreed: 7).",
            )
            activity = alert.activity_id
            self.assertEqual(activity.res_model, "retention.referral")
            self.assertEqual(activity.res_id, self.referral.id)
            self.assertEqual(activity.user_id, self.seller)
            self.assertEqual(
                activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo")
            )
            self._run()
            self.assertEqual(self._alert(), alert)

    def test_ends_at_once_when_thanked_and_comes_again(self):
        with self._in_days(9):
            alert = self._raised()
            activity = alert.activity_id
            action = alert.with_user(self.seller).action_referral_thank()
            self.assertEqual(
                action["context"], {"default_referral_ids": self.referral.ids}
            )
            self._thank(kind="gift")
            self.assertEqual(alert.state, "resolved")
            self.assertFalse(activity.exists())
            self.referral.with_user(self.seller).action_unthank()
            self.assertNotEqual(self._raised(), alert)

    def test_done_activity_says_thanked(self):
        with self._in_days(9):
            alert = self._raised()
            alert.activity_id.with_user(self.seller).action_done()
            self.assertEqual(alert.state, "resolved")
            self.assertEqual(self.referral.thanked_user_id, self.seller)
            self._run()
            self.assertEqual(self._alert(), alert)

    def test_not_again_after_a_dismissal(self):
        with self._in_days(9):
            alert = self._raised()
            self.env["retention.alert.dismiss"].create(
                {"alert_ids": alert.ids, "reason": "Thanked at the fair"}
            ).action_dismiss()
        with self._in_days(40):
            self._run()
        self.assertEqual(self._alert(), alert)

    def test_ends_when_rejected(self):
        with self._in_days(9):
            alert = self._raised()
            self.referral.with_user(self.manager).action_reject()
            self.assertEqual(alert.state, "resolved")
            self._run()
            self.assertEqual(self._alert(), alert)

    def test_ends_when_deleted(self):
        with self._in_days(9):
            alert = self._raised()
            activity = alert.activity_id
            self.referral.unlink()
            self.assertEqual(alert.state, "resolved")
            self.assertFalse(activity.exists())
            self._run()

    def test_ends_in_a_run_when_rejected_past_odoo(self):
        with self._in_days(9):
            alert = self._raised()
            self.referral.state = "rejected"
            self._run()
            self.assertEqual(alert.state, "resolved")

    def test_goes_to_the_next_one_who_is_responsible(self):
        """The contact person, the lead's, the programme's, the team's leader."""
        program = self.referral.program_id
        team = self.env["crm.team"].create(
            {"name": "Team", "user_id": self.manager.id, "company_id": self.company.id}
        )
        program.write({"team_id": team.id, "user_id": self.colleague.id})
        other = self._new_user("other", "sales_team.group_sale_salesman")
        self.lead.write({"user_id": other.id, "partner_id": False})
        with self._in_days(9):
            alert = self._raised()
            activity = alert.activity_id
            self.assertEqual(alert.user_id, self.seller)
            self.profile.user_id = False
            self.assertEqual(alert.user_id, other, "at once")
            self.assertEqual(activity.user_id, other)
            self.lead.user_id = False
            self._run()
            self.assertEqual(alert.user_id, self.colleague)
            self.colleague.active = False
            self._run()
            self.assertEqual(alert.user_id, self.manager)
            self.assertEqual(activity.user_id, self.manager)

    def test_who_is_to_thank_may_open_it(self):
        """Those who looked after the customer and the lead are no longer there."""
        other, third = (
            self._new_user(name, "sales_team.group_sale_salesman")
            for name in ("other", "third")
        )
        self.referral.program_id.user_id = other
        gone = self._new_user("gone", "sales_team.group_sale_salesman")
        self.profile.user_id = self.lead.user_id = gone
        gone.active = False
        with self._in_days(9):
            alert = self._raised()
            self.assertEqual(alert.user_id, other)
            for user in (self.seller, third):
                self.assertFalse(self.referral.with_user(user).has_access("read"))
            action = alert.with_user(other).action_referral_thank()
            self.env["retention.referral.thank"].with_user(other).with_context(
                **action["context"]
            ).create({"kind": "gift"}).action_thank()
            self.assertEqual(self.referral.thanked_user_id, other)
            self.assertEqual(alert.state, "resolved")
            # the screen shows it again
            self.referral.invalidate_recordset()
            self.assertTrue(self.referral.with_user(other).read(["thanked_date"]))

    def test_goes_along_with_another_customer(self):
        other = self.env["res.partner"].create({"name": "Blau", "is_company": True})
        with self._in_days(9):
            alert = self._raised()
            profile = self._add_profile(other, user_id=self.colleague.id)
            self.anna.parent_id = other
            self._run()
            self.assertEqual(self.referral.profile_id, profile)
            self.assertEqual(alert.profile_id, profile)
            self.assertEqual(alert.user_id, self.colleague)

    def test_escalates_to_the_leader(self):
        team = self.env["crm.team"].create(
            {"name": "Team", "user_id": self.manager.id, "company_id": self.company.id}
        )
        self.referral.program_id.team_id = team
        self.seller.sale_team_id = False
        with self._in_days(9):
            alert = self._raised()
            self.assertEqual(alert.deadline_date, NOW.date() + timedelta(days=16))
        with self._in_days(16):
            self._run()
            self.assertFalse(alert.escalation_activity_id)
        with self._in_days(17):
            self._run()
            self.assertEqual(alert.escalation_activity_id.user_id, self.manager)

    def test_nothing_for_customers_put_away(self):
        with self._in_days(9):
            alert = self._raised()
            self.profile.active = False
            self.assertEqual(alert.state, "resolved")
            self._run()
            self.assertEqual(self._alert(), alert)

    def test_without_a_customer_for_the_document_alone(self):
        stranger = self.env["res.partner"].create({"name": "Dora"})
        with self._at(NOW):
            self.referral = self._recommend(stranger, "Emil")
            self.referral.lead_id.user_id = self.colleague
        with self._in_days(9):
            alert = self._raised()
            self.assertFalse(alert.profile_id)
            self.assertEqual(alert.user_id, self.colleague)

    def test_each_company_for_itself(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Auckland", "tz": "Pacific/Auckland"}
        )
        second = self.env["res.company"].create(
            {"name": "Second", "resource_calendar_id": calendar.id}
        )
        with self._at(NOW):
            foreign = self._recommend(self.anna, "Zoe", lead=None)
        foreign.company_id = second
        foreign.program_id = False
        foreign.thank_due_date = NOW.date() + timedelta(days=7)
        # already the next day there
        with self._at(NOW + timedelta(days=7, hours=5)):
            self._run()
            alert = self.Alert.search([("res_id", "=", foreign.id)])
            self.assertEqual(alert.company_id, second)
            self.assertFalse(self._alert())
            self.assertFalse(alert.with_user(self.manager).has_access("read"))

    # ------------------------------------------------------------------
    # A run
    # ------------------------------------------------------------------

    def _rows(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, ctid FROM retention_referral"
            " UNION ALL SELECT -id, ctid FROM retention_alert ORDER BY 1"
        )
        return self.env.cr.fetchall()

    def test_second_run_writes_nothing(self):
        with self._in_days(9):
            self._raised()
            rows = self._rows()
            self._run()
            self.assertEqual(self._rows(), rows)
            self.env["retention.referral"]._derive()
            self.assertEqual(self._rows(), rows, "nor does one that looks at all")

    def test_run_looks_only_at_what_has_changed(self):
        def followed():
            ids = self.Run._since(self.Run)
            return self.env["retention.referral"]._changed_since(ids)

        with self._in_days(9):
            self._raised()
        with self._in_days(9.5):
            self.env.flush_all()
            since = self.Run._since(self.Run)
            self.assertEqual(since, NOW + timedelta(days=8))
            self.env.cr.execute(
                "UPDATE retention_referral SET write_date = %(d)s;"
                "UPDATE crm_lead SET write_date = %(d)s;"
                "UPDATE res_partner SET write_date = %(d)s;"
                "UPDATE retention_profile SET create_date = %(d)s;"
                "UPDATE retention_referral_program SET write_date = %(d)s",
                {"d": NOW},
            )
            self.assertEqual(followed(), [])
            for record in (
                self.referral,
                self.lead,
                self.anna,
                self.referral.program_id,
            ):
                self.env.cr.execute(
                    f"UPDATE {record._table} SET write_date = %s WHERE id = %s",
                    [NOW + timedelta(days=9), record.id],
                )
                self.assertEqual(followed(), self.referral.ids, record)
                self.env.cr.execute(
                    f"UPDATE {record._table} SET write_date = %s", [NOW]
                )
