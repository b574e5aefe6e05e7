from odoo.exceptions import AccessError
from odoo.tests import tagged

from .capture import CaptureCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestPurposeRule(CaptureCase):
    """What a contact was for."""

    def setUp(self):
        super().setUp()
        self.Rule = self.env["retention.purpose.rule"].with_user(self.manager)
        self.Rule.search([]).unlink()

    def _rule(self, purpose, model=None, **values):
        return self.Rule.create(
            {
                "model_id": self.env["ir.model"]._get_id(model) if model else False,
                "purpose": purpose,
                **values,
            }
        )

    def _purpose(self):
        """The purpose of a message on the lead, written now."""
        self._post(self.lead, self.seller, self.anna)
        return self._contacts()[0].purpose

    def test_without_a_rule_it_is_the_relationship(self):
        self.assertEqual(self._purpose(), "relationship")

    def test_rule_names_the_purpose_of_a_document(self):
        rule = self._rule("service", "crm.lead")
        self.assertEqual(rule.res_model, "crm.lead")
        self.assertEqual(self._purpose(), "service")

    def test_rule_for_another_document_does_not_matter(self):
        self._rule("service", "crm.team")
        self.assertEqual(self._purpose(), "relationship")

    def test_rule_names_the_purpose_of_a_kind(self):
        self._rule("survey", kind="automatic")
        self.assertEqual(self._purpose(), "relationship")
        self.lead.message_notify(body="Hello", partner_ids=self.anna.ids)
        self._flush()
        self.assertEqual(self._contacts(kind="automatic").purpose, "survey")

    def test_rule_needs_both_document_and_kind(self):
        self._rule("survey", "crm.lead", kind="automatic")
        self._rule("payment", "crm.team", kind="message")
        self.assertEqual(self._purpose(), "relationship")

    def test_rule_without_conditions_is_for_everything(self):
        self._rule("service")
        self.assertEqual(self._purpose(), "service")

    def test_first_rule_in_order_wins(self):
        self._rule("service", "crm.lead", sequence=20)
        self._rule("payment", "crm.lead", sequence=5)
        self.assertEqual(self._purpose(), "payment")

    def test_archived_rule_does_not_matter(self):
        self._rule("service", "crm.lead", active=False)
        self.assertEqual(self._purpose(), "relationship")
        self._assert_run_agrees()

    def test_rule_of_an_app_that_is_not_installed_does_no_harm(self):
        self.Rule.create({"res_model": "no.such.model", "purpose": "service"})
        self.assertEqual(self._purpose(), "relationship")

    def test_changed_rule_changes_what_was_captured(self):
        rule = self._rule("service", "crm.lead")
        self._post(self.lead, self.seller, self.anna)
        contact = self._contacts()
        self._run()
        self.assertEqual(self.profile.service_count, 1)
        rule.purpose = "payment"
        self.assertEqual(contact.purpose, "payment")
        self._run()
        self.assertEqual(self.profile.service_count, 0)
        self.assertEqual(self.profile.payment_count, 1)
        rule.unlink()
        self.assertEqual(contact.purpose, "relationship")

    def test_changed_rule_does_not_change_what_a_person_said(self):
        contact = self._log(self.profile, NOW, purpose="survey")
        self._rule("service")
        contact.invalidate_recordset()
        self.assertEqual(contact.purpose, "survey")

    def test_only_managers_change_rules(self):
        rule = self._rule("service", "crm.lead")
        self.assertEqual(rule.with_user(self.seller).purpose, "service")
        for user in (self.seller, self.colleague):
            with self.assertRaises(AccessError):
                rule.with_user(user).purpose = "sales"
            with self.assertRaises(AccessError):
                rule.with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestPurposeRuleData(CaptureCase):
    """The rules that a new database starts with."""

    def test_rules_that_come_with_the_app(self):
        for name, purpose in (
            ("purpose_rule_crm_lead", "sales"),
            ("purpose_rule_account_move", "payment"),
            ("purpose_rule_helpdesk_ticket", "service"),
            ("purpose_rule_any_mailing", "marketing"),
            ("purpose_rule_survey", "survey"),
        ):
            with self.subTest(rule=name):
                rule = self.env.ref(f"retention_suite.{name}")
                self.assertEqual(rule.purpose, purpose)
