from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .answer_common import AnswerCase


@tagged("post_install", "-at_install")
class TestAnswerAccess(AnswerCase):
    """Who sees which messages wait."""

    def setUp(self):
        super().setUp()
        # who leads a team would be asked for what is nobody's
        self.env["crm.team"].search([]).user_id = False
        self.own = self._contact(self._write_in())
        theirs = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        lead = self._new_lead(theirs, self.colleague)
        self._run()
        self.ours = self._post(lead, self.colleague, theirs)
        self.theirs = self._contact(self._write_in("info@rosso.example"))
        self.strangers = self.Touchpoint
        for name, user in (("Mine", self.seller), ("Theirs", self.colleague)):
            self._new_stranger(name, user)
        self._new_stranger("Nobody's", None)
        self._run()

    def _new_stranger(self, name, user):
        message = self._receive(
            self._mail(f"{name} <{name[:3]}@home.example>", Subject=f"From {name}")
        )
        lead = self.env["crm.lead"].browse(message.res_id)
        lead.write({"user_id": user.id if user else False, "team_id": False})
        self.env.flush_all()
        self._contact(message)

    def _seen(self, model, user):
        records = self.env[model].with_user(user).search([])
        if model == "retention.touchpoint":
            records = records.filtered("needs_answer")
        elif model == "retention.alert":
            records = records.filtered(lambda a: a.kind == "unanswered")
        documents = records.sudo().mapped(
            lambda r: (
                r.profile_id.partner_id.name
                or self.env["retention.touchpoint"]
                .sudo()
                .search([("id", "=", r.id)])
                .summary
                if model != "retention.alert"
                else r.profile_id.partner_id.name or r.document_name
            )
        )
        return set(documents)

    def test_salespeople_and_managers(self):
        own = {"Azur GmbH", "From Mine", "From Nobody's"}
        everything = own | {"Rosso", "From Theirs"}
        for model in (
            "retention.touchpoint",
            "retention.alert",
            "retention.answer.report",
        ):
            with self.subTest(model):
                self.assertEqual(self._seen(model, self.seller), own)
                self.assertEqual(self._seen(model, self.colleague), everything)
                self.assertEqual(self._seen(model, self.manager), everything)

    def test_colleagues_messages_are_theirs(self):
        alert = self._unanswered(profile_id=self.theirs.profile_id.id)
        for record, method in (
            (self.theirs, "action_no_answer"),
            (alert, "action_no_answer"),
            (alert, "action_answer"),
        ):
            with self.assertRaises(AccessError):
                getattr(record.with_user(self.seller), method)()
        self.assertTrue(self.theirs.is_waiting)

    def test_outsiders(self):
        clerk = self._new_user("clerk", "base.group_user")
        portal = self._portal_user(self.anna)
        alert = self._unanswered(profile_id=self.profile.id)
        for user in clerk | portal | self.env.ref("base.public_user"):
            for record, method in (
                (self.own, "action_no_answer"),
                (self.own, "action_need_answer"),
                (alert, "action_no_answer"),
                (alert, "action_answer"),
            ):
                with self.assertRaises(AccessError):
                    getattr(record.with_user(user), method)()
        self.assertTrue(self.own.is_waiting)

    def test_nobody_writes_facts(self):
        for user in (self.seller, self.colleague, self.manager):
            with self.assertRaises(AccessError):
                self.own.with_user(user).write({"needs_answer": False})

    def test_two_companies(self):
        other = self.env["res.company"].create(
            {
                "name": "Tokyo",
                "retention_response_target_hours": 2,
                "resource_calendar_id": self._new_calendar("T", "Asia/Tokyo").id,
            }
        )
        self.seller.company_ids = [Command.link(other.id)]
        partner = self.env["res.partner"].create(
            {"name": "Verde", "email": "info@verde.example", "company_id": other.id}
        )
        lead = self.env["crm.lead"].create(
            {
                "name": "Verde",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": other.id,
                "user_id": self.seller.id,
                "team_id": False,
            }
        )
        self._run()
        self.ours = self._post(lead, self.seller, partner)
        # 10:10 UTC is 19:10 in Tokyo, after work
        contact = self._contact(self._write_in("info@verde.example"))
        self.assertEqual(contact.company_id, other)
        self.assertEqual(str(contact.answer_due_date), "2026-06-16 02:00:00")
        alert = self._unanswered(res_id=lead.id, res_model="crm.lead")
        self.assertEqual(alert.company_id, other)
        here = self.Alert.with_user(self.seller).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertNotIn(alert, here.search([]))
        there = here.with_context(allowed_company_ids=other.ids)
        self.assertEqual(there.search([("kind", "=", "unanswered")]).company_id, other)
