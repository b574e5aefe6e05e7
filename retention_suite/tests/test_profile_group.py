from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import new_test_user, tagged

from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestProfileGroup(RetentionCase):
    """Customers in groups by contact person."""

    def setUp(self):
        super().setUp()
        self.names = ["Zoe", "Adam", "Zoe", "Mia"]
        self.users = self.env["res.users"]
        for number, name in enumerate(self.names):
            self.users |= new_test_user(self.env, login=f"group{9 - number}", name=name)
        self.profiles = self.env["retention.profile"]
        for user in [*self.users, self.users[1], self.users.browse()]:
            partner = self.env["res.partner"].create({"name": "Customer"})
            self.profiles |= self._add_profile(partner, user_id=user.id)

    def _groups(self, order=None):
        return self.profiles._read_group(
            [("id", "in", self.profiles.ids)], ["user_id"], ["__count"], order=order
        )

    def test_in_the_order_of_persons(self):
        """By name, then login; customers of nobody last."""
        zoe, adam, other_zoe, mia = self.users
        expected = [(adam, 2), (mia, 1), (other_zoe, 1), (zoe, 1)]
        nobody = (self.users.browse(), 1)
        for order in ("user_id", "user_id asc", "user_id ASC"):
            self.assertEqual(self._groups(order), [*expected, nobody])
        self.assertEqual(self._groups("user_id desc"), [nobody, *expected[::-1]])

    def test_with_something_else_as_odoo_does(self):
        groups = self.profiles._read_group(
            [("id", "in", self.profiles.ids)],
            ["user_id", "company_id"],
            ["__count"],
            order="user_id, company_id",
        )
        expected = [row[0] for row in self._groups("user_id")]
        self.assertEqual([row[0] for row in groups], expected)
        self.assertEqual(self._groups("__count desc")[0][0], self.users[1])

    def test_names_make_no_groups(self):
        """PostgreSQL would sort all customers for them."""
        with patch.object(
            Cursor, "execute", autospec=True, side_effect=Cursor.execute
        ) as execute:
            self._groups("user_id")
        statements = [getattr(c.args[1], "code", "") for c in execute.call_args_list]
        grouped = [s for s in statements if "GROUP BY" in s]
        self.assertEqual(len(grouped), 1)
        groups, _by, order = grouped[0].partition("ORDER BY")
        self.assertNotIn('"name"', groups.partition("GROUP BY")[2])
        self.assertIn('MIN("retention_profile__user_id__partner_id"."name")', order)
