from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPlayTour(HttpCase):
    """A manager reads what a play did, in a real browser."""

    def test_manager_reads_the_verdict(self):
        """Newcombe's example of 1998: 56/70 against 48/80."""
        new_test_user(
            self.env,
            login="retention_manager",
            groups="base.group_user,sales_team.group_sale_manager",
            name="Mary Manager",
        )
        play = self._new_play(holdout_share=50)
        for group, returned, count in (("treated", 56, 70), ("left_out", 48, 80)):
            partners = self.env["res.partner"].create(
                [{"name": f"{group} {number}"} for number in range(count)]
            )
            profiles = self.env["retention.profile"].create(
                [{"partner_id": partner.id} for partner in partners]
            )
            self.env["retention.play.member"].create(
                [
                    {
                        "play_id": play.id,
                        "profile_id": profile.id,
                        "company_id": self.env.company.id,
                        "group": group,
                        "state": "done",
                        "enlist_date": "2026-01-01",
                        "start_date": "2026-01-01",
                        "end_date": "2026-04-01",
                        "returned_date": "2026-02-01" if number < returned else False,
                        "revenue": 100 if number < returned else 0,
                    }
                    for number, profile in enumerate(profiles)
                ]
            )
        self.start_tour("/odoo", "retention_play_tour", login="retention_manager")

    def test_salesperson_starts_a_play(self):
        seller = new_test_user(
            self.env,
            login="retention_seller",
            groups="base.group_user,sales_team.group_sale_salesman",
            name="Sam Seller",
        )
        self.env["retention.profile"].search([]).user_id = self.env.ref(
            "base.user_admin"
        )
        stages = self.env["retention.journey.stage"]
        partners = self.env["res.partner"].create(
            [{"name": f"Tour customer {number}"} for number in range(31)]
        )
        profiles = self.env["retention.profile"].create(
            [
                {
                    "partner_id": partner.id,
                    "user_id": seller.id,
                    "journey_stage_id": stages._first_of_kind(
                        "dormant", self.env.company
                    ).id,
                }
                for partner in partners
            ]
        )
        profiles[0].journey_stage_id = stages._first_of_kind("active", self.env.company)
        self._new_play()
        self.start_tour("/odoo", "retention_play_start_tour", login="retention_seller")
        members = self.env["retention.play.member"].search(
            [("profile_id", "in", profiles.ids)]
        )
        self.assertEqual(members.create_uid, seller)
        self.assertEqual(members.profile_id, profiles[1:])

    def _new_play(self, **values):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Call",
                "company_id": False,
                "res_model": "retention.winback",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id
                        }
                    )
                ],
            }
        )
        return self.env["retention.play"].create(
            {
                "name": "Tour: wake them up",
                "sequence": 1,
                "kind": "dormancy",
                "activity_plan_id": plan.id,
                **values,
            }
        )
