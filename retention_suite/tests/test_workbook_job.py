import io
from datetime import timedelta
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import retention_workbook_job
from ..report import retention_workbook, retention_workbook_tables
from .common import RetentionCase


class WorkbookJobCase(RetentionCase):
    """A manager, and more customers than are told of at once."""

    COUNT = 12

    def setUp(self):
        super().setUp()
        self.manager.notification_type = "inbox"
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number:02}"} for number in range(self.COUNT)]
        )
        for partner in partners:
            self._add_profile(partner, user_id=self.seller.id)
        self.patch(retention_workbook, "ROWS_AT_ONCE", self.COUNT - 1)
        self.patch(retention_workbook_tables, "BATCH", 4)
        self.patch(retention_workbook_job, "PROGRESS_STEP", 1)

    def _start(self, user=None, **options):
        env = self.env(user=user or self.manager)
        return env["retention.workbook"].start(options)

    def _jobs(self):
        return self.env["retention.workbook.job"].search([])

    def _run(self):
        """Do what the scheduled action does."""
        self.env.flush_all()
        cron = self.env.ref("retention_suite.ir_cron_retention_workbook")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _inbox(self, user=None):
        """What the user is told."""
        notified = self.env["mail.notification"].search(
            [("res_partner_id", "=", (user or self.manager).partner_id.id)]
        )
        return notified.mail_message_id


@tagged("post_install", "-at_install")
class TestWorkbookJob(WorkbookJobCase):
    def test_long_one_is_made_in_the_background(self):
        triggers = self.env["ir.cron.trigger"].search_count([])
        action = self._start()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("being made", action["params"]["message"])
        self.assertGreater(self.env["ir.cron.trigger"].search_count([]), triggers)
        job = self._jobs()
        self.assertEqual((job.state, job.user_id), ("waiting", self.manager))
        with self.assertRaisesRegex(UserError, "not ready yet"):
            job.with_user(self.manager).action_download()

        self._run()

        self.assertEqual((job.state, job.progress, job.tries), ("done", 100, 1))
        sheet = load_workbook(io.BytesIO(job.attachment_id.raw))["Customers"]
        self.assertEqual(sheet.max_row, self.COUNT + 1)
        message = self._inbox()
        self.assertIn("Your workbook is ready", message.body)
        self.assertEqual(message.attachment_ids, job.attachment_id)
        job.with_user(self.manager).action_download()
        # and no second time
        self._run()
        self.assertEqual((job.tries, len(self._inbox())), (1, 1))

    def test_progress_is_seen_while_it_goes_on(self):
        self._start()
        job, seen = self._jobs(), []
        ask = type(job)._progress_writer

        def watched(jobs):
            on_rows = ask(jobs)

            def noted(count):
                on_rows(count)
                self.env.cr.execute(
                    "SELECT state, progress FROM retention_workbook_job WHERE id = %s",
                    [job.id],
                )
                seen.append(self.env.cr.fetchone())

            return noted

        with patch.object(type(job), "_progress_writer", watched):
            self._run()
        self.assertGreaterEqual(len(seen), 3)
        self.assertEqual({state for state, _done in seen}, {"running"})
        done = [done for _state, done in seen]
        self.assertEqual(done, sorted(done))
        self.assertTrue(0 < done[0] < done[-1] <= 99)

    def test_rights_and_language_are_those_of_who_asked(self):
        self.env.ref("base.lang_de").active = True
        self.seller.lang = "de_DE"
        other = self.env["res.partner"].create({"name": "Not mine"})
        self._add_profile(other, user_id=self.colleague.id)
        self._start(self.seller)
        self._run()
        job = self._jobs()
        self.assertEqual(job.state, "done", job.error)
        book = load_workbook(io.BytesIO(job.attachment_id.raw))
        names = {cell.value for cell in book["Kunden"]["A"]}
        self.assertIn("Customer 00", names)
        self.assertNotIn("Not mine", names)

    def test_twice_is_once(self):
        self._start(period="year")
        self._start(period="year")
        self.assertEqual(len(self._jobs()), 1)
        # something else, and for somebody else
        self._start(period="quarter")
        self._start(self.seller, period="year")
        self.assertEqual(len(self._jobs()), 3)
        # once it is ready it can be made anew
        self._run()
        self._start(period="year")
        self.assertEqual(len(self._jobs()), 4)

    def test_one_that_was_left_behind_is_begun_again(self):
        self._start()
        job = self._jobs()
        job.write({"state": "running", "tries": 1, "progress": 40})
        self._run()
        self.assertEqual((job.state, job.tries), ("done", 2))

    def test_one_that_never_ends_is_given_up(self):
        self._start()
        job = self._jobs()
        job.write({"state": "running", "tries": retention_workbook_job.TRIES})
        self._run()
        self.assertEqual(job.state, "failed")
        self.assertIn("several times", job.error)
        self.assertIn("several times", self._inbox().body)

    def test_failure_is_said(self):
        self._start()
        self._start(self.seller)
        Workbook = type(self.env["retention.workbook"])
        write = Workbook._write

        def broken(workbook, *args, **kwargs):
            if workbook.env.user == self.manager:
                raise ValueError("disk full")
            return write(workbook, *args, **kwargs)

        logger = "odoo.addons.retention_suite.models.retention_workbook_job"
        with patch.object(Workbook, "_write", broken), mute_logger(logger):
            self._run()
        failed, made = self._jobs().sorted("id")
        self.assertEqual(failed.state, "failed")
        self.assertIn("Ask your administrator", failed.error)
        self.assertNotIn("disk full", failed.error)
        self.assertIn("Ask your administrator", self._inbox().body)
        # the others get theirs
        self.assertEqual(made.state, "done")

    def test_what_is_wrong_by_then_is_said(self):
        self._start()
        self.env["retention.profile"].search([]).active = False
        profiles = self.env["retention.profile"].search([])
        self.assertFalse(profiles)
        job = self._jobs()
        job.options = {"period": "own"}
        self._run()
        self.assertEqual(job.state, "failed")
        self.assertEqual(job.error, "Enter the first and the last day.")

    def test_old_ones_are_deleted(self):
        self._start()
        self._run()
        job = self._jobs()
        attachment = job.attachment_id
        job._gc_workbooks()
        self.assertTrue(job.exists())
        days = retention_workbook_job.KEPT_DAYS
        with self._at(fields.Datetime.now() + timedelta(days=days, minutes=1)):
            job._gc_workbooks()
        self.assertFalse(job.exists() or attachment.exists())


