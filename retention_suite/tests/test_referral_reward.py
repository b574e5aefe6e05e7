from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralReward(ReferralCase):
    """The programme gives a cake, thirty days after a recommendation was won."""

    def setUp(self):
        super().setUp()
        self.profile = self._add_profile(self.customer, user_id=self.seller.id)
        self.program = self.env.ref("retention_suite.referral_program_default")
        self.program.write(
            {"reward_for": "referrer", "reward_text": "A cake", "hold_days": 30}
        )

    def _won(self, moment, friend="Carl", referrer=None):
        with self._at(moment):
            referral = self._recommend(referrer or self.anna, friend)
            referral.lead_id.action_set_won()
            self._flush()
        return referral

    def _lose(self, referral):
        lead = referral.lead_id
        lead.stage_id = self.env["crm.stage"].search([], order="sequence", limit=1)
        lead.action_set_lost()
        self._flush()

    def _states(self, referrals, moment="2027-03-01 10:00:00"):
        with self._at(moment):
            self.env["retention.referral"]._derive()
        return referrals.mapped("reward_state")

    def test_none_unless_somebody_wants_one(self):
        program = self.env["retention.referral.program"].create({"name": "Plain"})
        self.assertEqual(program.reward_for, "none")
        self.program.reward_for = "none"
        referral = self._won(NOW)
        self.assertEqual(self._states(referral), ["none"])
        with self.assertRaisesRegex(UserError, "brings no reward"):
            referral.with_user(self.manager).action_grant_reward()

    def test_on_hold_then_due(self):
        referral = self._won(NOW)
        self.assertEqual(referral.reward_due_date, NOW.date() + timedelta(days=30))
        self.assertEqual(self._states(referral, NOW + timedelta(days=29)), ["on_hold"])
        self.assertEqual(self._states(referral, NOW + timedelta(days=30)), ["due"])

    def test_run_finds_what_has_become_due(self):
        referral = self._won(NOW)
        with self._at(NOW + timedelta(days=30)):
            self.env.cr.execute(
                "UPDATE retention_referral SET write_date = %(d)s;"
                "UPDATE crm_lead SET write_date = %(d)s;"
                "UPDATE res_partner SET write_date = %(d)s;"
                "UPDATE retention_profile SET create_date = %(d)s;"
                "UPDATE retention_referral_program SET write_date = %(d)s",
                {"d": NOW},
            )
            self.Run.create({"start_date": NOW + timedelta(days=30), "state": "done"})
            self._run()
        self.assertEqual(referral.reward_state, "due")

    def test_days_of_the_company(self):
        """Shortly before midnight in London it is the next day in Berlin."""
        referral = self._won("2026-06-15 22:30:00")
        self.assertEqual(str(referral.reward_due_date), "2026-07-16")

    def test_void_when_no_longer_won(self):
        referral = self._won(NOW)
        lead = referral.lead_id
        with self._at(NOW + timedelta(days=31)):
            lead.stage_id = self.env["crm.stage"].search([], limit=1)
            self._flush()
            self.assertEqual(referral.reward_state, "void")
            with self.assertRaisesRegex(UserError, "void"):
                referral.with_user(self.manager).action_grant_reward()

    def test_granted_by_a_person(self):
        referral = self._won(NOW)
        with (
            self._at(NOW + timedelta(days=29)),
            self.assertRaisesRegex(UserError, "on hold until 07/15/2026"),
        ):
            referral.with_user(self.seller).action_grant_reward()
        # nobody has derived it since: it is done before granting
        with self._at(NOW + timedelta(days=30)):
            referral.with_user(self.seller).action_grant_reward()
            self.assertEqual(referral.reward_state, "granted")
            self.assertEqual(referral.reward_user_id, self.seller)
            self.assertEqual(referral.reward_date, NOW.date() + timedelta(days=30))
            note = referral.message_ids[0]
            self.assertIn("A cake", note.body)
            self.assertEqual(note.author_id, self.seller.partner_id)
            with self.assertRaisesRegex(UserError, "Seller has granted"):
                referral.with_user(self.manager).action_grant_reward()
        self.assertEqual(self._states(referral), ["granted"])

    def test_only_managers_and_who_is_responsible_grant(self):
        referral = self._won(NOW)
        portal = self._portal_user(self.anna)
        with self._at(NOW + timedelta(days=30)):
            for user in (self.colleague, portal):
                with self.assertRaises(AccessError):
                    referral.with_user(user).action_grant_reward()
            with self.assertRaises(AccessError):
                referral.with_user(self.seller).reward_state = "granted"
            referral.lead_id.user_id = self.colleague
            referral.with_user(self.colleague).action_grant_reward()
        self.assertEqual(referral.reward_user_id, self.colleague)

    def test_manager_grants(self):
        referral = self._won(NOW)
        with self._at(NOW + timedelta(days=30)):
            referral.with_user(self.manager).action_grant_reward()
        self.assertEqual(referral.reward_state, "granted")

    def test_granted_stays_granted(self):
        referral = self._won(NOW)
        with self._at(NOW + timedelta(days=30)):
            referral.with_user(self.manager).action_grant_reward()
            self._lose(referral)
        self.assertEqual(referral.state, "lost")
        self.assertEqual(self._states(referral), ["granted"])

    def test_no_more_than_the_most_a_year(self):
        self.program.reward_max = 2
        referrals = self.env["retention.referral"]
        for day in (1, 2, 3):
            referrals |= self._won(f"2026-06-0{day} 10:00:00", f"Friend {day}")
        referrals = referrals.sorted("won_date")
        self.assertEqual(self._states(referrals), ["due", "due", "void"])
        with (
            self._at("2027-03-01 10:00:00"),
            self.assertRaisesRegex(UserError, "2 rewards a year"),
        ):
            referrals[2].with_user(self.manager).action_grant_reward()
        # each person has their own
        other = self._won("2026-06-04 10:00:00", "Dora", self.bert)
        self.assertEqual(self._states(other), ["due"])
        # one that is lost makes room, but for what was granted
        with self._at("2027-03-01 10:00:00"):
            referrals[0].with_user(self.manager).action_grant_reward()
            self._lose(referrals[0])
            self.assertEqual(self._states(referrals), ["granted", "due", "void"])
            self._lose(referrals[1])
        self.assertEqual(referrals.mapped("reward_state"), ["granted", "void", "due"])

    def test_granted_ones_come_first(self):
        self.program.reward_max = 1
        later = self._won("2026-06-10 10:00:00", "Later")
        with self._at("2026-08-01 10:00:00"):
            later.with_user(self.manager).action_grant_reward()
        earlier = self._won("2026-06-01 10:00:00", "Earlier")
        self.assertEqual(self._states(earlier | later), ["void", "granted"])

    def test_year_of_the_company(self):
        """Half past eleven in the evening in London: Berlin has the new year."""
        self.program.reward_max = 1
        old = self._won("2026-12-30 10:00:00", "Old")
        new = self._won("2026-12-31 23:30:00", "New")
        self.assertEqual(self._states(old | new), ["due", "due"])
        self.company.resource_calendar_id.tz = "UTC"
        self.assertEqual(self._states(old | new), ["due", "void"])

    def test_persons_nobody_knows_any_more_are_not_one(self):
        self.program.write({"reward_max": 1, "reward_for": "both"})
        referrals = self.env["retention.referral"]
        for name in ("Dora", "Emil"):
            person = self.env["res.partner"].create({"name": name})
            referrals |= self._won(NOW, f"Friend of {name}", person)
            person.unlink()
        self.assertFalse(referrals.referrer_id)
        self.assertEqual(self._states(referrals), ["due", "due"])
        self.program.reward_for = "referrer"
        self.assertEqual(self._states(referrals), ["void", "void"])

    def test_only_the_first_is_rewarded(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        with self._at("2026-06-01 10:00:00"):
            first = self._recommend(self.anna, friend)
        with self._at("2026-06-02 10:00:00"):
            later = self._recommend(self.bert, friend, lead=first.lead_id)
            first.lead_id.action_set_won()
            self._flush()
        self.assertEqual((first | later).mapped("reward_state"), ["on_hold", "none"])
        # the other one binds at once
        with self._at("2026-06-03 10:00:00"):
            first.with_user(self.manager).action_reject()
        self.assertEqual(first.reward_state, "void")
        self.assertEqual(later.reward_state, "on_hold")

    def test_doubt_keeps_it_on_hold(self):
        with self._at(NOW):
            referral = self._recommend(self.anna, self.bert)
            self.assertEqual(referral.doubt_state, "to_check")
            referral.lead_id.action_set_won()
            self._flush()
        self.assertEqual(self._states(referral), ["on_hold"])
        with self._at(NOW + timedelta(days=40)):
            with self.assertRaisesRegex(UserError, "settle the doubt"):
                referral.with_user(self.manager).action_grant_reward()
            referral.with_user(self.manager).action_accept()
            self.assertEqual(referral.reward_state, "due")
            referral.with_user(self.manager).action_reject()
            self.assertEqual(referral.reward_state, "void")
            referral.with_user(self.manager).action_accept()
            self.assertEqual((referral.state, referral.reward_state), ("won", "due"))

    def test_each_company_for_itself(self):
        second = self.env["res.company"].create({"name": "Second"})
        referral = self._won(NOW)
        self.env.flush_all()
        referral.company_id = second
        self.env.flush_all()
        self.assertFalse(referral.with_user(self.manager).has_access("read"))
        with self.assertRaises(AccessError):
            referral.with_user(self.manager).action_grant_reward()
