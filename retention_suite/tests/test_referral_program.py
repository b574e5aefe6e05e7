from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralProgram(ReferralCase):
    """Programmes are looked at and deleted."""

    def setUp(self):
        super().setUp()
        default = self.env.ref("retention_suite.referral_program_default")
        self.program = default.copy({"name": "Spring"})
        self.link = self.env["retention.referral.link"]._of(self.anna, self.program)

    def test_used_one_stays(self):
        """Doubles and rejected ones have their figures, too."""
        referral = self._recommend(self.anna, "Carl", link=self.link)
        referral.write({"is_merged": True, "state": "rejected"})
        with self.assertRaisesRegex(UserError, "Spring has .* Archive it"):
            self.program.with_user(self.manager).unlink()
        self.assertTrue(self.program.exists() and self.link.exists())
        self.program.with_user(self.manager).action_archive()
        self.assertEqual(referral.program_id, self.program)

    def test_used_one_stays_for_the_database_too(self):
        field = self.env["retention.referral"]._fields["program_id"]
        self.assertEqual(field.ondelete, "restrict")

    def test_unused_one_goes_with_its_links(self):
        self.program.with_user(self.manager).unlink()
        self.assertFalse(self.program.exists() or self.link.exists())

    def test_preview(self):
        today = NOW.date()
        day = timedelta(days=1)
        program = self.program.with_user(self.manager)
        with self._at(NOW):
            self.assertIn("/refer/", program.action_preview()["url"])
            for values, words in (
                ({"date_start": today + day}, "begins on 06/16/2026"),
                ({"date_start": False, "date_end": today - day}, "ended on 06/14/2026"),
                ({"active": False, "date_end": False}, "is archived"),
            ):
                self.program.write(values)
                with (
                    self.subTest(words),
                    self.assertRaisesRegex(UserError, words),
                ):
                    program.action_preview()
