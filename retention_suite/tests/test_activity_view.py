from odoo.tests import tagged

from .alert_common import AlertCase


@tagged("post_install", "-at_install")
class TestActivityView(AlertCase):
    """A customer's activities live on its contact, and are seen with it."""

    # what the web client asks for
    DOMAIN = (("activity_ids.active", "in", (True, False)),)

    def test_activity_of_the_contact_is_in_the_customers_row(self):
        alert = self._raised()
        data = (
            self.env["mail.activity"]
            .with_user(self.seller)
            .get_activity_data("retention.profile", list(self.DOMAIN), limit=100)
        )
        self.assertEqual(data["activity_res_ids"], self.profile.ids)
        cells = data["grouped_activities"][self.profile.id]
        self.assertEqual(
            cells[alert.activity_id.activity_type_id.id]["ids"], alert.activity_id.ids
        )

    def test_customer_without_an_activity_has_no_row(self):
        Profile = self.env["retention.profile"].with_user(self.seller)
        self.assertNotIn(self.profile, Profile.search(list(self.DOMAIN)))
        self._raised()
        self.assertIn(self.profile, Profile.search(list(self.DOMAIN)))

    def test_colleagues_customer_has_no_row(self):
        self._raised()
        self.profile.user_id = self.colleague
        data = (
            self.env["mail.activity"]
            .with_user(self.seller)
            .get_activity_data("retention.profile", list(self.DOMAIN), limit=100)
        )
        self.assertEqual(data["activity_res_ids"], [])

    def test_other_documents_are_left_to_odoo(self):
        self.lead.activity_schedule("mail.mail_activity_data_call")
        data = self.env["mail.activity"].get_activity_data(
            "crm.lead", [("id", "=", self.lead.id)]
        )
        self.assertEqual(data["activity_res_ids"], self.lead.ids)

    def test_scheduling_from_the_customer_is_for_its_contact(self):
        wizard = (
            self.env["mail.activity.schedule"]
            .with_context(active_model="retention.profile", active_ids=self.profile.ids)
            .create({"summary": "Congratulate"})
        )
        wizard.action_schedule_activities()
        self.assertIn("Congratulate", self.customer.activity_ids.mapped("summary"))

    def test_new_activity_of_the_customer_is_of_its_contact(self):
        Activity = self.env["mail.activity"].with_context(
            default_res_model="retention.profile", default_res_id=self.profile.id
        )
        values = Activity.default_get(["res_model_id", "res_model", "res_id"])
        model = self.env["ir.model"].browse(values["res_model_id"])
        self.assertEqual(model.model, "res.partner")
        self.assertEqual(values["res_id"], self.customer.id)

    def test_timeline_and_analysis_open_the_document(self):
        message = self._post(self.lead, self.seller, self.anna)
        contact = self.Touchpoint.search([("message_id", "=", message.id)])
        report = self.env["retention.contact.report"].browse(contact.id)
        for record in (contact, report):
            action = record.with_user(self.seller).action_open_document()
            self.assertEqual(
                (action["res_model"], action["res_id"]), ("crm.lead", self.lead.id)
            )

    def test_timeline_opens_the_person_when_the_document_is_gone(self):
        action = self.call.action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.anna.id)
        )
