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
        template = self.env["mail.template"].create(
            {
                "name": "How are you?",
                "model_id": self.env["ir.model"]._get_id("retention.winback"),
            }
        )
        play = self.env["retention.play"].create(
            {
                "name": "Tour: wake them up",
                "sequence": 1,
                "kind": "dormancy",
                "holdout_share": 50,
                "message_ids": [Command.create({"template_id": template.id})],
            }
        )
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
