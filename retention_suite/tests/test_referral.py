from odoo.tests import tagged

from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferral(ReferralCase):
    def test_follows_its_lead(self):
        with self._at("2026-06-15 10:00:00"):
            referral = self._recommend(self.anna, "Carl")
        lead = referral.lead_id
        self.assertEqual(referral.state, "new")
        lead.convert_opportunity(lead.partner_id)
        self._flush()
        self.assertEqual(referral.state, "qualified")
        with self._at("2026-06-20 10:00:00"):
            lead.expected_revenue = 1200
            lead.action_set_won()
            self._flush()
        self.assertEqual(referral.state, "won")
        self.assertEqual(referral.revenue, 1200)
        lead.stage_id = self._first_stage()
        lead.action_set_lost()
        self._flush()
        self.assertEqual((referral.state, referral.revenue), ("lost", 0))

    def test_first_stage_of_its_own_team(self):
        """Other teams' stages say nothing about how far a lead has come."""
        ours, theirs = self.env["crm.team"].create([{"name": "Us"}, {"name": "Them"}])
        Stage = self.env["crm.stage"]
        Stage.search([]).team_ids = theirs
        first, second = Stage.create(
            [
                {"name": "First", "sequence": 50, "team_ids": ours.ids},
                {"name": "Second", "sequence": 60, "team_ids": ours.ids},
            ]
        )
        lead = self.env["crm.lead"].create(
            {
                "name": "Carl",
                "type": "opportunity",
                "team_id": ours.id,
                "stage_id": first.id,
            }
        )
        lead.date_conversion = False
        referral = self._recommend(self.anna, "Carl", lead=lead)
        self._flush()
        self.assertEqual(referral.state, "new")
        lead.stage_id = second
        self._flush()
        self.assertEqual(referral.state, "qualified")

    def test_first_one_binds(self):
        friend = self.env["res.partner"].create({"name": "Dora"})
        with self._at("2026-06-01 10:00:00"):
            first = self._recommend(self.anna, friend)
        with self._at("2026-06-02 10:00:00"):
            later = self._recommend(self.bert, friend, lead=first.lead_id)
        self.assertEqual(first.attribution, "first")
        self.assertEqual(later.attribution, "later")
        first.state = "rejected"
        first._derive(first.ids)
        self.assertEqual(later.attribution, "first")

    def test_generations(self):
        friends = self.env["res.partner"].create(
            [{"name": f"Friend {n}"} for n in range(4)]
        )
        chain = self.env["retention.referral"]
        referrer = self.anna
        for n, friend in enumerate(friends):
            with self._at(f"2026-06-0{n + 1} 10:00:00"):
                chain |= self._recommend(referrer, friend)
            referrer = friend
        chain = chain.sorted("date")
        self.assertEqual(chain.mapped("generation"), [1, 2, 3, 4])
        # they came back to where it began: that is no circle
        with self._at("2026-06-08 10:00:00"):
            back = self._recommend(friends[-1], self.anna)
        self.assertEqual(back.generation, 5)
        self.assertEqual(chain.mapped("generation"), [1, 2, 3, 4])

    def test_reward(self):
        program = self.env.ref("retention_suite.referral_program_default")
        program.write(
            {"reward_for": "referrer", "reward_text": "A cake", "hold_days": 30}
        )
        with self._at("2026-06-01 10:00:00"):
            referral = self._recommend(self.anna, "Carl")
            referral.lead_id.action_set_won()
            self._flush()
        self.assertEqual(referral.reward_state, "on_hold")
        with self._at("2026-07-02 10:00:00"):
            referral._derive()
            self.assertEqual(referral.reward_state, "due")
            referral.lead_id.stage_id = self._first_stage()
            self._flush()
        self.assertEqual(referral.reward_state, "void")

    def _first_stage(self):
        return self.env["crm.stage"].search([], order="sequence", limit=1)
