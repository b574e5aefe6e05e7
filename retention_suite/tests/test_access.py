from contextlib import suppress

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .alert_common import AlertCase
from .common import NOW

MODELS = (
    "retention.profile",
    "retention.value.event",
    "retention.touchpoint",
    "retention.alert",
    "retention.contact.policy",
    "retention.channel",
    "retention.purpose.rule",
    "retention.run",
    "retention.watermark",
    "retention.contact.report",
    "retention.answer.report",
    "retention.log.contact",
    "retention.alert.snooze",
    "retention.alert.dismiss",
    "retention.referral",
    "retention.referral.program",
    "retention.referral.link",
    "retention.referral.click",
    "retention.referral.reason",
    "retention.referral.limit",
    "retention.referral.report",
    "retention.advocate.report",
    "retention.referral.thank",
    "retention.recommend",
    "retention.recommended.by",
)


def own_methods(record, prefix=""):
    """Return what the suite lets people do with a record, by a button or by RPC."""
    model = type(record)
    return [
        name
        for name in dir(model)
        if name.startswith(prefix)
        and not name.startswith("_")
        and callable(function := getattr(model, name))
        and "retention_suite" in (getattr(function, "__module__", "") or "")
        and not getattr(function, "_api_private", False)
    ]


@tagged("post_install", "-at_install")
class TestSalesperson(AlertCase):
    """Sees own customers and nobody's; with all documents, everybody's."""

    def setUp(self):
        super().setUp()
        self.theirs = self._new_customer("Colleague's", self.colleague)
        self.nobodys = self._new_customer("Nobody's")
        self._run()
        self.all = self.profile | self.theirs | self.nobodys

    def _seen(self, model, user):
        return self.env[model].with_user(user).search([])

    def test_own_documents_only(self):
        own = self.profile | self.nobodys
        self.assertEqual(self._seen("retention.profile", self.seller), own)
        alerts = self._seen("retention.alert", self.seller)
        self.assertEqual(alerts.profile_id, own)
        contacts = self._seen("retention.touchpoint", self.seller)
        self.assertEqual(contacts.profile_id, own)
        report = self._seen("retention.contact.report", self.seller)
        self.assertEqual(report.profile_id, own)
        with self.assertRaises(AccessError):
            self.theirs.with_user(self.seller).read(["gap_days"])

    def test_all_documents(self):
        for user in (self.colleague, self.manager):
            self.assertEqual(self._seen("retention.profile", user), self.all)
            alerts = self._seen("retention.alert", user)
            self.assertEqual(alerts.profile_id, self.all)
            contacts = self._seen("retention.touchpoint", user)
            self.assertEqual(contacts.profile_id, self.all)
            report = self._seen("retention.contact.report", user)
            self.assertEqual(report.profile_id, self.all)

    def test_who_is_asked_instead_sees_the_alert(self):
        alert = self.theirs.open_alert_ids
        alert.user_id = self.seller
        self.assertIn(alert, self._seen("retention.alert", self.seller))

    def test_customer_of_a_colleague_is_not_shown_on_its_contact(self):
        partner = self.theirs.partner_id.with_user(self.seller)
        self.assertFalse(partner.retention_profile_id)
        with self.assertRaisesRegex(AccessError, "is looked after by Colleague"):
            partner.action_retention_open()

    def test_writes_no_figures(self):
        profile = self.profile.with_user(self.seller)
        for values in (
            {"last_contact_date": NOW},
            {"next_contact_date": NOW.date()},
            {"contact_policy_id": False},
            {"is_manual": True},
            {"assigned_user_id": False},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                profile.write(values)

    def test_writes_no_alerts_contacts_and_policies(self):
        alert = self.profile.open_alert_ids.with_user(self.seller)
        for record, values in (
            (alert, {"state": "dismissed"}),
            (alert, {"snooze_date": NOW.date()}),
            (self.call.with_user(self.seller), {"summary": "Other"}),
            (self.policy.with_user(self.seller), {"max_gap_days": 900}),
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                record.write(values)
        for record in (alert, self.policy.with_user(self.seller)):
            with self.assertRaises(AccessError):
                record.copy()
        with self.assertRaises(AccessError):
            alert.unlink()
        with self.assertRaises(AccessError):
            self.policy.with_user(self.seller).unlink()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.seller).unlink()

    def test_internals_cannot_be_called(self):
        """Nothing that leaves the rights aside has a public name."""
        public = set()
        for name in MODELS:
            public.update(own_methods(self.env[name]))
        # message_parse: public in Odoo, and extended here
        allowed = {"create", "write", "unlink", "run_step", "message_parse"}
        actions = {method for method in public if method.startswith("action_")}
        self.assertEqual(public - actions - allowed, set())

    def test_logs_only_with_customers_that_one_sees(self):
        values = {
            "channel": "phone",
            "direction": "out",
            "purpose": "sales",
            "date": NOW,
        }
        Touchpoint = self.Touchpoint.with_user(self.seller)
        for profile in (self.profile, self.nobodys):
            self.assertTrue(
                Touchpoint.create(
                    dict(
                        values,
                        profile_id=profile.id,
                        partner_id=profile.partner_id.id,
                    )
                )
            )
        with self.assertRaises(AccessError):
            Touchpoint.create(
                dict(
                    values,
                    profile_id=self.theirs.id,
                    partner_id=self.theirs.partner_id.id,
                )
            )

    def test_logged_contact_is_no_message(self):
        contact = self.Touchpoint.with_user(self.seller).create(
            {
                "profile_id": self.profile.id,
                "partner_id": self.anna.id,
                "channel": "phone",
                "direction": "out",
                "purpose": "sales",
                "kind": "message",
                "company_id": False,
                "automated": True,
            }
        )
        self.assertEqual(contact.kind, "manual")
        self.assertFalse(contact.automated)
        self.assertEqual(contact.company_id, self.company)

    def test_deletes_only_what_one_logged(self):
        mine = self.call.with_user(self.seller).copy()
        mine.unlink()
        self.assertFalse(mine.exists())
        with self.assertRaises(AccessError):
            self.call.with_user(self.seller).unlink()
        self.call.with_user(self.manager).unlink()
        self.assertFalse(self.call.exists())

    def test_nobody_deletes_what_odoo_recorded(self):
        self._post(self.lead, self.seller, self.anna)
        contact = self.profile.touchpoint_ids[0]
        for user in (self.seller, self.manager):
            with self.assertRaises(AccessError):
                contact.with_user(user).unlink()

    # -- dialogs -------------------------------------------------------

    def test_dialogs_are_read_by_nobody_else(self):
        """Of each of them there is a rule: wishes and notes are typed there."""
        models = self.env["ir.model"].search(
            [("model", "=like", "retention.%"), ("transient", "=", True)]
        )
        self.assertGreater(len(models), 10)
        for model in models:
            rule = self.env["ir.rule"].search([("model_id", "=", model.id)])
            with self.subTest(model=model.model):
                self.assertIn(
                    "[('create_uid', '=', user.id)]", rule.mapped("domain_force")
                )
        dialog = self.env["retention.winback.cancellation"].with_user(self.seller)
        dialog = dialog.create({"profile_id": self.profile.id, "wish": "No more calls"})
        with self.assertRaises(AccessError):
            dialog.with_user(self.colleague).read(["wish"])

    def test_dialogs_do_nothing_to_what_one_does_not_see(self):
        mine, theirs = self.profile.open_alert_ids, self.theirs.open_alert_ids
        for model, action, values in (
            ("retention.alert.snooze", "action_snooze", {"snooze_date": "2026-09-01"}),
            ("retention.alert.dismiss", "action_dismiss", {"reason": "Because"}),
        ):
            for alerts in (theirs, mine | theirs):
                Wizard = self.env[model].with_user(self.seller)
                with suppress(AccessError), self.env.cr.savepoint():
                    dialog = Wizard.create(
                        dict(values, alert_ids=[Command.set(alerts.ids)])
                    )
                    dialog.invalidate_recordset()
                    getattr(dialog, action)()
                self.assertEqual(theirs.state, "open")
        self.assertTrue(theirs.activity_id.exists())

    def test_dialogs_do_nothing_to_what_one_sees_no_more(self):
        alert = self.profile.open_alert_ids
        dialogs = [
            (
                self.env[model]
                .with_user(self.seller)
                .create(dict(values, alert_ids=alert.ids)),
                action,
            )
            for model, action, values in (
                ("retention.alert.snooze", "action_snooze", {}),
                ("retention.alert.dismiss", "action_dismiss", {"reason": "Because"}),
            )
        ]
        self.profile.user_id = self.colleague
        for dialog, action in dialogs:
            dialog.invalidate_recordset()
            with suppress(AccessError), self.env.cr.savepoint():
                getattr(dialog, action)()
            self.assertEqual(alert.state, "open")

    def test_dialogs_work_for_what_one_sees(self):
        alert = self.profile.open_alert_ids
        self.env["retention.alert.snooze"].with_user(self.seller).create(
            {"alert_ids": alert.ids, "snooze_date": "2026-09-01"}
        ).action_snooze()
        self.assertEqual(alert.state, "snoozed")
        self.env["retention.alert.dismiss"].with_user(self.seller).create(
            {"alert_ids": alert.ids, "reason": "Because"}
        ).action_dismiss()
        self.assertEqual(alert.state, "dismissed")
        self.assertEqual(alert.close_user_id, self.seller)

    def test_dialog_of_somebody_else_is_closed(self):
        dialog = (
            self.env["retention.alert.dismiss"]
            .with_user(self.colleague)
            .create({"alert_ids": self.theirs.open_alert_ids.ids, "reason": "Because"})
        )
        with self.assertRaises(AccessError):
            dialog.with_user(self.seller).action_dismiss()
        self.assertEqual(self.theirs.open_alert_ids.state, "open")

    def test_alert_of_a_colleague_is_not_reopened(self):
        alert = self.theirs.open_alert_ids
        self._dismiss(alert)
        with self.assertRaises(AccessError):
            alert.with_user(self.seller).action_reopen()
        self.assertEqual(alert.state, "dismissed")


@tagged("post_install", "-at_install")
class TestManager(AlertCase):
    def test_configures(self):
        policy = self.policy.with_user(self.manager)
        policy.write({"max_gap_days": 60})
        copy = policy.copy()
        copy.unlink()
        rule = self.env["retention.purpose.rule"].with_user(self.manager)
        rule.create({"purpose": "service", "res_model": "res.partner"}).unlink()
        self.assertEqual(self.policy.max_gap_days, 60)

    def test_writes_no_facts_and_no_runs(self):
        alert = self._raised().with_user(self.manager)
        run = self.Run.with_user(self.manager).search([], limit=1)
        self.assertTrue(run.read(["raised_count"]))
        for record, values in (
            (alert, {"state": "dismissed"}),
            (self.call.with_user(self.manager), {"summary": "Other"}),
            (run, {"raised_count": 0}),
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                record.write(values)


@tagged("post_install", "-at_install")
class TestOutsiders(AlertCase):
    """Portal and public users, and colleagues outside of sales."""

    def setUp(self):
        super().setUp()
        self._run()
        self.clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        self.outsiders = (
            self._portal_user(self.anna) | self.env.ref("base.public_user") | self.clerk
        )

    def test_see_nothing(self):
        for user in self.outsiders:
            for name in MODELS:
                with self.subTest(user=user.login, model=name):
                    self.assertFalse(self.env[name].with_user(user).has_access("read"))
                    with self.assertRaises(AccessError):
                        self.env[name].with_user(user).search([])

    def test_see_nothing_on_their_own_contact(self):
        for user in self.outsiders:
            partner = user.partner_id.with_user(user)
            for name in partner._fields:
                if name.startswith("retention_"):
                    with self.subTest(user=user.login, field=name):
                        self.assertNotIn(name, partner.fields_get())
                        with self.assertRaises(AccessError):
                            partner.read([name])

    def test_call_nothing(self):
        calls = [
            (self.Run, "run_step"),
            (self.Run, "action_run"),
            (self.profile, "action_log_contact"),
            (self.profile, "action_archive"),
            (self.profile, "action_view_contacts"),
            (self.profile, "action_view_alerts"),
            (self.profile, "action_open_partner"),
            (self.profile.open_alert_ids, "action_snooze"),
            (self.profile.open_alert_ids, "action_dismiss"),
            (self.profile.open_alert_ids, "action_reopen"),
            (self.profile.open_alert_ids, "action_log_contact"),
            (self.profile.open_alert_ids, "action_mail"),
            (self.call, "action_open_document"),
            (self.policy, "action_view_customers"),
            (self.bert, "action_retention_log_contact"),
            (self.bert, "action_retention_open"),
            (self.lead, "action_retention_log_contact"),
            (self.lead, "action_retention_open"),
        ]
        for user in self.outsiders:
            for record, method in calls:
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    getattr(record.with_user(user), method)()

    def test_call_nothing_of_recommendations(self):
        program = self.env.ref("retention_suite.referral_program_default")
        link = self.env["retention.referral.link"]._of(self.bert, program)
        referral = self.env["retention.referral"]._receive(
            self.bert, partner=self.env["res.partner"].create({"name": "Dora"})
        )
        reports = [
            self.env[name].browse(id_)
            for name, id_ in (
                ("retention.referral.report", referral.id),
                ("retention.advocate.report", self.profile.id),
            )
        ]
        called = set()
        for record in (program, link, referral, self.profile, self.bert, *reports):
            for method in own_methods(record, prefix="action_"):
                called.add(method)
                for user in self.outsiders:
                    with (
                        self.subTest(user=user.login, model=record._name, call=method),
                        self.assertRaises(AccessError),
                    ):
                        getattr(record.with_user(user), method)()
        self.assertGreaterEqual(
            called,
            {
                "action_thank",
                "action_accept",
                "action_reject",
                "action_grant_reward",
                "action_revoke",
                "action_renew",
                "action_preview",
                "action_ask_referral",
                "action_retention_recommend",
                "action_retention_recommended_by",
            },
        )

    def test_their_work_still_reaches_the_suite(self):
        """What they do is recorded, though they see nothing of it."""
        self.assertEqual(self.profile.gap_days, 100)
        self.env.ref("base.group_partner_manager").user_ids += self.clerk
        self._post(self.customer, self.clerk, self.bert)
        self.assertEqual(self.profile.gap_days, 0)
        self.assertFalse(self.profile.open_alert_ids)

    def test_clerk_archives_a_contact(self):
        self.env.ref("base.group_partner_manager").user_ids += self.clerk
        self.customer.with_user(self.clerk).action_archive()
        self.assertFalse(self.profile.active)
        self.assertFalse(self.profile.open_alert_ids)
