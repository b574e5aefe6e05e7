from datetime import timedelta

from odoo.tests import tagged

from .common import NOW
from .referral_common import ReferralCase


class AttributionCase(ReferralCase):
    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.Referral = self.env["retention.referral"]
        self.program = self.env.ref("retention_suite.referral_program_default")
        self.dora = self.env["res.partner"].create({"name": "Dora"})

    def _in_days(self, days):
        return self._at(NOW + timedelta(days=days))

    def _lead(self, **values):
        return self.env["crm.lead"].create({"name": "Lamps", "type": "lead", **values})

    def _told(self, referrer, **document):
        """Somebody was told in person, as the dialog notes it."""
        reasons = self.env["retention.referral.reason"]
        referral = self.Referral._note_told(referrer, reasons, **document)
        self._flush()
        return referral

    def _settle(self):
        """What is done just before the transaction is committed."""
        self._flush()
        self.env.invalidate_all()

    def _win(self, lead, **values):
        lead.write(values)
        lead.action_set_won()
        self._settle()


@tagged("post_install", "-at_install")
class TestReferralOfContact(AttributionCase):
    """Recommendations that were noted for a contact find its lead."""

    def setUp(self):
        super().setUp()
        with self._in_days(-5):
            self.referral = self._told(self.anna, partner=self.dora)
        self.assertFalse(self.referral.lead_id)

    def test_lead_that_is_made_later(self):
        self.program.write({"reward_for": "referrer", "reward_text": "A cake"})
        lead = self._lead(partner_id=self.dora.id)
        self._settle()
        self.assertEqual(self.referral.lead_id, lead)
        self._win(lead, expected_revenue=1200)
        self.assertEqual(self.referral.state, "won")
        self.assertEqual(self.referral.revenue, 1200)
        self.assertEqual(self.referral.reward_state, "on_hold")

    def test_lead_that_gets_the_contact(self):
        lead = self._lead()
        self._settle()
        self.assertFalse(self.referral.lead_id)
        lead.partner_id = self.dora
        self._settle()
        self.assertEqual(self.referral.lead_id, lead)

    def test_lead_of_a_colleague_of_theirs(self):
        company = self.env["res.partner"].create({"name": "D", "is_company": True})
        self.dora.parent_id = company
        lead = self._lead(partner_id=company.id)
        self._settle()
        self.assertEqual(self.referral.lead_id, lead)

    def test_run_finds_what_nothing_told_of(self):
        lead = self._lead()
        self._settle()
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = %s, write_date = %s WHERE id = %s",
            [self.dora.id, NOW, lead.id],
        )
        self.env.invalidate_all()
        changed = self.Referral._changed_since(NOW - timedelta(hours=1))
        self.assertIn(self.referral.id, changed)
        self.Referral._follow(changed)
        self.assertEqual(self.referral.lead_id, lead)
        self.assertEqual(self.Referral._derive(), 0, "nothing is left to do")

    def test_only_leads_that_were_open(self):
        with self._in_days(-20):
            lost = self._lead(partner_id=self.dora.id)
            self.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s",
                [NOW - timedelta(days=20), lost.id],
            )
            lost.action_set_lost()
        self._settle()
        self.Referral._derive()
        self.assertFalse(self.referral.lead_id)
        other = self.env["res.company"].create({"name": "Second"})
        self._lead(partner_id=self.dora.id, company_id=other.id)
        self._settle()
        self.assertFalse(self.referral.lead_id, "of another company")

    def test_noted_again_for_the_lead(self):
        lead = self._lead(partner_id=self.dora.id)
        self.assertEqual(self._told(self.anna, lead=lead), self.referral)
        self.assertEqual(self.referral.lead_id, lead)
        self.assertEqual(lead.referred, "Anna")

    def test_second_one_of_the_same_is_not_thanked_for(self):
        lead = self._lead()
        with self._in_days(-2):
            again = self._told(self.anna, lead=lead)
            bert = self._told(self.bert, lead=lead)
        self.assertEqual(again.attribution, "first")
        lead.partner_id = self.dora
        self._settle()
        all_ = self.referral | again | bert
        self.assertEqual(all_.lead_id, lead)
        self.assertEqual(all_.mapped("is_merged"), [False, True, False])
        self.assertEqual(all_.mapped("attribution"), ["first", "later", "later"])

    def test_two_people_of_the_same_customer(self):
        """They were told of both, and thank for both; one has the lead."""
        company = self.env["res.partner"].create({"name": "D", "is_company": True})
        emil = self.env["res.partner"].create({"name": "Emil", "parent_id": company.id})
        self.dora.parent_id = company
        with self._in_days(-4):
            second = self._told(self.anna, partner=emil)
            by_bert = self._told(self.bert, partner=emil)
        lead = self._lead(partner_id=emil.id)
        self._settle()
        both = self.referral | second
        self.assertEqual(both.mapped("lead_id"), lead)
        self.assertEqual(second.lead_id, lead, "the one that it is about")
        self.assertEqual(by_bert.lead_id, lead)
        self.assertEqual(both.mapped("is_merged"), [False, False])
        self.Referral._derive()
        self.env.invalidate_all()
        self.assertFalse(self.referral.lead_id)
        self.assertEqual(self.referral.partner_id, self.dora)
        with self._in_days(20):
            self._run()
        alerts = self.env["retention.alert"].search([("kind", "=", "referral_thanks")])
        self.assertEqual(set(alerts.mapped("res_id")), {*both.ids, by_bert.id})

    def test_lead_that_was_deleted_is_not_replaced(self):
        lead = self._lead(partner_id=self.dora.id)
        self._settle()
        self._win(lead, expected_revenue=1200)
        lead.unlink()
        self._lead(partner_id=self.dora.id)
        self._settle()
        self.Referral._derive()
        self.assertFalse(self.referral.lead_id)
        self.assertEqual((self.referral.state, self.referral.revenue), ("won", 1200))


