from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import NOW
from .handover_common import HandoverCase


@tagged("post_install", "-at_install")
class TestOffer(HandoverCase):
    """A lead that somebody assigns to somebody else is handed over."""

    def test_assigned_to_a_colleague(self):
        self._hand_over()
        self.assertRecordValues(
            self._all(),
            [
                {
                    "from_user_id": self.marketer.id,
                    "from_team_id": self.marketing.id,
                    "to_user_id": self.seller.id,
                    "to_team_id": self.sales.id,
                    "customer_id": self.customer.id,
                    "company_id": self.company.id,
                    "state": "offered",
                    "offered_date": NOW,
                    "accept_due_date": datetime(2026, 6, 16, 10),
                    "contact_due_date": datetime(2026, 6, 17, 10),
                    "expire_due_date": datetime(2026, 6, 19, 10),
                    "closed_date": False,
                }
            ],
        )

    def test_created_for_a_colleague(self):
        lead = (
            self.env["crm.lead"]
            .with_user(self.colleague)
            .create({"name": "Fair", "user_id": self.seller.id})
        )
        self._flush()
        self.assertEqual(self._open(lead).from_user_id, self.colleague)

    def test_own_lead_is_no_handover(self):
        lead = self.env["crm.lead"].with_user(self.seller).create({"name": "Mine"})
        self._flush()
        self.assertEqual(lead.user_id, self.seller)
        self.assertFalse(self._all(lead))

    def test_taken_from_nobody_is_no_handover(self):
        lead = self._new_lead(self.bert)
        lead.with_user(self.seller).user_id = self.seller
        self._flush()
        self.assertFalse(self._all(lead))

    def test_given_by_the_system_comes_from_the_team(self):
        lead = self._new_lead(self.bert, team_id=self.marketing.id)
        self._flush()
        lead.write({"user_id": self.seller.id, "team_id": self.sales.id})
        self._flush()
        handover = self._open(lead)
        self.assertFalse(handover.from_user_id)
        self.assertEqual(handover.from_team_id, self.marketing)

    def test_manager_moves_it_between_two_others(self):
        self._hand_over(by=self.manager)
        self.assertEqual(self._open().from_user_id, self.marketer)

    def test_won_and_lost_leads_are_not_handed_over(self):
        won = self._new_lead(self.anna)
        won.action_set_won()
        lost = self._new_lead(self.anna)
        lost.action_set_lost()
        for lead in won | lost:
            self._hand_over(lead)
            self.assertFalse(self._all(lead))

    def test_same_salesperson_again(self):
        first = self._hand_over()
        self.lead.with_user(self.manager).write({"user_id": self.seller.id})
        self._flush()
        self.assertEqual(self._all(), first)

    def test_back_and_forth_within_a_transaction_is_none(self):
        lead = self.lead.with_user(self.manager)
        lead.user_id = self.seller
        lead.user_id = self.marketer
        self._flush()
        self.assertFalse(self._all())

    def test_many_at_once_are_one_insert(self):
        leads = self.env["crm.lead"].create(
            [{"name": f"Lead {n}", "partner_id": self.anna.id} for n in range(30)]
        )
        self._flush()

        def queries(some):
            some.with_user(self.manager).write({"user_id": self.seller.id})
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            some._retention_settle()
            return self.env.cr.sql_log_count - before

        queries(leads[:5])
        few = queries(leads[5:7])
        many = queries(leads[7:])
        self.assertLessEqual(many, few + 1)
        self._flush()
        self.assertEqual(len(self.Handover.search([("lead_id", "in", leads.ids)])), 30)

    def test_seen_before_the_transaction_ends(self):
        self.lead.with_user(self.manager).user_id = self.seller
        lead = self.lead.with_user(self.seller)
        self.assertEqual(lead.retention_handover_state, "offered")
        self.assertTrue(lead.retention_may_accept)

    def test_leads_of_data_files(self):
        lead = (
            self.env["crm.lead"]
            .with_context(install_mode=True)
            .create({"name": "Demo", "user_id": self.seller.id})
        )
        self._flush()
        self.assertFalse(self._all(lead))

    def test_button_and_dialog(self):
        lead = self.lead.with_user(self.marketer)
        action = lead.action_retention_hand_over()
        Dialog = self.env["retention.handover.pass"].with_user(self.marketer)
        with Form(Dialog.with_context(**action["context"])) as form:
            form.user_id = self.seller
            form.team_id = self.sales
            form.note = "Wants samples"
        form.record.action_hand_over()
        self.assertEqual(self.lead.user_id, self.seller)
        self.assertEqual(self._open().from_user_id, self.marketer)
        self.assertIn("Wants samples", self.lead.message_ids[0].body)

    def test_dialog_asks_to_whom(self):
        dialog = self.env["retention.handover.pass"].create({"lead_ids": self.lead.ids})
        with self.assertRaisesRegex(ValidationError, "who gets the lead"):
            dialog.action_hand_over()


