from datetime import timedelta

from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralViews(ReferralCase):
    """What can be done with a recommendation can be done from its screens."""

    def _arch(self, view_type, user=None):
        views = self.env["retention.referral"].with_user(user or self.manager)
        return etree.fromstring(views.get_view(view_type=view_type)["arch"])

    def _form(self, user):
        arch = self._arch("form", user)
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

    def test_customer_said_no(self):
        """After it was asked, it is in the list of whom to ask no more."""
        profile = self.env["retention.profile"].with_user(self.seller)
        arch = etree.fromstring(profile.get_view(view_type="form")["arch"])
        for name, shown in (
            ("action_decline_referral", "referral_declined_date"),
            ("action_undo_decline_referral", "not referral_declined_date"),
        ):
            [button] = arch.xpath(f"//page[@name='referrals']//button[@name='{name}']")
            self.assertEqual(button.get("invisible"), shown)

    def _filtered(self, name):
        """Return the recommendations that a filter shows."""
        [found] = self._arch("search").xpath(f"//filter[@name='{name}']")
        domain = safe_eval(found.get("domain"), {"uid": self.env.uid})
        return self.env["retention.referral"].search(
            [("id", "in", self.referrals.ids), *domain]
        )

    def test_filters_show_who_waits_for_thanks(self):
        with self._at(NOW):
            names = ("Carl", "Dora", "Emil", "Fritz", "Gerd")
            waits, *others = (self._recommend(self.anna, name) for name in names)
        self.referrals = self.env["retention.referral"].union(waits, *others)
        thanked, rejected, merged, nobody = others
        thanked.thanked_date = NOW
        rejected.state = "rejected"
        merged.is_merged = True
        nobody.referrer_id = False
        self.assertEqual(self.referrals.filtered("is_to_thank"), waits)
        with self._at(NOW):
            self.assertEqual(self._filtered("not_thanked"), waits)
            self.assertFalse(self._filtered("thanks_overdue"))
        with self._at(NOW + timedelta(days=30)):
            self.assertEqual(self._filtered("thanks_overdue"), waits)

    def test_revenue_is_added_up_by_the_report_only(self):
        """Of a lead that two recommended, it would count twice."""
        fields = self.env["retention.referral"].fields_get(["revenue"])
        self.assertNotIn("aggregator", fields["revenue"])
        for view_type in ("list", "pivot", "graph", "kanban"):
            arch = self._arch(view_type)
            self.assertFalse(arch.xpath("//field[@name='revenue'][@sum or @type]"))
        profile = self.env["retention.profile"].with_user(self.manager)
        arch = etree.fromstring(profile.get_view(view_type="form")["arch"])
        self.assertTrue(arch.xpath("//field[@name='given_referral_ids']"))
        self.assertFalse(
            arch.xpath(
                "//field[@name='given_referral_ids']//field[@name='revenue'][@sum]"
            )
        )