@tagged("post_install", "-at_install")
class TestReferralOfStranger(AttributionCase):
    """The same person, though there is no contact."""

    def _twice(self, *values):
        """Anna and Bert recommend us to the same person, each by a lead."""
        both = self.Referral
        for number, (referrer, given) in enumerate(
            zip((self.anna, self.bert), values, strict=True)
        ):
            with self._in_days(number - 5):
                lead = self._lead(contact_name="Carl", **given)
                both |= self._told(referrer, lead=lead)
        return both

    def assertBinds(self, referrals, *attributions):
        self._settle()
        self.assertEqual(tuple(referrals.mapped("attribution")), attributions)
        # whoever is looked at, and all at once
        for ids in (*([one.id] for one in referrals), None):
            self.Referral._derive(ids)
            self.env.invalidate_all()
            self.assertEqual(tuple(referrals.mapped("attribution")), attributions)

    def test_same_address(self):
        both = self._twice(
            {"email_from": "carl@friend.example"},
            {"email_from": "Carl <CARL@friend.example>"},
        )
        self.assertBinds(both, "first", "later")
        both[0].with_user(self.manager).action_reject()
        self.assertBinds(both, "later", "first")

    def test_same_phone(self):
        phone = {"phone": "+49 30 1234567"}
        self.assertBinds(self._twice(phone, phone), "first", "later")
        mail = {"email_from": "carl@friend.example"}
        mailed = self._twice({**mail, **phone}, mail)
        self.assertBinds(mailed, "later", "later")

    def test_two_who_share_a_phone(self):
        phone = {"phone": "+49 30 1234567"}
        both = self._twice(
            {"email_from": "carl@friend.example", **phone},
            {"email_from": "dora@friend.example", **phone},
        )
        self.assertBinds(both, "first", "first")

    def test_one_of_them_becomes_a_contact(self):
        mail = {"email_from": "carl@friend.example"}
        both = self._twice(mail, mail)
        carl = self.env["res.partner"].create({"name": "Carl", "email": "carl@c.test"})
        both[0].lead_id.with_context(mail_notrack=True).partner_id = carl
        both[0].lead_id.email_from = "carl@friend.example"
        self.assertBinds(both, "first", "later")

    def test_address_that_is_corrected(self):
        mail = {"email_from": "carl@friend.example"}
        both = self._twice(mail, mail)
        self.assertBinds(both, "first", "later")
        both[0].lead_id.email_from = "cora@friend.example"
        self.assertBinds(both, "first", "first")
        both[0].lead_id.email_from = "carl@friend.example"
        self.assertBinds(both, "first", "later")

    def test_other_company(self):
        mail = {"email_from": "carl@friend.example"}
        other = self.env["res.company"].create({"name": "Second"})
        both = self._twice(mail, {**mail, "company_id": other.id})
        self.assertBinds(both, "first", "first")


@tagged("post_install", "-at_install")
class TestReferralOfCustomer(AttributionCase):
    """Who was a customer before is no new one, whenever we learn it."""

    def setUp(self):
        super().setUp()
        with self._in_days(-90):
            self._win(self._new_lead(self.dora))

    def _origin(self):
        self.env["retention.profile"]._mark_partners(self.dora.ids)
        self._run()
        self.env.flush_all()
        report = self.env["retention.advocate.report"]
        return report.search([("partner_id", "=", self.dora.id)]).origin

    def test_contact_that_is_known_later(self):
        self.program.write({"reward_for": "referrer", "reward_text": "A cake"})
        with self._in_days(-5):
            lead = self._lead(email_from="private@home.example")
            referral = self._told(self.anna, lead=lead)
        self.assertEqual(referral.attribution, "first")
        lead.partner_id = self.dora
        self._settle()
        self.assertEqual(referral.attribution, "customer")
        self._win(lead)
        self.assertEqual(referral.attribution, "customer")
        self.assertEqual(referral.reward_state, "none")
        self.assertEqual(self._origin(), "other")
        # it was somebody else
        lead.partner_id = self.env["res.partner"].create({"name": "Emil"})
        self._settle()
        self.assertEqual(referral.attribution, "first")

    def test_won_again_later(self):
        """What the recommendation itself brought does not speak against it."""
        emil = self.env["res.partner"].create({"name": "Emil"})
        with self._in_days(-5):
            referral = self._told(self.anna, lead=self._lead(partner_id=emil.id))
        for lead in (self._new_lead(emil), referral.lead_id):
            self._win(lead)
        self.Referral._derive()
        self.assertEqual(referral.attribution, "first")

    def test_report_asks_which_was_first(self):
        """Whatever made it bind, such as an old win that was deleted and restored."""
        with self._in_days(-5):
            referral = self._told(self.anna, lead=self._lead(partner_id=self.dora.id))
        self.assertEqual(referral.attribution, "customer")
        self.assertEqual(self._origin(), "other")
        self.env.cr.execute(
            "UPDATE retention_referral SET attribution = 'first' WHERE id = %s",
            [referral.id],
        )
        report = self.env["retention.advocate.report"]
        report.invalidate_model()
        (line,) = report.search([("partner_id", "=", self.dora.id)])
        self.assertEqual(line.origin, "other")
        self.assertEqual(line.referred_share, 0)

    def test_noted_when_it_was_won(self):
        emil = self.env["res.partner"].create({"name": "Emil"})
        lead = self._new_lead(emil)
        with self._in_days(-9):
            self._win(lead)
        referral = self._told(self.anna, lead=lead)
        self.assertEqual(referral.attribution, "first")
        self.dora = emil
        self.assertEqual(self._origin(), "referred")
