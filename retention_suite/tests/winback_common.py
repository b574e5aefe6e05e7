from odoo.fields import Command

from odoo.addons.mail.tests.common import MailCase

from .common import NOW, RetentionCase


class WinbackCase(RetentionCase, MailCase):
    """It is ``NOW``; Azur is the seller's customer, in the stage active. No play
    fits anybody but those a test makes."""

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.Case = self.env["retention.winback"]
        self.Stage = self.env["retention.journey.stage"]
        self.env["retention.play"].search([]).active = False
        self.profile = self._add_profile(self.customer, user_id=self.seller.id)
        self._put(self.profile, "active")
        self.reason = self.env.ref("retention_suite.lost_reason_competitor")
        self.unknown = self.env.ref("retention_suite.lost_reason_unknown")

    def _stage(self, kind, company=None):
        return self.Stage._first_of_kind(kind, company or self.company)

    def _put(self, profile, kind):
        """Put a customer into a stage, and have nobody chase it."""
        profile.with_context(retention_no_chase=True).journey_stage_id = self._stage(
            kind, profile.company_id
        )

    def _customer(self, name, user=None, kind="dormant", value=0, company=None):
        """Another customer, with a stage and a value."""
        partner = self.env["res.partner"].create({"name": name, "is_company": True})
        profile = self._add_profile(partner, company_id=(company or self.company).id)
        if user:
            profile.user_id = user
        self._put(profile, kind)
        if value:
            profile.winback_value = value
        return profile

    def _case(self, profile=None, **values):
        return self.Case.create(
            {"profile_id": (profile or self.profile).id, "kind": "save", **values}
        )

    def _cancel(self, profile=None, user=None, person=None, **values):
        """A cancellation, as a salesperson records it."""
        profile = (profile or self.profile).with_user(user or self.seller)
        wizard = (
            self.env["retention.winback.cancellation"]
            .with_user(user or self.seller)
            .create(
                {
                    "profile_id": profile.id,
                    "cancel_partner_id": (person or self.anna).id,
                    **values,
                }
            )
        )
        action = wizard.action_record()
        return self.Case.browse(action["res_id"])

    def _close(self, case, result, user=None, **values):
        """Close a case by hand."""
        user = user or self.seller
        action = getattr(case.with_user(user), f"action_{result}")()
        self.env["retention.winback.close"].with_user(user).with_context(
            **action["context"]
        ).create({"note": "New contact person", **values}).action_close()

    def _play(self, **values):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Call back",
                "res_model": "retention.winback",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id,
                            "responsible_type": "on_demand",
                        }
                    )
                ],
            }
        )
        return self.env["retention.play"].create(
            {"name": "Call back", "activity_plan_id": plan.id, **values}
        )

    def assertStage(self, profile, kind):
        profile.invalidate_recordset()
        self.assertEqual(profile.journey_stage_id.kind, kind)
