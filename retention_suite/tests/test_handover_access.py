from contextlib import suppress

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import NOW
from .handover_common import HandoverCase

MODELS = (
    "retention.handover",
    "retention.handover.report",
    "retention.return.reason",
    "retention.handover.return",
    "retention.handover.pass",
)
ACTIONS = (
    "action_accept",
    "action_return",
    "action_take_back",
    "action_pass_on",
)


@tagged("post_install", "-at_install")
class TestAccess(HandoverCase):
    def setUp(self):
        super().setUp()
        self.handover = self._hand_over()
        self.third = self._new_user("third", "sales_team.group_sale_salesman")

    def _seen(self, user, model="retention.handover"):
        return self.env[model].with_user(user).search([]).ids

    def test_who_sees_it(self):
        for model in ("retention.handover", "retention.handover.report"):
            for user in (self.seller, self.marketer, self.colleague, self.manager):
                self.assertIn(self.handover.id, self._seen(user, model), user.login)
            self.assertNotIn(self.handover.id, self._seen(self.third, model))
        with self.assertRaises(AccessError):
            self.handover.with_user(self.third).read(["state"])

    def test_of_nobody_is_seen_by_all(self):
        self._return(self.handover)
        self.assertIn(self.handover.id, self._seen(self.third))

    def test_third_person_does_nothing(self):
        for user in (self.third, self.colleague):
            for action in ACTIONS:
                with (
                    self.subTest(user=user.login, action=action),
                    self.assertRaises(AccessError),
                ):
                    getattr(self.handover.with_user(user), action)()
        self.assertEqual(self.handover.state, "offered")

    def test_each_side_does_its_own(self):
        with self.assertRaisesRegex(AccessError, "new salesperson"):
            self.handover.with_user(self.marketer).action_accept()
        with self.assertRaisesRegex(AccessError, "salesperson can return"):
            self.handover.with_user(self.marketer).action_return()
        with self.assertRaisesRegex(AccessError, "handed a lead over"):
            self.handover.with_user(self.seller).action_take_back()

    def test_what_is_shown_is_what_may_be_done(self):
        names = ["may_accept", "may_return", "may_take_back", "may_pass_on"]
        for user, expected in (
            (self.seller, [True, True, False, True]),
            (self.marketer, [False, False, True, True]),
            (self.colleague, [False, False, False, False]),
            (self.manager, [True, True, True, True]),
        ):
            values = self.handover.with_user(user).read(names)[0]
            self.assertEqual([values[name] for name in names], expected, user.login)

    def test_lead_and_to_do_show_the_same(self):
        with self._later(hours=30):
            self._run()
            alert = self._alerts()
            self.assertTrue(alert)
            for user, expected in (
                (self.seller, [True, False]),
                (self.manager, [True, True]),
            ):
                self.env.invalidate_all()
                mine, lead = alert.with_user(user), self.lead.with_user(user)
                self.assertEqual([mine.may_accept, mine.may_take_back], expected)
                self.assertEqual(
                    [lead.retention_may_accept, lead.retention_may_take_back], expected
                )

    def test_leader_of_the_team_takes_back_what_nobody_gave(self):
        leader = self._new_user("leader", "sales_team.group_sale_salesman_all_leads")
        self.marketing.user_id = leader
        lead = self._new_lead(self.bert, team_id=self.marketing.id)
        self._flush()
        lead.user_id = self.seller
        self._flush()
        handover = self._open(lead)
        self.assertFalse(handover.from_user_id)
        handover.with_user(leader).action_take_back()
        self._flush()
        self.assertFalse(lead.user_id)
        self.assertEqual(handover.state, "taken_back")

    def test_manager_accepts_for_somebody(self):
        self.handover.with_user(self.manager).action_accept()
        self.assertEqual(self.handover.state, "accepted")

    def test_nobody_writes_its_history(self):
        for user in (self.seller, self.marketer, self.colleague, self.manager):
            handover = self.handover.with_user(user)
            for values in (
                {"state": "accepted"},
                {"to_user_id": user.id},
                {"offered_date": NOW},
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    handover.write(values)
            with self.assertRaises(AccessError):
                handover.unlink()
            with self.assertRaises(AccessError):
                handover.copy()

    def test_internals_cannot_be_called(self):
        # message_parse: public in Odoo, and extended here
        allowed = {"create", "write", "unlink", "message_parse"}
        for name in (*MODELS, "crm.lead", "retention.alert"):
            for method in dir(type(self.env[name])):
                function = getattr(type(self.env[name]), method)
                module = getattr(function, "__module__", "") or ""
                if (
                    callable(function)
                    and "retention_suite" in module
                    and not method.startswith(("_", "action_"))
                    and not getattr(function, "_api_private", False)
                ):
                    self.assertIn(method, allowed, name)

    def test_dialogs_do_nothing_to_what_one_does_not_see(self):
        for model, action, values in (
            (
                "retention.handover.return",
                "action_return",
                {"reason_id": self.reason.id, "resume_date": "2026-07-15"},
            ),
            (
                "retention.handover.pass",
                "action_hand_over",
                {"user_id": self.third.id},
            ),
        ):
            for user in (self.third, self.colleague):
                with suppress(AccessError), self.env.cr.savepoint():
                    dialog = (
                        self.env[model]
                        .with_user(user)
                        .create(dict(values, handover_ids=self.handover.ids))
                    )
                    dialog.invalidate_recordset()
                    getattr(dialog, action)()
                self._flush()
                self.assertEqual(self.handover.state, "offered")
                self.assertEqual(self.lead.user_id, self.seller)

    def test_lead_of_somebody_else_is_not_handed_over(self):
        with suppress(AccessError), self.env.cr.savepoint():
            dialog = (
                self.env["retention.handover.pass"]
                .with_user(self.third)
                .create({"lead_ids": self.lead.ids, "user_id": self.third.id})
            )
            dialog.invalidate_recordset()
            dialog.action_hand_over()
        self._flush()
        self.assertEqual(self.lead.user_id, self.seller)

    def test_dialog_of_somebody_else_is_closed(self):
        dialog = (
            self.env["retention.handover.return"]
            .with_user(self.seller)
            .create({"handover_ids": self.handover.ids, "reason_id": self.reason.id})
        )
        with self.assertRaises(AccessError):
            dialog.with_user(self.manager).action_return()

    def test_managers_edit_the_reasons(self):
        Reason = self.env["retention.return.reason"]
        Reason.with_user(self.manager).create({"name": "Moved away"}).unlink()
        self.assertTrue(Reason.with_user(self.seller).search([]))
        with self.assertRaises(AccessError):
            Reason.with_user(self.seller).create({"name": "Because"})

    def test_outsiders(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        portal = self._portal_user(self.bert)
        for user in (clerk, portal, self.env.ref("base.public_user")):
            for name in MODELS:
                self.assertFalse(self.env[name].with_user(user).has_access("read"))
            for action in ACTIONS:
                with self.assertRaises(AccessError):
                    getattr(self.handover.with_user(user), action)()

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._new_user(
            "stranger",
            "sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in ("retention.handover", "retention.handover.report"):
            self.assertNotIn(self.handover.id, self._seen(stranger, model))
        for action in ACTIONS:
            with self.assertRaises(AccessError):
                getattr(self.handover.with_user(stranger), action)()

    def test_who_may_not_see_the_lead_any_more(self):
        """The giver, with own documents only, still sees what became of it."""
        lead = self.lead.with_user(self.marketer)
        self.assertFalse(lead.has_access("read"))
        values = self.handover.with_user(self.marketer).web_read(
            {
                "lead_id": {"fields": {"display_name": {}}},
                "customer_id": {"fields": {"display_name": {}}},
                "status_text": {},
                "may_take_back": {},
            }
        )[0]
        self.assertEqual(values["lead_id"]["display_name"], self.lead.name)
        self.assertIn("Offered to Seller", values["status_text"])
        self.assertTrue(values["may_take_back"])
