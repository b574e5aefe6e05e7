from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.retention_referral_doubt import BURST_COUNT
from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralDoubt(ReferralCase):
    """Dora, a private person, recommends us to somebody."""

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.germany = self.env.ref("base.de")
        self.dora = self._person(
            "Dora Klein",
            street="Hauptstraße 5",
            zip="10115",
            email="dora.klein@mail.example",
            phone="+49 30 1234567",
        )

    def _person(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "country_id": self.germany.id, **values}
        )

    def _doubts(self, friend="Emil Groß", **values):
        """What speaks against recommending a contact, and a lead, like that."""
        by_contact = self._recommend(self.dora, self._person(friend, **values))
        renamed = dict(values)
        if "email" in renamed:
            renamed["email_from"] = renamed.pop("email")
        lead = self.env["crm.lead"].create(
            {
                "name": friend,
                "contact_name": friend,
                "country_id": self.germany.id,
                **renamed,
            }
        )
        by_lead = self._recommend(self.dora, friend, lead=lead)
        self.assertEqual(by_contact.doubts, by_lead.doubts)
        self.assertEqual(by_contact.doubt_state, by_lead.doubt_state)
        state = "to_check" if by_contact.doubts else "none"
        self.assertEqual(by_contact.doubt_state, state)
        return by_contact.doubts

    def test_none(self):
        self.assertFalse(
            self._doubts(
                street="Hauptstraße 7",
                zip="10115",
                email="emil@mail.example",
                phone="+49 30 7654321",
            )
        )

    def test_without_any_data(self):
        self.dora.write({"street": False, "zip": False, "email": False, "phone": False})
        self.assertFalse(self._doubts("Emil Klein"))

    def test_same_person(self):
        referral = self._recommend(self.dora, self.dora)
        self.assertEqual(referral.doubts, "person")
        self.assertIn("are the same", referral.doubt_text)

    def test_same_company(self):
        referral = self._recommend(self.anna, self.bert)
        self.assertEqual(referral.doubts, "company")

    def _colleague(self, referrer=None, **values):
        """What speaks against a lead that somebody of Azur recommended us to."""
        lead = self.env["crm.lead"].create({"name": "Zoe", "type": "lead", **values})
        return self._recommend(referrer or self.anna, "Zoe", lead=lead).doubts

    def test_colleague_by_mail(self):
        self.assertEqual(self._colleague(email_from="Zoe@Azur.example"), "colleague")
        self.assertFalse(self._colleague(email_from="zoe@sub.azur.example"))
        contact = self._person("Zoe", email="zoe@azur.example")
        referral = self._recommend(self.anna, contact)
        self.assertEqual(referral.doubts, "colleague")
        self.assertIn("seem to work for the same company", referral.doubt_text)
        # the company's own address counts if the person has a private one
        self.anna.email = "anna@gmail.com"
        self.assertEqual(self._colleague(email_from="zoe@azur.example"), "colleague")

    def test_public_mail_is_no_company(self):
        self.customer.email = "azur@gmx.de"
        for domain in ("gmail.com", "gmx.de", "t-online.de", "example.com"):
            self.anna.email = f"anna@{domain}"
            self.assertFalse(self._colleague(email_from=f"zoe@{domain}"), domain)
        self.assertFalse(
            self._colleague(self.dora, email_from="emil@mail.example"),
            "Dora works for nobody that we know",
        )

    def test_colleague_by_name(self):
        self.assertEqual(self._colleague(partner_name="AZUR  GmbH."), "colleague")
        self.assertFalse(self._colleague(partner_name="Azurit GmbH"))
        self.assertFalse(self._colleague(self.dora, partner_name="Dora Klein"))
        self.anna.email = self.customer.email = False
        self.customer.name = "-"
        self.assertFalse(self._colleague(partner_name=" "))

    def test_known_colleague_is_said_once(self):
        self.assertEqual(self._recommend(self.anna, self.bert).doubts, "company")

    def test_same_household(self):
        self.assertEqual(
            self._doubts("Emil Klein", street="Hauptstr. 5", zip="10115 "), "household"
        )
        self.assertEqual(
            self._doubts("KLEIN, Emil", street="HAUPTSTRASSE 5", zip="10115"),
            "household",
        )

    def test_shared_office_is_no_proof(self):
        self.assertFalse(self._doubts("Emil Groß", street="Hauptstraße 5", zip="10115"))
        self.assertFalse(self._doubts("Emil Klein", street="Am Markt 1", zip="10115"))
        self.assertFalse(
            self._doubts("Emil Klein", street="Hauptstraße 5", zip="20095")
        )
        firms = self._person(
            "Klein GmbH", street="Am Markt 1", zip="10115", is_company=True
        ) | self._person("Groß GmbH", street="Am Markt 1", zip="10115", is_company=True)
        self.assertFalse(self._recommend(firms[0], firms[1]).doubts)
        firms[0].name = "Klein"
        owner = self._person("Emil Klein", street="Am Markt 1", zip="10115")
        self.assertFalse(self._recommend(firms[0], owner).doubts)

    def test_same_mail_in_another_spelling(self):
        for mail in (
            "dora.klein@mail.example",
            "DoraKlein@mail.example",
            "d.oraklein+friend@mail.example",
        ):
            self.assertEqual(self._doubts(email=mail), "mail", mail)
        self.assertFalse(self._doubts(email="dora.klein@other.example"))

    def test_same_phone_in_another_spelling(self):
        self.assertEqual(self._doubts(phone="030 / 123 45 67"), "phone")

    def test_same_bank_account(self):
        friend = self._person("Emil Groß")
        for partner, number in (
            (self.dora, "DE89 3704 0044 0532 0130 00"),
            (friend, "de89370400440532013000"),
        ):
            self.env["res.partner.bank"].create(
                {"partner_id": partner.id, "acc_number": number}
            )
        self.assertEqual(self._recommend(self.dora, friend).doubts, "bank")

    def test_several(self):
        self.assertEqual(
            self._doubts(
                "Emil Klein",
                street="Hauptstraße 5",
                zip="10115",
                phone="030 1234567",
            ),
            "household,phone",
        )

    def _by_link(self, count, minutes=1):
        program = self.env.ref("retention_suite.referral_program_default")
        link = self.env["retention.referral.link"]._of(self.dora, program)
        referrals = self.env["retention.referral"]
        for number in range(count):
            with self._at(NOW + timedelta(minutes=number * minutes)):
                referrals |= self._recommend(self.dora, f"Friend {number}", link=link)
        return referrals

    def test_burst(self):
        referrals = self._by_link(BURST_COUNT)
        self.assertFalse(any(referrals.mapped("doubts")))
        with self._at(NOW + timedelta(minutes=30)):
            referrals |= self._recommend(
                self.dora, "One more", link=referrals[0].link_id
            )
        self.assertEqual(set(referrals.mapped("doubts")), {"burst"})
        self.assertIn(str(BURST_COUNT), referrals[0].doubt_text)

    def test_many_over_the_day_are_no_burst(self):
        referrals = self._by_link(BURST_COUNT * 2, minutes=10)
        self.assertFalse(any(referrals.mapped("doubts")))

    def test_found_when_the_lead_gets_its_contact(self):
        referral = self._recommend(self.dora, "Emil")
        self.assertEqual(referral.doubt_state, "none")
        referral.lead_id.partner_id = self.dora
        self._flush()
        self.assertEqual(referral.doubts, "person")
        self.assertEqual(referral.doubt_state, "to_check")

    def test_stays_until_somebody_has_looked(self):
        referral = self._recommend(self.dora, "Emil")
        referral.lead_id.partner_id = self.dora
        self._flush()
        referral.lead_id.write(
            {"partner_id": self.anna.id, "phone": False, "email_from": False}
        )
        self._flush()
        self.assertEqual(referral.doubts, "person")
        self.assertEqual(referral.doubt_state, "to_check")

    def test_run_finds_what_came_past_odoo(self):
        referral = self._recommend(self.dora, "Emil")
        self.Run.create({"start_date": NOW, "state": "done"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = %s WHERE id = %s",
            [self.dora.id, referral.lead_id.id],
        )
        self.env.invalidate_all()
        self._run()
        self.assertEqual(referral.doubts, "person")

    def test_decided_stays_decided(self):
        referral = self._recommend(self.anna, self.bert)
        lead = referral.lead_id
        manager = referral.with_user(self.manager)
        manager.action_accept()
        self.assertEqual((referral.doubt_state, referral.state), ("accepted", "new"))
        self.assertEqual(referral.checked_user_id, self.manager)
        self.assertEqual(referral.checked_date, NOW)
        self.assertIn("Accepted", referral.message_ids[0].body)
        referral._find_doubts()
        self.assertEqual(referral.doubt_state, "accepted")
        manager.action_reject()
        self.assertEqual(
            (referral.doubt_state, referral.state), ("rejected", "rejected")
        )
        self.assertIn("Rejected", referral.message_ids[0].body)
        lead.convert_opportunity(lead.partner_id)
        self._flush()
        referral._find_doubts()
        self.assertEqual(
            (referral.doubt_state, referral.state), ("rejected", "rejected")
        )
        self.assertTrue(lead.exists() and lead.active)
        manager.action_accept()
        self.assertEqual(
            (referral.doubt_state, referral.state), ("accepted", "qualified")
        )

    def test_rejected_without_a_doubt_and_taken_back(self):
        """By mistake, or by somebody else: it need not have been doubted."""
        referral = self._recommend(self.dora, "Emil")
        lead = referral.lead_id
        manager = referral.with_user(self.manager)
        self.assertEqual(referral.doubt_state, "none")
        manager.action_reject()
        self.assertEqual(referral.state, "rejected")
        lead.convert_opportunity(lead.partner_id)
        self._flush()
        self.assertEqual(referral.state, "rejected")
        manager.action_accept()
        self.assertEqual(referral.state, "qualified")
        lead.action_set_won()
        self._flush()
        self.assertEqual(referral.state, "won", "it follows its lead again")

    def test_accepted_before_they_were_one(self):
        """The same phone was no matter, but now both are the same person."""
        program = self.env.ref("retention_suite.referral_program_default")
        program.write(
            {"reward_for": "referrer", "reward_text": "A cake", "hold_days": 0}
        )
        friend = self._person("D. Klein", phone="030 1234567")
        referral = self._recommend(self.dora, friend)
        self.assertEqual(referral.doubts, "phone")
        referral.lead_id.action_set_won()
        self._flush()
        referral.with_user(self.manager).action_accept()
        self.assertEqual(referral.reward_state, "due")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [friend.id, self.dora.id], self.dora
        )
        self._flush()
        self.env.invalidate_all()
        self.assertEqual(referral.partner_id, self.dora)
        self.assertEqual(referral.doubt_state, "to_check")
        self.assertEqual(referral.reward_state, "on_hold")
        new = (
            "Found since it was accepted: Who recommends and who was recommended "
            "are the same."
        )
        self.assertEqual(referral.doubt_text, new)
        told = "".join(referral.message_ids.mapped("body"))
        self.assertIn("To check again: " + new, told)
        referral.with_user(self.manager).action_accept()
        self.assertIn("same phone", referral.doubt_text)
        referral._find_doubts()
        self.assertEqual(referral.doubt_state, "accepted")
        self.assertEqual(referral.reward_state, "due")

    def test_rejected_does_not_bind(self):
        friend = self._person("Emil Groß")
        first = self._recommend(self.dora, friend)
        later = self._recommend(self.anna, friend, lead=first.lead_id)
        first.with_user(self.manager).action_reject()
        self.assertEqual(later.attribution, "first")
        first.with_user(self.manager).action_accept()
        self.assertEqual(later.attribution, "later")

    def test_only_managers_decide(self):
        self._add_profile(self.customer, user_id=self.seller.id)
        referral = self._recommend(self.anna, self.bert)
        portal = self._portal_user(self.anna)
        for user in (self.seller, self.colleague, portal):
            for name in ("action_accept", "action_reject"):
                with self.assertRaises(AccessError):
                    getattr(referral.with_user(user), name)()
        with self.assertRaises(AccessError):
            referral.with_user(self.manager).doubt_state = "accepted"
        self.assertEqual(referral.doubt_state, "to_check")

    def test_not_of_another_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        referral = self._recommend(self.anna, self.bert)
        referral.company_id = second
        self.env.flush_all()
        with self.assertRaises(AccessError):
            referral.with_user(self.manager).action_accept()

    def test_all_at_once(self):
        """However many there are, they are looked at by one statement."""
        referrals = self.env["retention.referral"].create(
            [
                {
                    "referrer_id": self.dora.id,
                    "partner_id": self._person(f"P {n}", phone="030 1234567").id,
                    "company_id": self.company.id,
                }
                for n in range(20)
            ]
        )
        self.env.flush_all()
        with self.assertQueryCount(6):
            referrals._find_doubts()
        self.assertEqual(set(referrals.mapped("doubts")), {"phone"})
