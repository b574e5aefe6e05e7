from odoo import Command

from .common import NOW, RetentionCase

TEXT = "Hello <t t-out='object.partner_id.name'/>, how are you?"


class PlayCase(RetentionCase):
    """Customers of the seller's, and a play with a message and a call.

    All tests take place at ``NOW``.
    """

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        # the run proposes nobody
        self.env["res.company"].search([]).retention_winback_limit = 0
        # what the suite brings along would fit, too
        self.env["retention.play"].search([]).active = False
        self.Play = self.env["retention.play"]
        self.Member = self.env["retention.play.member"]
        self.Sending = self.env["retention.play.sending"]
        self.Winback = self.env["retention.winback"]
        self.template = self._new_template("How are you?")
        self.plan = self.env["mail.activity.plan"].create(
            {
                "name": "Call",
                "company_id": False,
                "res_model": "retention.winback",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id,
                            "summary": "Call them",
                            "delay_count": 3,
                            "delay_from": "after_plan_date",
                        }
                    )
                ],
            }
        )

    def _new_template(self, subject, **values):
        return self.env["mail.template"].create(
            {
                "name": subject,
                "model_id": self.env["ir.model"]._get_id("retention.winback"),
                "subject": subject,
                "body_html": TEXT,
                "email_from": "{{ object.user_id.email_formatted }}",
                **values,
            }
        )

    def _new_play(self, delays=(0,), **values):
        values = {
            "name": "Wake up",
            "kind": "dormancy",
            "activity_plan_id": self.plan.id,
            "message_ids": [
                Command.create({"template_id": self.template.id, "delay_days": days})
                for days in delays
            ],
            **values,
        }
        return self.Play.create(values)

    def _customers(self, count, company=None, stage="dormant", **values):
        """Some customers with an e-mail address, in a stage of this kind."""
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "email": f"{number}@customers.example",
                    **values,
                }
                for number in range(count)
            ]
        )
        company = company or self.company
        stages = self.env["retention.journey.stage"]
        return self.env["retention.profile"].create(
            [
                {
                    "partner_id": partner.id,
                    "user_id": self.seller.id,
                    "company_id": company.id,
                    "journey_stage_id": stages._first_of_kind(stage, company).id,
                }
                for partner in partners
            ]
        )

    def _new_case(self, profile, **values):
        return self.Winback.create(
            {
                "profile_id": profile.id,
                "kind": "dormancy",
                "user_id": profile.user_id.id,
                **values,
            }
        )

    def _won(self, profile, moment, revenue, run=True):
        """The customer buys something at a moment."""
        with self._at(moment):
            lead = self._new_lead(
                profile.partner_id,
                expected_revenue=revenue,
                company_id=profile.company_id.id,
            )
            lead.action_set_won()
            self._flush()
            if run:
                self._run()
        return lead

    def _run_at(self, moment):
        with self._at(moment):
            self._run()
            self._flush()
        self.env.invalidate_all()

    def _asked(self, case, text):
        return case.activity_ids.filtered(lambda a: text in a.summary)

    def _launch(self, profiles, play, user=None):
        """The dialog, as it is opened from the list."""
        Launch = self.env["retention.play.launch"].with_user(user or self.seller)
        action = Launch._action_open_for(profiles.with_user(user or self.seller))
        wizard = Launch.browse(action["res_id"])
        wizard.play_id = play
        return wizard

    def _members(self, play):
        return self.Member.search([("play_id", "=", play.id)], order="id")
