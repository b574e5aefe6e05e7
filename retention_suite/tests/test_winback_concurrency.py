from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import model as service_model
from odoo.tests import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install")
class TestWinbackConcurrency(BaseCase):
    """A double click, each on a connection of its own: whoever comes too late is
    tried again, and finds the case of the first.

    What they leave behind is taken away again.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        # the time that Odoo waits before it tries again
        self.startPatcher(patch.object(service_model.random, "uniform", lambda *_: 0.1))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].create({"name": "Concurrent Azur"})
            profile = env["retention.profile"].create({"partner_id": partner.id})
            # where no move tells the second that the first was there
            profile.journey_stage_id = env["retention.journey.stage"]._first_of_kind(
                "lost", profile.company_id
            )
            self.profile_id = profile.id
        self.addCleanup(self._clean_up)

    def _profile(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["retention.profile"].browse(self.profile_id)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            profile = self._profile(cr)
            partner = profile.partner_id
            profile.winback_ids.unlink()
            profile.unlink()
            partner.unlink()

    def test_cancelled_twice_at_once(self):
        barrier = Barrier(2)

        def serve(_number):
            with self.registry.cursor() as cr:
                profile = self._profile(cr)
                profile.read(["partner_id"])
                barrier.wait()
                case, is_new = service_model.retrying(
                    lambda: profile.env["retention.winback"]._cancel(profile),
                    profile.env,
                )
                return case.id, is_new

        with ThreadPoolExecutor(2) as pool:
            served = list(pool.map(serve, range(2)))
        self.assertEqual(len({case_id for case_id, _new in served}), 1)
        self.assertEqual(sorted(is_new for _id, is_new in served), [False, True])
        with self.registry.cursor() as cr:
            case = self._profile(cr).winback_ids
            self.assertEqual(len(case), 1)
            steps = case.play_id.activity_plan_id.template_ids
            self.assertEqual(
                case.activity_ids.mapped("activity_type_id"), steps.activity_type_id
            )
            self.assertEqual(len(case.activity_ids), len(steps), "none is doubled")
