from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestHandoverTour(HttpCase):
    """Marketing hands a lead over in a real browser, and sales works it."""

    def setUp(self):
        super().setUp()
        self.marketer = self._new_user("retention_marketer", "Mary Marketer")
        self.seller = self._new_user("retention_receiver", "Robert Receiver")
        self.leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "user_id": self.marketer.id,
                    "team_id": self.marketer.sale_team_id.id,
                }
                for name in ("Azur at the fair", "Boreal by phone")
            ]
        )
        self.env.cr.precommit.run()
        self.env["retention.handover"].search(
            [("lead_id", "in", self.leads.ids)]
        ).unlink()

    def _new_user(self, login, name):
        return new_test_user(
            self.env,
            login=login,
            groups="base.group_user,sales_team.group_sale_salesman",
            name=name,
        )

    def _handovers(self):
        handovers = self.env["retention.handover"].search(
            [("lead_id", "in", self.leads.ids)]
        )
        return handovers.sorted(lambda handover: handover.lead_id.id)

    def test_from_both_sides(self):
        for lead in self.leads:
            self.start_tour(
                f"/odoo/crm.lead/{lead.id}",
                "retention_handover_give_tour",
                login="retention_marketer",
            )
        self.env.invalidate_all()
        self.assertEqual(self.leads.user_id, self.seller)
        self.assertEqual(self._handovers().mapped("state"), ["offered", "offered"])
        self.assertEqual(self._handovers().from_user_id, self.marketer)

        self.start_tour(
            "/odoo", "retention_handover_receive_tour", login="retention_receiver"
        )
        self.env.invalidate_all()
        self.assertEqual(self._handovers().mapped("state"), ["accepted", "returned"])
        returned = self._handovers()[1]
        self.assertEqual(returned.return_reason_id.name, "No budget")
        self.assertFalse(returned.lead_id.user_id)

        self.start_tour(
            "/odoo", "retention_handover_take_back_tour", login="retention_marketer"
        )
        self.env.invalidate_all()
        self.assertEqual(self._handovers()[0].state, "taken_back")
        self.assertEqual(self.leads[0].user_id, self.marketer)