@tagged("post_install", "-at_install")
class TestOdoosWays(HandoverCase):
    """Odoo's own ways to assign leads."""

    def test_conversion(self):
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.manager)
            .with_context(active_model="crm.lead", active_ids=self.lead.ids)
            .create(
                {
                    "lead_id": self.lead.id,
                    "name": "convert",
                    "action": "exist",
                    "partner_id": self.anna.id,
                    "user_id": self.seller.id,
                    "team_id": self.sales.id,
                    "force_assignment": True,
                }
            )
        )
        wizard.action_apply()
        self._flush()
        self.assertEqual(self.lead.type, "opportunity")
        self.assertRecordValues(
            self._all(),
            [
                {
                    "from_user_id": self.marketer.id,
                    "to_user_id": self.seller.id,
                    "to_team_id": self.sales.id,
                    "state": "offered",
                }
            ],
        )

    def test_mass_conversion(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Lead {n}", "type": "lead", "email_from": f"{n}@x.example"}
                for n in range(4)
            ]
        )
        self._flush()
        self.env["crm.lead2opportunity.partner.mass"].with_user(
            self.manager
        ).with_context(active_model="crm.lead", active_ids=leads.ids).create(
            {
                "user_ids": [Command.set((self.seller | self.colleague).ids)],
                "team_id": self.sales.id,
                "deduplicate": False,
                "force_assignment": True,
            }
        ).action_mass_convert()
        self._flush()
        handovers = self.Handover.search([("lead_id", "in", leads.ids)])
        self.assertEqual(len(handovers), 4)
        self.assertEqual(handovers.from_user_id, self.manager)
        self.assertEqual(handovers.to_user_id, self.seller | self.colleague)

    def test_automatic_assignment(self):
        self.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        self.env["crm.team.member"].create(
            {
                "user_id": self.seller.id,
                "crm_team_id": self.sales.id,
                "assignment_max": 30,
            }
        )
        lead = self.env["crm.lead"].create(
            {
                "name": "From the website",
                "type": "lead",
                "team_id": self.sales.id,
                "user_id": False,
                "create_date": NOW - timedelta(days=1),
            }
        )
        self._flush()
        self.sales._action_assign_leads(force_quota=True)
        self._flush()
        self.assertEqual(lead.user_id, self.seller)
        handover = self._open(lead)
        self.assertFalse(handover.from_user_id)
        self.assertEqual(handover.to_user_id, self.seller)


