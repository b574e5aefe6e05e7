from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import model as service_model
from odoo.tests import BaseCase, get_db_name, tagged

from .refer_common import TYPED


@tagged("post_install", "-at_install")
class TestReferConcurrency(BaseCase):
    """Requests that arrive at the same moment, each on a connection of its own and
    served as Odoo serves them: whoever comes too late is tried again.

    What they leave behind is taken away again.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        # the time that Odoo waits before it tries again
        self.startPatcher(patch.object(service_model.random, "uniform", lambda *_: 0.1))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].create({"name": "Concurrent Anna"})
            program = env.ref("retention_suite.referral_program_default")
            self.link_id = env["retention.referral.link"]._of(partner, program).id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            link = self._link(cr)
            link.referral_ids.lead_id.unlink()
            link.referral_ids.unlink()
            env = link.env
            env["retention.referral.limit"].search([]).unlink()
            link.partner_id.unlink()

    def _link(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["retention.referral.link"].browse(self.link_id)

    def _at_once(self, *calls):
        """Serve requests of which none sees yet what the others do."""
        barrier = Barrier(len(calls))

        def serve(call):
            with self.registry.cursor() as cr:
                link = self._link(cr)
                link.read(["code"])
                barrier.wait()
                return service_model.retrying(partial(call, link), link.env)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(serve, calls))

    def _send(self, link, sender="one", **changes):
        typed = link._plain_request({**TYPED, **changes})
        return link._take_request(typed, "link", sender)

    def _served(self):
        with self.registry.cursor() as cr:
            return sorted(self._link(cr).referral_ids.lead_id.mapped("email_from"))

    def test_same_friend_in_two_tabs(self):
        self.assertEqual(self._at_once(self._send, self._send), [{}, {}])
        self.assertEqual(self._served(), ["carl@friend.example"])

    def test_same_friend_on_two_devices(self):
        phone = partial(self._send, sender="two")
        self.assertEqual(self._at_once(self._send, phone), [{}, {}])
        self.assertEqual(self._served(), ["carl@friend.example"])

    def test_two_friends(self):
        dora = partial(
            self._send, sender="two", name="Dora", email="d@x.example", phone=""
        )
        self.assertEqual(self._at_once(self._send, dora), [{}, {}])
        self.assertEqual(self._served(), ["carl@friend.example", "d@x.example"])

    def test_clicks(self):
        """Of many who open a link at the same moment none waits for another, and none
        is tried again."""
        tries = []

        def click(link):
            tries.append(link)
            link._page_of(link.code, "qr")

        self._at_once(*[click] * 8)
        self.assertEqual(len(tries), 8)
        with self.registry.cursor() as cr:
            link = self._link(cr)
            self.assertEqual(link.click_count, 8)
            self.assertGreater(len(link.click_ids), 1)
            link.click_ids._sum_up()
            self.assertGreater(len(link.click_ids), 1, "the day is not over")
            link.click_ids.write({"date": date.today() - timedelta(days=3)})
            link.env.flush_all()
            link.click_ids._sum_up()
            self.assertEqual(link.click_ids.mapped("count"), [8])
