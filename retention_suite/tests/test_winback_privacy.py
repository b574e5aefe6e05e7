from odoo.tests import HttpCase, tagged

from .winback_common import WinbackCase


@tagged("post_install", "-at_install")
class TestWinbackPrivacy(WinbackCase):
    """What is written about people who leave."""

    def test_deleted_contact_leaves_nothing(self):
        """Not even what it was told, and what somebody was to do about it."""
        anna = self.env["res.partner"].create(
            {"name": "Anna Secret", "email": "anna@secret.example"}
        )
        profile = self._add_profile(anna, user_id=self.seller.id)
        case = self._cancel(profile, person=anna, wish="Too many calls")
        case.message_post(body="Anna Secret called")
        traces = {"model": case._name, "res_id": case.id}
        self.assertTrue(self._traces(**traces))
        anna.unlink()
        self._flush()
        self.assertFalse(case.exists())
        self.assertFalse(self._traces(**traces))

    def _traces(self, model, res_id):
        """What Odoo keeps beside a record, by the names of the tables."""
        found = {}
        for table, name in (
            ("mail_message", "model"),
            ("mail_activity", "res_model"),
            ("mail_followers", "res_model"),
            ("ir_attachment", "res_model"),
        ):
            self.env.cr.execute(
                f"SELECT COUNT(*) FROM {table} WHERE {name} = %s AND res_id = %s",
                (model, res_id),
            )
            [count] = self.env.cr.fetchone()
            if count:
                found[table] = count
        return found


@tagged("post_install", "-at_install")
class TestWinbackPortalPrivacy(WinbackCase, HttpCase):
    """What the portal shows, and to whom."""

    def setUp(self):
        super().setUp()
        self.company.retention_portal_cancel = True
        self._portal_user(self.anna, "anna-portal").password = "anna-portal-password"

    def _page(self, path="/my/cancellation"):
        self.env.flush_all()
        self.authenticate("anna-portal", "anna-portal-password")
        return self.url_open(path)

    def test_our_note_is_not_shown(self):
        case = self._cancel(wish="Never satisfied, argues about every invoice")
        page = self._page(f"/my/cancellation/{case.id}").text
        self.assertIn(case.reference, page)
        self.assertNotIn("argues about", page)
        case.is_from_portal = True
        self.assertIn("argues about", self._page(f"/my/cancellation/{case.id}").text)

    def test_who_is_no_customer_yet_cannot_cancel(self):
        self._put(self.profile, "prospect")
        self.assertNotIn("Cancel now", self._page().text)
        self._put(self.profile, "active")
        self.assertIn("Cancel now", self._page().text)