@tagged("post_install", "-at_install")
class TestEnd(HandoverCase):
    """What becomes of it."""

    def test_passed_on(self):
        first = self._hand_over()
        second = self._hand_over(user=self.colleague, by=self.manager)
        self.assertEqual(first.state, "passed_on")
        self.assertEqual(first.closed_date, NOW)
        self.assertEqual(second.from_user_id, self.seller)
        self.assertEqual(self._all(), second | first)

    def test_pass_on_by_the_giver(self):
        """Who sees own documents only, and the lead no more."""
        first = self._hand_over().with_user(self.marketer)
        action = first.action_pass_on()
        dialog = (
            self.env["retention.handover.pass"]
            .with_user(self.marketer)
            .with_context(**action["context"])
            .create({"user_id": self.colleague.id})
        )
        dialog.action_hand_over()
        self.assertEqual(self.lead.user_id, self.colleague)
        self.assertEqual(first.state, "passed_on")
        self.assertEqual(self._open().to_user_id, self.colleague)

    def test_won(self):
        handover = self._hand_over()
        self.lead.with_user(self.seller).action_set_won()
        self._flush()
        self.assertEqual(handover.state, "succeeded")
        self.assertEqual(handover.closed_date, NOW)

    def test_lost_and_archived(self):
        for method in ("action_set_lost", "action_archive"):
            lead = self._new_lead(self.bert)
            handover = self._hand_over(lead)
            getattr(lead.with_user(self.seller), method)()
            self._flush()
            self.assertEqual(handover.state, "lost")

    def test_taken_back(self):
        handover = self._hand_over()
        handover.with_user(self.marketer).action_take_back()
        self._flush()
        self.assertEqual(handover.state, "taken_back")
        self.assertEqual(self.lead.user_id, self.marketer)
        self.assertEqual(self.lead.team_id, self.marketing)
        self.assertEqual(self._all(), handover)

    def test_reassigned_to_the_giver(self):
        handover = self._hand_over()
        self.lead.with_user(self.marketer).sudo().user_id = self.marketer
        self._flush()
        self.assertEqual(handover.state, "taken_back")
        self.assertEqual(self._all(), handover)

    def test_salesperson_emptied(self):
        first = self._hand_over()
        self.lead.with_user(self.seller).sudo().user_id = False
        self._flush()
        self.assertEqual(first.state, "returned")

    def test_returned(self):
        handover = self._hand_over()
        self.lead.expected_revenue = 5000
        self._return(handover, note="Has a contract")
        self.assertRecordValues(
            handover,
            [
                {
                    "state": "returned",
                    "closed_date": NOW,
                    "return_reason_id": self.reason.id,
                    "resume_date": datetime(2026, 7, 15).date(),
                }
            ],
        )
        self.assertFalse(self.lead.user_id)
        self.assertEqual(self.lead.team_id, self.marketing)
        self.assertEqual(self.lead.expected_revenue, 5000)
        message = self.lead.message_ids[0]
        self.assertIn("Not ready", message.body)
        self.assertIn("Has a contract", message.body)
        self.assertEqual(message.partner_ids, self.marketer.partner_id)

    def test_return_comes_up_on_its_day(self):
        handover = self._hand_over()
        self._return(handover)
        self._run()
        self.assertFalse(self._alerts())
        with self._at("2026-07-15 08:00:00"):
            self._run()
            alert = self._alerts()
            self.assertEqual(alert.user_id, self.marketer)
            self.assertIn("Not ready", alert.reason)
            self.assertEqual(alert.activity_id.user_id, self.marketer)
            self.lead.with_user(self.marketer).user_id = self.marketer
            self._flush()
            self.assertEqual(alert.state, "resolved")
            self.assertEqual(handover.state, "returned")

    def test_return_wants_a_reason_and_a_day(self):
        handover = self._hand_over()
        for values, message in (
            ({"reason_id": False}, "Choose why"),
            ({"resume_date": "2026-06-14"}, "today or later"),
            ({"resume_date": False}, "today or later"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._return(handover, **values)
        self.assertEqual(handover.state, "offered")
        self._return(handover, resume_date=NOW.date())
        self.assertEqual(handover.state, "returned")

    def test_ended_cannot_be_accepted_or_returned(self):
        handover = self._hand_over()
        self._hand_over(user=self.colleague, by=self.manager)
        receiver = handover.with_user(self.seller)
        for method in ("action_accept", "action_return", "action_pass_on"):
            with self.assertRaisesRegex(UserError, "ended already"):
                getattr(receiver, method)()
        with self.assertRaisesRegex(UserError, "ended already"):
            handover.with_user(self.marketer).action_take_back()

    def test_deleted_lead_takes_them_along(self):
        handover = self._hand_over()
        with self._later(days=2):
            self._run()
            alert = self._alerts()
            self.assertTrue(alert)
            self.lead.unlink()
            self._flush()
            self.assertFalse(handover.exists())
            self.assertEqual(alert.state, "resolved")


@tagged("post_install", "-at_install")
class TestMerge(HandoverCase):
    def test_merged_leads_keep_their_history(self):
        other = self._new_lead(self.anna, type="lead")
        self._flush()
        first = self._hand_over()
        second = self._hand_over(user=self.colleague, by=self.manager)
        third = self._hand_over(other, self.seller, by=self.manager)
        # the one that is an opportunity stays
        other.type = "opportunity"
        self._flush()
        merged = (self.lead | other).merge_opportunity()
        self._flush()
        self.assertEqual(merged, other)
        self.assertEqual(self._all(merged), first | second | third)
        self.assertEqual(first.state, "passed_on")
        self.assertEqual(second.state, "passed_on")
        self.assertEqual(self._open(merged), third)
        self.assertEqual(merged.user_id, self.seller)

    def test_the_open_one_goes_on(self):
        handover = self._hand_over()
        other = self._new_lead(self.anna)
        self._flush()
        merged = (self.lead | other).merge_opportunity()
        self._flush()
        self.assertEqual(merged, other)
        self.assertEqual(merged.user_id, self.seller)
        self.assertEqual(self._all(merged), handover)
        self.assertEqual(handover.state, "offered")

    def test_who_had_one_of_them_is_handed_nothing(self):
        other = self._new_lead(self.anna)
        self._flush()
        merged = (self.lead | other).with_user(self.manager).merge_opportunity()
        self._flush()
        self.assertEqual(merged.user_id, self.marketer)
        self.assertFalse(self._all(merged))

    def test_merged_customers(self):
        handover = self._hand_over()
        target = self.env["res.partner"].create({"name": "Azur", "is_company": True})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | target).ids, target
        )
        self._flush()
        self.assertEqual(handover.customer_id, target)
