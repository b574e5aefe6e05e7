from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .referral_common import ReferralCase


class ReferralScreenCase(ReferralCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.env.ref("retention_suite.referral_reason_service")
        cls.price = cls.env.ref("retention_suite.referral_reason_price")
        cls.program = cls.env.ref("retention_suite.referral_program_default")

    def setUp(self):
        super().setUp()
        self._new_lead(self.customer, self.seller).action_set_won()
        self._run()
        self._profile(self.customer).user_id = self.seller
        self.lead = self.env["crm.lead"].create(
            {
                "name": "Carl's office",
                "contact_name": "Carl",
                "email_from": "carl@friend.example",
                "type": "lead",
                "user_id": self.seller.id,
            }
        )

    def _referrals(self, **values):
        domain = [(name, "=", value.id) for name, value in values.items()]
        return self.env["retention.referral"].search(domain)

    def _dialog(self, action, user, **values):
        """Fill a dialog in as a user does, and return it saved."""
        model = self.env[action["res_model"]].with_user(user)
        form = Form(model.with_context(**action["context"]))
        for name, value in values.items():
            if name.endswith("_ids"):
                for record in value:
                    getattr(form, name).add(record)
            else:
                setattr(form, name, value)
        return form.save()


@tagged("post_install", "-at_install")
class TestRecommendedBy(ReferralScreenCase):
    """Who told a lead or a contact about us."""

    def _record(self, document, user, referrer, reasons=()):
        action = document.with_user(user).action_retention_recommended_by()
        dialog = self._dialog(action, user, referrer_id=referrer, reason_ids=reasons)
        dialog.action_record()

    def test_from_a_lead(self):
        self._record(self.lead, self.seller, self.anna, self.service)
        referral = self._referrals(lead_id=self.lead)
        self.assertEqual(referral.referrer_id, self.anna)
        self.assertEqual(referral.reason_ids, self.service)
        self.assertEqual(referral.channel, "offline")
        self.assertEqual(referral.attribution, "first")
        self.assertEqual(referral.program_id, self.program)
        self.assertEqual(referral.profile_id, self._profile(self.customer))
        self.assertEqual(referral.create_uid, self.seller)
        self.assertEqual(self.lead.referred, "Anna")
        seen = self.lead.with_user(self.seller)
        self.assertEqual(seen.retention_referrer_names, "Anna")
        self.assertEqual(seen.action_retention_referrals()["res_id"], referral.id)

    def test_twice_adds_reasons(self):
        self._record(self.lead, self.seller, self.anna, self.service)
        referral = self._referrals(lead_id=self.lead)
        self._record(self.lead, self.seller, self.anna, self.price)
        self.assertEqual(self._referrals(lead_id=self.lead), referral)
        self.assertEqual(referral.reason_ids, self.service | self.price)

    def test_reasons_are_put_right(self):
        self._record(self.lead, self.seller, self.anna, self.service)
        referral = self._referrals(lead_id=self.lead)
        action = referral.with_user(self.seller).action_add_reasons()
        dialog = self._dialog(action, self.seller, reason_ids=self.price)
        dialog.action_record()
        self.assertEqual(referral.reason_ids, self.service | self.price)
        action = referral.with_user(self.seller).action_add_reasons()
        dialog = self._dialog(action, self.seller)
        self.assertEqual(dialog.reason_ids, self.service | self.price)
        dialog.reason_ids -= self.service
        dialog.action_record()
        self.assertEqual(referral.reason_ids, self.price)
        self.assertEqual(self._referrals(lead_id=self.lead), referral)

    def test_reasons_are_put_right_by_who_may_change_the_lead(self):
        self._record(self.lead, self.seller, self.anna, self.service)
        referral = self._referrals(lead_id=self.lead)
        dialogs = self.env["retention.recommended.by"].with_user(self.seller)
        # they see it still, by the customer
        self.lead.user_id = self.colleague
        self.assertTrue(referral.with_user(self.seller).has_access("read"))
        with self.assertRaises(AccessError):
            referral.with_user(self.seller).action_add_reasons()
        # nor past the button, nor when the lead is gone
        with self.assertRaises(AccessError):
            dialogs.create({"referral_id": referral.id}).action_record()
        referral.lead_id = False
        with self.assertRaises(AccessError):
            dialogs.create({"referral_id": referral.id}).action_record()
        self.assertEqual(referral.reason_ids, self.service)

    def test_by_another_one_later(self):
        self._record(self.lead, self.seller, self.anna)
        self._record(self.lead, self.colleague, self.bert)
        referrals = self._referrals(lead_id=self.lead).sorted("id")
        self.assertEqual(referrals.mapped("attribution"), ["first", "later"])
        names = self.lead.with_user(self.seller).retention_referrer_names
        self.assertEqual(names, "Anna, Bert")
        action = self.lead.with_user(self.seller).action_retention_referrals()
        self.assertEqual(
            self.env["retention.referral"].search(action["domain"]), referrals
        )

    def test_from_a_contact(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        self._record(friend, self.seller, self.anna, self.service)
        referral = self._referrals(partner_id=friend)
        self.assertEqual(referral.company_id, self.company)
        self.assertEqual(referral.attribution, "first")
        self._record(friend, self.manager, self.anna, self.price)
        self.assertEqual(self._referrals(partner_id=friend), referral)
        self.assertEqual(len(referral.reason_ids), 2)

    def test_somebody_must_be_chosen(self):
        dialog = (
            self.env["retention.recommended.by"]
            .with_user(self.seller)
            .create({"lead_id": self.lead.id})
        )
        with self.assertRaisesRegex(ValidationError, "Choose who"):
            dialog.action_record()

    def test_nobody_recommends_us_to_themselves(self):
        self.lead.partner_id = self.anna
        dialog = (
            self.env["retention.recommended.by"]
            .with_user(self.seller)
            .create({"lead_id": self.lead.id, "referrer_id": self.anna.id})
        )
        with self.assertRaisesRegex(ValidationError, "to themselves"):
            dialog.action_record()

    def test_only_for_what_one_may_change(self):
        self.lead.user_id = self.colleague
        with self.assertRaises(AccessError):
            self.lead.with_user(self.seller).action_retention_recommended_by()
        # nor past the button
        dialog = (
            self.env["retention.recommended.by"]
            .with_user(self.seller)
            .create({"lead_id": self.lead.id, "referrer_id": self.anna.id})
        )
        with self.assertRaises(AccessError):
            dialog.action_record()
        self.assertFalse(self._referrals(lead_id=self.lead))
        # nor past the dialogs
        for vals in ({"channel": "link"}, {"state": "won"}):
            with self.assertRaises(AccessError):
                self._recommend(self.anna, "Emil").with_user(self.seller).write(vals)

    def test_in_another_company(self):
        other = self.env["res.company"].create({"name": "Second"})
        self.manager.company_ids = [Command.link(other.id)]
        friend = self.env["res.partner"].create({"name": "Dora"})
        self._record(friend, self.manager, self.anna)
        there = friend.with_user(self.manager).with_company(other)
        action = there.action_retention_recommended_by()
        dialog = (
            self.env["retention.recommended.by"]
            .with_user(self.manager)
            .with_company(other)
            .create({"partner_id": friend.id, "referrer_id": self.anna.id})
        )
        self.assertEqual(action["context"]["default_partner_id"], friend.id)
        dialog.action_record()
        referrals = self._referrals(partner_id=friend)
        self.assertEqual(referrals.company_id, self.company | other)
        # the seller works in one of them only
        seen = self.env["retention.referral"].with_user(self.seller)
        self.assertEqual(
            seen.search([("partner_id", "=", friend.id)]).company_id, self.company
        )

    def test_won_lead_is_no_reason_against_itself(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        lead = self._new_lead(friend, self.seller)
        lead.action_set_won()
        self._run()
        self._record(lead, self.seller, self.anna)
        self.assertEqual(self._referrals(lead_id=lead).attribution, "first")
        again = self._new_lead(friend, self.seller)
        self._record(again, self.seller, self.bert)
        self.assertEqual(self._referrals(lead_id=again).attribution, "customer")


@tagged("post_install", "-at_install")
class TestRecommend(ReferralScreenCase):
    """Whom a customer told about us."""

    def setUp(self):
        super().setUp()
        self.profile = self._profile(self.customer)

    def _save(self, user, document=None, **values):
        document = (document or self.anna).with_user(user)
        if document._name == "res.partner":
            action = document.action_retention_recommend()
        else:
            action = document.action_recommend()
        return self._dialog(action, user, **values).action_recommend()

    def test_makes_a_lead(self):
        team = self.env["crm.team"].create({"name": "Referral team"})
        campaign = self.env["utm.campaign"].create({"name": "Friends"})
        self.program.write(
            {
                "team_id": team.id,
                "user_id": self.colleague.id,
                "campaign_id": campaign.id,
            }
        )
        before = self.env["mail.mail"].search([])
        self._save(
            self.seller,
            name="Emil",
            company_name="Emil's Elevators",
            email="emil@elevators.example",
            phone="+49 30 1234567",
            reason_ids=self.service,
            note="Moves in spring",
        )
        self._flush()
        referral = self._referrals(referrer_id=self.anna)
        self.assertEqual(referral.state, "new")
        self.assertEqual(referral.reason_ids, self.service)
        lead = referral.lead_id
        self.assertEqual(lead.contact_name, "Emil")
        self.assertEqual(lead.partner_name, "Emil's Elevators")
        self.assertEqual(lead.email_from, "emil@elevators.example")
        self.assertEqual(lead.phone, "+49 30 1234567")
        self.assertEqual(lead.referred, "Anna")
        self.assertEqual(lead.source_id, self.env.ref("utm.utm_source_referral"))
        self.assertEqual((lead.team_id, lead.user_id), (team, self.colleague))
        self.assertEqual(lead.campaign_id, campaign)
        self.assertIn("Moves in spring", lead.description)
        self.assertEqual(lead.create_uid, self.seller)
        mails = self.env["mail.mail"].search([]) - before
        self.assertNotIn("emil", str(mails.mapped("email_to")))
        self.assertFalse(mails.recipient_ids.filtered("partner_share"))

    def test_else_it_is_the_users(self):
        self._save(self.seller, self.profile, name="Emil", phone="123")
        referral = self._referrals(referrer_id=self.customer)
        self.assertEqual(referral.lead_id.user_id, self.seller)

    def test_to_a_contact(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        self._save(self.seller, partner_id=friend)
        referral = self._referrals(partner_id=friend)
        self.assertEqual(referral.lead_id.partner_id, friend)
        self.assertEqual(referral.attribution, "first")

    def test_to_a_prospect(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        self._new_lead(friend, self.seller)
        self._run()
        self.assertTrue(self._profile(friend))
        self._save(self.seller, partner_id=friend)
        self.assertEqual(self._referrals(partner_id=friend).attribution, "first")

    def test_to_a_customer(self):
        won = self.env["res.partner"].create({"name": "Dora"})
        self._new_lead(won, self.colleague).action_set_won()
        added = self.env["res.partner"].create(
            {"name": "Fritz", "email": "Fritz@friend.example"}
        )
        self._add_profile(added)
        leads = self.env["crm.lead"].search([])
        action = self._save(self.seller, partner_id=won)
        self.assertIn("no lead was made", action["params"]["message"])
        # known by the address
        self._save(self.seller, name="Fred", email="fritz@friend.example")
        referrals = self._referrals(referrer_id=self.anna)
        self.assertEqual(referrals.partner_id, won | added)
        self.assertEqual(set(referrals.mapped("attribution")), {"customer"})
        self.assertFalse(referrals.lead_id)
        self.assertEqual(self.env["crm.lead"].search([]), leads)

    def test_twice_adds_reasons(self):
        for reason in (self.service, self.price):
            self._save(
                self.seller, name="Emil", email="emil@e.example", reason_ids=reason
            )
        referral = self._referrals(referrer_id=self.anna)
        self.assertEqual(len(referral), 1)
        self.assertEqual(referral.reason_ids, self.service | self.price)

    def test_what_is_missing_is_said(self):
        for values, words in (
            ({}, "Say to whom"),
            ({"name": "Emil"}, "Enter an e-mail address or a phone number"),
            ({"name": "Emil", "email": "emil"}, "emil is no e-mail address"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words):
                self._save(self.seller, **values)
        stranger = self.env["res.partner"].create({"name": "Dora"})
        dialog = self.env["retention.recommend"].create(
            {"commercial_partner_id": self.customer.id, "referrer_id": stranger.id}
        )
        with self.assertRaisesRegex(ValidationError, "does not belong to Azur"):
            dialog.action_recommend()

    def test_not_for_a_colleagues_customer(self):
        self.profile.user_id = self.colleague
        with self.assertRaisesRegex(AccessError, "looked after by Colleague"):
            self.anna.with_user(self.seller).action_retention_recommend()
        # nor past the button
        dialog = (
            self.env["retention.recommend"]
            .with_user(self.seller)
            .create(
                {
                    "commercial_partner_id": self.customer.id,
                    "referrer_id": self.anna.id,
                    "name": "Emil",
                    "phone": "123",
                }
            )
        )
        with self.assertRaises(AccessError):
            dialog.action_recommend()
        self._save(self.manager, name="Emil", phone="123")
        self.assertEqual(len(self._referrals(referrer_id=self.anna)), 1)


@tagged("post_install", "-at_install")
class TestConvertDialog(ReferralScreenCase):
    """Who recommended us is noted when a lead is converted."""

    def _convert(self, user, leads, **values):
        mass = len(leads) > 1
        model = "crm.lead2opportunity.partner" + (".mass" if mass else "")
        dialog = (
            self.env[model]
            .with_user(user)
            .with_context(
                active_model="crm.lead", active_id=leads[:1].id, active_ids=leads.ids
            )
            .create(
                {
                    "retention_referrer_id": self.anna.id,
                    "retention_reason_ids": [Command.set(self.service.ids)],
                    **({} if mass else {"lead_id": leads.id}),
                    **values,
                }
            )
        )
        dialog.action_mass_convert() if mass else dialog.action_apply()
        self._flush()

    def test_convert(self):
        # and give it to a colleague by that
        self._convert(self.seller, self.lead, name="convert", user_id=self.manager.id)
        referral = self._referrals(lead_id=self.lead)
        self.assertEqual(referral.referrer_id, self.anna)
        self.assertEqual(referral.reason_ids, self.service)
        self.assertEqual(referral.state, "qualified")
        self.assertEqual(referral.partner_id, self.lead.partner_id)

    def test_merge(self):
        other = self.lead.copy({"type": "opportunity"})
        self._convert(
            self.seller,
            self.lead,
            name="merge",
            duplicated_lead_ids=[Command.set((self.lead | other).ids)],
        )
        left = (self.lead | other).exists()
        self.assertEqual(len(left), 1)
        self.assertEqual(self._referrals(lead_id=left).referrer_id, self.anna)

    def test_mass(self):
        other = self.lead.copy({"email_from": "dora@friend.example"})
        self._convert(self.seller, self.lead | other)
        for lead in self.lead | other:
            self.assertEqual(lead.type, "opportunity")
            self.assertEqual(self._referrals(lead_id=lead).referrer_id, self.anna)
        double = self.lead.copy({"type": "lead"})
        self._convert(self.colleague, self.lead | double)
        left = (self.lead | double).exists()
        self.assertEqual(len(self._referrals(lead_id=left)), 1)

    def test_nobody(self):
        self._convert(
            self.seller, self.lead, name="convert", retention_referrer_id=False
        )
        self.assertEqual(self.lead.type, "opportunity")
        self.assertFalse(self._referrals(lead_id=self.lead))

    def test_dialogs_open(self):
        for model, context in (
            ("crm.lead2opportunity.partner", {"active_id": self.lead.id}),
            ("crm.lead2opportunity.partner.mass", {"active_ids": self.lead.ids}),
        ):
            form = Form(
                self.env[model]
                .with_user(self.seller)
                .with_context(active_model="crm.lead", **context)
            )
            form.retention_referrer_id = self.anna
            form.retention_reason_ids.add(self.service)
            form.save()


@tagged("post_install", "-at_install")
class TestReferralCounts(ReferralScreenCase):
    def test_on_contacts(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        self._recommend(self.anna, "Emil")
        self._recommend(self.customer, "Fritz")
        self._recommend(self.bert, friend)
        self._recommend(friend, self.bert)
        for partner, counts in (
            (self.customer, (3, 1)),
            (self.anna, (1, 0)),
            (self.bert, (1, 1)),
            (friend, (1, 1)),
        ):
            seen = partner.with_user(self.manager)
            found = seen.retention_given_count, seen.retention_received_count
            self.assertEqual(found, counts, partner.name)
            action = seen.action_retention_referrals()
            referrals = self.env["retention.referral"].search(action["domain"])
            self.assertEqual(len(referrals), sum(counts), partner.name)

    def test_only_what_one_may_see(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        self._recommend(self.anna, friend).lead_id.user_id = self.colleague
        self.assertEqual(self.anna.with_user(self.seller).retention_given_count, 1)
        self._profile(self.customer).user_id = self.colleague
        self.env.invalidate_all()
        self.assertEqual(self.anna.with_user(self.seller).retention_given_count, 0)
        self.assertEqual(self.anna.with_user(self.manager).retention_given_count, 1)

    def test_many_at_once(self):
        partners = self.customer | self.anna | self.bert
        self._recommend(self.anna, "Emil")
        self.env.invalidate_all()
        partners.mapped("name")
        with self.assertQueryCount(4):
            partners.mapped("retention_given_count")

    def test_on_customers(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        given = self._recommend(self.anna, friend)
        received = self._recommend(friend, self.bert)
        received.lead_id.user_id = False
        profile = self._profile(self.customer).with_user(self.seller)
        self.assertEqual(profile.given_referral_ids, given.with_user(self.seller))
        self.assertEqual(profile.received_referral_ids, received)


@tagged("post_install", "-at_install")
class TestReferralScreens(ReferralScreenCase):
    def test_menu_by_role(self):
        server = self.env.ref("retention_suite.retention_referral_action_menu")
        mine = server.with_user(self.seller).run()
        self.assertIn("'search_default_mine': 1", mine["context"])
        everybodys = server.with_user(self.manager).run()
        self.assertEqual(everybodys["path"], "retention-recommendations-all")

    def test_mine(self):
        own = self._recommend(self.anna, "Emil")
        lead = self.env["crm.lead"].create(
            {"name": "Fritz", "user_id": self.seller.id, "type": "lead"}
        )
        stranger = self.env["res.partner"].create({"name": "Dora"})
        by_lead = self._recommend(stranger, "Fritz", lead=lead)
        theirs = self._recommend(stranger, "Gerd")
        theirs.lead_id.user_id = self.colleague
        nobodys = self._recommend(stranger, "Hans")
        nobodys.lead_id.user_id = False
        no_lead = self.env["retention.referral"]._receive(
            stranger, partner=self.env["res.partner"].create({"name": "Ida"})
        )
        all_ = own | by_lead | theirs | nobodys | no_lead
        Referral = self.env["retention.referral"].with_user(self.seller)
        here = [("id", "in", all_.ids)]
        self.assertEqual(Referral.search(here), all_ - theirs)
        for user_id, found in (
            (self.seller.id, own | by_lead),
            (False, nobodys | no_lead),
        ):
            mine = [*here, ("user_id", "=", user_id)]
            self.assertEqual(Referral.search(mine), found)
        everybodys = Referral.with_user(self.colleague)
        self.assertEqual(everybodys.search(here), all_)
        unthanked = everybodys.search([*here, ("user_id", "=", self.colleague.id)])
        self.assertEqual(unthanked, theirs)

    def test_chain_is_read_as_a_tree(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        with self._at("2026-06-01 10:00:00"):
            first = self._recommend(self.anna, friend)
        with self._at("2026-06-02 10:00:00"):
            second = self._recommend(friend, "Emil")
        tree = (
            self.env["retention.referral"]
            .with_user(self.manager)
            .hierarchy_read(
                [("id", "=", second.id)], {"friend_name": {}}, "parent_id", "child_ids"
            )
        )
        self.assertEqual({node["id"] for node in tree}, {first.id, second.id})
        action = first.action_open_chain()
        self.assertEqual(action["context"], {"hierarchy_res_id": first.id})

    def test_notes_by_whoever_may_read(self):
        referral = self._recommend(self.anna, "Emil").with_user(self.seller)
        message = referral.message_post(body="She was glad", message_type="comment")
        self.assertEqual(message.author_id, self.seller.partner_id)
        referral.activity_schedule("mail.mail_activity_data_todo")

    def test_links_are_for_managers(self):
        Link = self.env["retention.referral.link"]
        link = Link._of(self.anna, self.program)
        for name in ("action_renew", "action_revoke"):
            with self.assertRaisesRegex(AccessError, "Only managers"):
                getattr(link.with_user(self.seller), name)()
        link.with_user(self.manager).action_renew()
        self.assertFalse(link.active)
        new = Link._of(self.anna, self.program)
        self.assertNotEqual(new.code, link.code)
        new.with_user(self.manager).action_revoke()
        self.assertFalse(Link._page_of(new.code))

    def test_link_to_pass_on(self):
        """Customers without a login have a link as well."""
        Link = self.env["retention.referral.link"]
        anna = self.anna.with_user(self.seller)
        action = anna.action_retention_referral_link()
        link = Link.search(action["domain"])
        self.assertEqual(link.partner_id, self.anna)
        profile = self._profile(self.customer).with_user(self.seller)
        action = profile.action_referral_link()
        self.assertEqual(Link.search(action["domain"]).partner_id, self.customer)
        anna.action_retention_referral_link()
        self.assertEqual(Link.search([("partner_id", "=", self.anna.id)]), link)
        link.action_revoke()
        with self.assertRaisesRegex(UserError, "was revoked"):
            anna.action_retention_referral_link()
        self.program.active = False
        with self.assertRaisesRegex(UserError, "No referral programme is running"):
            anna.action_retention_referral_link()

    def test_preview(self):
        action = self.program.with_user(self.manager).action_preview()
        link = self.env["retention.referral.link"].search(
            [("partner_id", "=", self.manager.partner_id.id)]
        )
        self.assertEqual(action["url"], link.url)
