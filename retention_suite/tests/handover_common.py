from datetime import timedelta

from .common import NOW, RetentionCase


class HandoverCase(RetentionCase):
    """It is Monday noon in Berlin; ``marketer`` (own documents only) has a lead
    of Azur's that the ``seller`` may get. The company works from 8 to 12 and
    from 13 to 17, so 8 hours from now is Tuesday noon, 16 hours Wednesday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketer = cls._new_user("marketer", "sales_team.group_sale_salesman")
        cls.marketing = cls.env["crm.team"].create(
            {"name": "Marketing", "user_id": cls.manager.id}
        )
        cls.sales = cls.env["crm.team"].create(
            {"name": "Sales", "user_id": cls.colleague.id}
        )
        cls.Handover = cls.env["retention.handover"]
        cls.reason = cls.env.ref("retention_suite.return_reason_not_ready")

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.lead = self._new_lead(
            self.anna, self.marketer, team_id=self.marketing.id, type="lead"
        )
        # by the system, as an own lead of the marketer's: not looked at here
        self._flush()
        self.Handover.search([("lead_id", "=", self.lead.id)]).unlink()
        self._run()
        self.profile = self._profile(self.customer)

    def _later(self, **duration):
        """It is so much later."""
        return self._at(NOW + timedelta(**duration))

    def _hand_over(self, lead=None, user=None, by=None):
        """Somebody makes somebody else the salesperson of a lead."""
        lead = lead or self.lead
        lead.with_user(by or self.marketer).sudo().write(
            {"user_id": (user or self.seller).id, "team_id": self.sales.id}
        )
        self._flush()
        return self._open(lead)

    def _open(self, lead=None):
        """The open hand-over of a lead."""
        return self.Handover.search(
            [("lead_id", "=", (lead or self.lead).id), ("closed_date", "=", False)]
        )

    def _all(self, lead=None):
        return self.Handover.search([("lead_id", "=", (lead or self.lead).id)])

    def _alerts(self, kind="handover", lead=None, states=("open", "snoozed")):
        return self.Alert.search(
            [
                ("kind", "=", kind),
                ("res_model", "=", "crm.lead"),
                ("res_id", "=", (lead or self.lead).id),
                ("state", "in", states),
            ]
        )

    def _return(self, handover, user=None, **values):
        dialog = (
            self.env["retention.handover.return"]
            .with_user(user or handover.to_user_id)
            .create(
                {
                    "handover_ids": handover.ids,
                    "reason_id": self.reason.id,
                    "resume_date": "2026-07-15",
                    **values,
                }
            )
        )
        dialog.action_return()
        self._flush()

    def _call(self, user=None, person=None, **values):
        """A call with the customer, logged by hand."""
        return self.Touchpoint.with_user(user or self.seller).create(
            {
                "profile_id": self.profile.id,
                "partner_id": (person or self.anna).id,
                "user_id": (user or self.seller).id,
                "channel": "phone",
                "direction": "out",
                "purpose": "sales",
                **values,
            }
        )