@tagged("post_install", "-at_install")
class TestWorkbookAsk(WorkbookJobCase):
    def _ask(self, records=None, user=None, **vals):
        records = records if records is not None else self.env["retention.profile"]
        dialog = self.env["retention.workbook.ask"].with_user(user or self.manager)
        return dialog.with_context(
            active_model=records._name, active_ids=records.ids
        ).create(vals)

    def test_chosen_in_a_list(self):
        profiles = self.env["retention.profile"].search([], limit=3)
        self.assertEqual(self._ask(profiles).profile_ids, profiles)
        cases = self.env["retention.winback"].create(
            [{"profile_id": profile.id, "kind": "save"} for profile in profiles]
        )
        self.assertEqual(self._ask(cases).profile_ids, profiles)

    def test_chosen_hand_overs(self):
        profile = self.env["retention.profile"].search([], limit=1)
        self.env["retention.handover"].create(
            {
                "lead_id": self._new_lead(profile.partner_id, type="lead").id,
                "company_id": self.company.id,
                "customer_id": profile.partner_id.id,
                "to_user_id": self.seller.id,
                "offered_date": fields.Datetime.now(),
                "state": "offered",
            }
        )
        self.env.flush_all()
        handovers = self.env["retention.handover.report"].search(
            [("to_user_id", "=", self.seller.id)]
        )
        self.assertTrue(handovers)
        self.assertEqual(self._ask(handovers).profile_ids, profile)

    def test_what_is_asked_for_is_made(self):
        dialog = self._ask(
            period="own",
            date_from="2026-01-01",
            date_to="2026-01-31",
            user_id=self.seller.id,
        )
        dialog.action_make()
        self.assertEqual(
            self._jobs().options,
            {
                "period": "own",
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "user_id": self.seller.id,
            },
        )

    def test_manager_alone_chooses_people(self):
        self.assertTrue(self._ask().is_manager)
        self.assertFalse(self._ask(user=self.seller).is_manager)


@tagged("post_install", "-at_install")
class TestWorkbookHttp(HttpCase):
    """Downloading it, as oneself and as others."""

    def test_only_who_asked_for_it_downloads_it(self):
        groups = "base.group_user,sales_team.group_sale_salesman"
        mine, other = (
            new_test_user(self.env, f"workbook_{name}", groups=groups)
            for name in ("mine", "other")
        )
        portal = new_test_user(self.env, "workbook_web", groups="base.group_portal")
        partner = self.env["res.partner"].create({"name": "Azur"})
        self.env["retention.profile"].create(
            {"partner_id": partner.id, "user_id": mine.id}
        )
        url = self.env(user=mine)["retention.workbook"].start({})["url"]

        self.authenticate(mine.login, mine.login)
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        book = load_workbook(io.BytesIO(answer.content))
        self.assertEqual(book["Customers"]["A2"].value, "Azur")
        for user in (other, portal):
            self.authenticate(user.login, user.login)
            self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(None, None)
        self.assertEqual(self.url_open(url).status_code, 404)
