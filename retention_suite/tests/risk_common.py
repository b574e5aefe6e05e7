from datetime import timedelta

from .common import NOW, RetentionCase

CODES = ("gap", "purchase", "falling", "answer", "handover", "routine")


class RiskCase(RetentionCase):
    """It is ``NOW``; Azur has been known for 700 days, and nothing else of it."""

    def setUp(self):
        super().setUp()
        self.profile = self._known("Azur", self.customer)
        self.asked = {}
        self.Factor = self.env["retention.risk.factor"]
        self.enterContext(self._at(NOW))

    def _known(self, name, partner=None, days=700, **values):
        """A customer who has been known for so many days."""
        partner = partner or self.env["res.partner"].create(
            {"name": name, "is_company": True}
        )
        with self._at(NOW - timedelta(days=days)):
            return self._add_profile(partner, **values)

    def _calls(self, *days, profile=None, **values):
        """Calls of ours so many days ago."""
        for ago in days:
            self._log(profile or self.profile, NOW - timedelta(days=ago), **values)

    def _asked(self, *days, number=1):
        """Messages of the customer that nobody has answered, each in another
        document, as capturing them leaves them."""
        for place, ago in enumerate(days):
            contact = self._log(
                self.profile,
                NOW - timedelta(days=ago),
                direction="in",
                channel="email",
                purpose="payment",
            )
            self.asked[contact.id] = number + place

    def _leave_waiting(self):
        """What is logged later looks at the answers anew, and what was not really
        a message would be forgotten."""
        self.env.flush_all()
        for contact_id, document_id in self.asked.items():
            self.env.cr.execute(
                "UPDATE retention_touchpoint SET needs_answer = TRUE,"
                " res_model = 'crm.lead', res_id = %s WHERE id = %s",
                [document_id, contact_id],
            )
        self.env.invalidate_all()

    def _buys(self, *days, profile=None):
        """Purchases so many days ago."""
        profile = profile or self.profile
        known = len(profile.value_event_ids)
        self.env["retention.value.event"].create(
            [
                {
                    "profile_id": profile.id,
                    "company_id": profile.company_id.id,
                    "date": NOW - timedelta(days=ago),
                    "amount": 10,
                    "kind": "once",
                    "period": known + number,
                    "res_model": "res.partner",
                    "res_id": profile.partner_id.id,
                }
                for number, ago in enumerate(days)
            ]
        )
        profile.invalidate_recordset(["value_event_ids"])

    def _hand_over(self, offered, due, state="offered", lead=None, **values):
        """A hand-over that was offered and due so many days ago."""
        return self.env["retention.handover"].create(
            {
                "lead_id": (lead or self._new_lead(self.anna)).id,
                "customer_id": self.customer.id,
                "company_id": self.company.id,
                "to_user_id": self.seller.id,
                "offered_date": NOW - timedelta(days=offered),
                "contact_due_date": NOW - timedelta(days=due),
                "state": state,
                **values,
            }
        )

    def _risk(self, days_ago=0, profile=None, agreed=True):
        """The risk as of so many days ago: ``(score, points by factor)``."""
        self._leave_waiting()
        self.env.cr.execute(
            self.env["retention.profile"]._risk_sql(
                (profile or self.profile).ids,
                NOW - timedelta(days=days_ago),
                agreed=agreed,
            )
        )
        row = self.env.cr.dictfetchone()
        points = {code: row[f"risk_{code}_points"] for code in CODES}
        return row["risk_score"], {code: n for code, n in points.items() if n}

    def _weigh(self, **weights):
        """Only these factors have a weight."""
        for factor in self.Factor.search([]).sorted(
            lambda factor: -weights.get(factor.code, 0)
        ):
            factor.weight = weights.get(factor.code, 0)

    def _refresh(self, profile=None):
        profile = profile or self.profile
        self._leave_waiting()
        written = profile._refresh_risk(profile.ids)
        self.env.invalidate_all()
        return written

    def _in_days(self, days):
        """It is so many days later."""
        return self._at(NOW + timedelta(days=days))
