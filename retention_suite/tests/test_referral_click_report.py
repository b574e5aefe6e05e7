from odoo import Command
from odoo.tests import tagged

from .refer_common import ReferCase


@tagged("post_install", "-at_install")
class TestReferralClickReport(ReferCase):
    """How often links were opened."""

    def setUp(self):
        super().setUp()
        self.bert_link = self.link._of(self.bert, self.program)
        for path in (
            self.path,
            f"{self.path}?c=qr",
            f"{self.path}?c=qr",
            f"/refer/{self.bert_link.code}?c=whatsapp",
        ):
            self._open(path)
        self.links = self.link | self.bert_link

    def _rows(self, action, *groupby, user=None):
        report = self.env[action["res_model"]].with_user(user or self.seller)
        return report._read_group(
            action["domain"], list(groupby), ["click_count:sum"], order="channel"
        )

    def test_of_a_link(self):
        action = self.link.with_user(self.seller).action_view_clicks()
        self.assertEqual(
            self._rows(action, "channel", "partner_id"),
            [("link", self.anna, 1), ("qr", self.anna, 2)],
        )

    def test_of_a_programme(self):
        action = self.program.with_user(self.manager).action_view_clicks()
        rows = self._rows(action, "channel", "program_id", user=self.manager)
        self.assertEqual(
            rows,
            [
                ("link", self.program, 1),
                ("qr", self.program, 2),
                ("whatsapp", self.program, 1),
            ],
        )

    def test_not_of_another_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        action = self.link.action_view_clicks()
        self.assertFalse(self._rows(action, "channel", user=user))
