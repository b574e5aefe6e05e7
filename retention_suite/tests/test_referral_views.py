from lxml import etree

from odoo.tests import tagged

from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralViews(ReferralCase):
    """What can be done with a recommendation can be done from its screens."""

    def _form(self, user):
        views = self.env["retention.referral"].with_user(user)
        arch = etree.fromstring(views.get_view(view_type="form")["arch"])
        return {
            name: arch.xpath(f"//header/button[@name='{name}']")
            for name in ("action_accept", "action_reject", "action_unthank")
        }

    def test_buttons_of_managers(self):
        buttons = self._form(self.manager)
        self.assertIn("to_check", buttons["action_reject"][0].get("invisible"))
        self.assertEqual(
            buttons["action_accept"][0].get("invisible"), "state != 'rejected'"
        )

    def test_buttons_of_sellers(self):
        buttons = self._form(self.seller)
        self.assertFalse(buttons["action_reject"] or buttons["action_accept"])
        self.assertEqual(
            buttons["action_unthank"][0].get("invisible"), "not thanked_date"
        )
