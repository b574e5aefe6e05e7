from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..models import retention_referral_story
from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralStory(ReferralCase):
    """What became of a recommendation can be read in its chatter."""

    def setUp(self):
        super().setUp()
        self._add_profile(self.customer, user_id=self.seller.id)
        self.program = self.env.ref("retention_suite.referral_program_default")
        self.program.write(
            {"reward_for": "referrer", "reward_text": "A cake", "hold_days": 30}
        )
        self.system = self.env.ref("base.partner_root")
        self.stages = self.env["crm.stage"].search([], order="sequence")

    def _in_days(self, days):
        return self._at(NOW + timedelta(days=days))

    def _story(self, referral):
        messages = referral.message_ids.sorted("id")
        return [html2plaintext(message.body) for message in messages]

    def _won(self, count, **values):
        referrals = self.env["retention.referral"]
        for number in range(count):
            referrals |= self._recommend(self.anna, f"Friend {number}", **values)
        referrals.lead_id.expected_revenue = 500
        self._flush()
        referrals.lead_id.action_set_won()
        return referrals

    def _forget_that_they_were_won(self, referrals):
        self._flush()
        self.env.cr.execute(
            "UPDATE retention_referral SET state = 'qualified', reward_state = 'none'"
            " WHERE id = ANY(%s)",
            [referrals.ids],
        )
        self.env.invalidate_all()

    def test_whole_life(self):
        with self._in_days(0):
            referral = self._recommend(self.anna, "Carl")
            self._flush()
        lead = referral.lead_id
        with self._in_days(1):
            lead.convert_opportunity(False)
            self._flush()
        with self._in_days(2):
            lead.action_set_lost()
            self._flush()
        with self._in_days(3):
            lead.action_unarchive()
            self._flush()
        with self._in_days(4):
            lead.expected_revenue = 1200
            lead.action_set_won()
            self._flush()
        with self._in_days(5):
            lead.stage_id = self.stages[0]
            self._flush()
        with self._in_days(6):
            lead.action_set_won()
            self._flush()
        with self._in_days(7):
            referral.with_user(self.manager).action_reject()
            referral.with_user(self.manager).action_accept()
        with self._in_days(8):
            referral._thank("gift")
        with self._in_days(40):
            self._run()
            referral.with_user(self.manager).action_grant_reward()
        story = self._story(referral)
        self.assertEqual(
            story,
            [
                "Told in person",
                "Qualified",
                "Lost",
                "Taken up again",
                "Won: $\xa01,200.00",
                "Reward on hold until 07/19/2026",
                "No longer won",
                "Reward void",
                "Won: $\xa01,200.00",
                "Reward on hold until 07/21/2026",
                "Rejected, it does not count.",
                "Reward void",
                "Accepted, it counts.",
                "Won: $\xa01,200.00",
                "Reward on hold until 07/21/2026",
                "Thanked on 06/23/2026: Gift",
                "Reward due",
                "Reward granted: A cake",
            ],
        )
        with self._in_days(41):
            self._run()
            self.env["retention.referral"]._derive()
        self.assertEqual(self._story(referral), story, "nothing is told twice")

    def test_who_tells_and_when(self):
        link = self.env["retention.referral.link"]._of(self.anna, self.program)
        Referral = self.env["retention.referral"]
        with self._in_days(0):
            told = self._recommend(self.anna, "Carl")
            public = Referral.with_user(self.env.ref("base.public_user")).sudo()
            lead = self.env["crm.lead"].create({"name": "Dora", "type": "lead"})
            came = public._receive(self.anna, lead=lead, link=link, channel="whatsapp")
        with self._in_days(1):
            lead.with_user(self.manager).action_set_lost()
            self._flush()
        self.assertEqual(told.message_ids.author_id, self.env.user.partner_id)
        self.assertEqual(
            self._story(came),
            [f"Came in by a link of “{self.program.name}”: WhatsApp", "Lost"],
        )
        self.assertEqual(came.message_ids.author_id, self.system)
        self.assertEqual(came.message_ids[0].date, NOW + timedelta(days=1))
        self.assertTrue(came.message_ids[0].is_internal)
        self.assertFalse(came.message_ids.notified_partner_ids)
        self.assertFalse(self.env["retention.touchpoint"].search([]))

    def test_most_of_the_year_was_given(self):
        self.program.reward_max = 1
        with self._in_days(0):
            referrals = self._won(2)
            self._flush()
        self.assertEqual(
            self._story(referrals.filtered(lambda r: r.reward_state == "void"))[-1],
            "Reward void: the programme gives no more this year",
        )

    def test_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.partner_id.lang = "de_DE"
        with self._in_days(0):
            referral = self._won(1)
            self._flush()
        self.assertIn("500,00", "".join(self._story(referral)))
        self.assertIn("15.07.2026", "".join(self._story(referral)))

    def test_as_many_queries_for_many(self):
        with self._in_days(0):
            few, many = self._won(2), self._won(40)
            counts = []
            for referrals in (few, few, many):
                self._forget_that_they_were_won(referrals)
                before = len(referrals.message_ids)
                self.env.invalidate_all()
                start = self.env.cr.sql_log_count
                referrals._derive(referrals.ids)
                counts.append(self.env.cr.sql_log_count - start)
                self.assertEqual(
                    len(referrals.message_ids), before + 2 * len(referrals)
                )
        self.assertEqual(counts[1], counts[2])

    def test_import_tells_nothing(self):
        with self._in_days(0):
            referrals = self._won(3)
            self._forget_that_they_were_won(referrals)
            before = referrals.message_ids
            with patch.object(retention_referral_story, "STORY_LIMIT", 2):
                referrals._derive(referrals.ids)
        self.assertEqual(set(referrals.mapped("state")), {"won"})
        self.assertEqual(set(referrals.mapped("reward_state")), {"on_hold"})
        self.assertEqual(referrals.message_ids, before)
