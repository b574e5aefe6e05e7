from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged

from ..models import retention_weekly_mail
from .test_run_concurrency import _Committed

PEOPLE = 12


@tagged("post_install", "-at_install")
class TestWeeklyMailConcurrency(BaseCase):
    """Mails that are really committed, on connections of their own.

    What they leave behind is taken away again.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)
        self.patch(retention_weekly_mail, "BATCH", 5)
        with _Committed(self.registry) as env:
            env = env(context=dict(env.context, no_reset_password=True))
            # nobody else's turn
            env.cr.execute("UPDATE res_users SET retention_weekly_date = '2999-01-01'")
            users = env["res.users"].union(
                *(
                    new_test_user(
                        env,
                        f"weekly{number}",
                        "base.group_user,sales_team.group_sale_salesman",
                        email=f"weekly{number}@our.example",
                    )
                    for number in range(PEOPLE)
                )
            )
            partner = env["res.partner"].create({"name": "Concurrent"})
            profile = env["retention.profile"].create({"partner_id": partner.id})
            env["retention.alert"].create(
                [
                    {
                        "profile_id": profile.id,
                        "company_id": profile.company_id.id,
                        "kind": "unanswered",
                        "user_id": user.id,
                        "date": "2026-06-01",
                        "res_model": "res.partner",
                        "res_id": user.id,
                    }
                    for user in users
                ]
            )
            users.retention_weekly_date = "2020-01-01"
            self.user_ids = users.ids
            self.partner_id = partner.id

    def _clean_up(self):
        with _Committed(self.registry) as env:
            self._mails(env).unlink()
            partner = env["res.partner"].browse(self.partner_id)
            env["retention.profile"].search([("partner_id", "=", partner.id)]).unlink()
            users = env["res.users"].browse(self.user_ids)
            partner |= users.partner_id
            users.unlink()
            partner.unlink()
            env.cr.execute("UPDATE res_users SET retention_weekly_date = CURRENT_DATE")

    def _mails(self, env):
        return env["mail.mail"].search([("email_to", "like", "@our.example")])

    def _send(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["retention.weekly.mail"]._send_all()

    def assertOneEach(self):
        with _Committed(self.registry) as env:
            wanted = env["res.users"].browse(self.user_ids).mapped("email_formatted")
            self.assertEqual(
                sorted(self._mails(env).mapped("email_to")), sorted(wanted)
            )

    def test_two_at_once(self):
        barrier = Barrier(2)

        def send():
            barrier.wait()
            self._send()

        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(send) for _number in range(2)]:
                each.result()
        self.assertOneEach()
        self._send()
        self.assertOneEach()

    def test_killed_in_between(self):
        """In the second batch, when its mails are written and nothing is
        committed yet."""
        model = self.registry["retention.weekly.mail"]
        batch = model._send_batch
        calls = []

        def killed(mails):
            count = batch(mails)
            calls.append(count)
            if len(calls) == 2:
                mails.env.flush_all()
                raise KeyboardInterrupt
            return count

        with (
            patch.object(model, "_send_batch", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._send()
        with _Committed(self.registry) as env:
            self.assertEqual(len(self._mails(env)), 5, "the first batch is kept")
        self._send()
        self.assertOneEach()
