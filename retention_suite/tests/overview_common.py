from odoo import Command, fields

from .common import RetentionCase

# A Monday at noon, 11 o'clock in Berlin.
MONDAY = "2026-11-23 10:00:00"

# The company in figures. All was noted at 10:00 UTC of the day; "09-10" is 10 September
# 2026. Whose customer it is; the stages it was moved to, and when; the days on which we
# called it, and whether a gap of 30 days is agreed; what it is worth; its risk and
# whether that is high; when it bought, for 100 each time.
#
#   name     whose     journey                        called        gap value risk
CUSTOMERS = {
    "Amber": ("seller", "active 09-10", "09-15 11-10", 30, 900, 80, "09-11 10-02"),
    "Birch": ("seller", "active 09-10", "10-20", 30, 0, 10, "09-12"),
    "Cedar": ("seller", "active 09-10, lost 11-05", "", 0, 0, 0, ""),
    "Daisy": ("seller", "active 09-10, lost 10-10", "", 0, 0, 0, ""),
    "Elder": ("seller", "active 09-10, dormant 11-12", "", 0, 0, 0, "08-05 10-07"),
    "Fern": ("seller", "active 09-10, at_risk 11-03", "10-24", 30, 500, 20, "10-09"),
    "Ginger": ("kim", "onboarding 09-10, active 10-15", "", 30, 50, 0, ""),
    "Hazel": ("kim", "active 09-10, lost 10-28", "", 30, 0, 0, ""),
    "Iris": ("kim", "ambassador 09-10", "09-30 11-20", 30, 60, 30, "09-01 10-30"),
    "Jade": ("kim", "prospect 11-02", "", 0, 0, 0, ""),
    "Kale": ("kim", "active 11-10", "", 0, 0, 0, ""),
    "Lilac": ("", "active 09-10, at_risk 10-20", "", 0, 200, 0, ""),
}
# Who recommended us, when, and whether it was rejected.
REFERRALS = [
    ("Amber", "10-05", "new"),
    ("Birch", "10-05", "rejected"),
    ("Cedar", "09-20", "won"),
    ("Iris", "11-02", "new"),
]
# Who wrote, when, who of us answers, and after how many working hours.
MESSAGES = [
    ("Amber", "11-03", "seller", 2),
    ("Amber", "11-10", "seller", 4),
    ("Birch", "11-12", "seller", None),
    ("Iris", "11-15", "kim", 9),
    ("Amber", "10-05", "seller", 3),
    ("Iris", "10-20", "kim", None),
    ("Amber", "10-25", "seller", 1),
]
# To whom a lead was handed over, when, and how it stands.
HANDOVERS = [
    ("seller", "11-02", "contacted"),
    ("seller", "11-09", "offered"),
    ("kim", "11-16", "contacted"),
    ("seller", "10-06", "contacted"),
    ("kim", "10-30", "returned"),
]
# Cases that were decided: of whom, when, how, why, what was at stake, and whether the
# customer came back without our work.
CASES = [
    ("Amber", "11-06", "won", "", 0, False),
    ("Birch", "11-07", "won", "", 0, True),
    ("Cedar", "11-05", "lost", "price", 1000, False),
    ("Daisy", "10-10", "lost", "service", 400, False),
    ("Hazel", "10-28", "lost", "price", 300, False),
    ("Ginger", "10-12", "won", "", 0, False),
]
# What is to do: for whom, about whom, by when, and how urgent it is.
ALERTS = [
    ("seller", "Birch", "11-20", 120, "open"),
    ("seller", "Fern", "11-23", 200, "open"),
    ("kim", "Ginger", "11-24", 90, "open"),
    ("kim", "Lilac", "11-24", 90, "snoozed"),
]


def moment(day):
    return fields.Datetime.to_datetime(f"2026-{day} 10:00:00")


class OverviewCase(RetentionCase):
    """The small company above, on a Monday: what the overview says of it was computed
    by hand, and stands in the tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hand = cls.env["res.company"].create(
            {"name": "Hand", "currency_id": cls.company.currency_id.id}
        )
        cls.hand.resource_calendar_id.tz = "Europe/Berlin"
        cls.people = {
            "seller": cls.seller,
            "kim": cls.colleague,
            "": cls.env["res.users"],
        }
        for user in (cls.seller, cls.colleague, cls.manager, cls.env.user):
            user.company_ids = [Command.link(cls.hand.id)]
        (cls.seller | cls.colleague | cls.manager).tz = "Europe/Berlin"
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.hand.ids)
        )
        cls.stages = {
            stage.kind: stage
            for stage in cls.env["retention.journey.stage"].search(
                [("company_id", "=", False)], order="sequence desc, id desc"
            )
        }
        cls.env["retention.contact.policy"].search([]).active = False
        cls.agreed = cls.env["retention.contact.policy"].create(
            {"name": "Calls", "max_gap_days": 30, "counted": "ours"}
        )
        cls.reasons = {
            group: cls.env["crm.lost.reason"].create(
                {"name": group.capitalize(), "retention_group": group}
            )
            for group in ("price", "service")
        }

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(MONDAY))
        self.customers = {
            name: self._make(name, *CUSTOMERS[name]) for name in CUSTOMERS
        }
        self._make_referrals()
        self._make_handovers()
        self._make_cases()
        self._make_alerts()
        self._make_messages()
        self.env.flush_all()
        self.env.invalidate_all()

    def _make(self, name, person, journey, calls, gap, value, risk, bought):
        partner = self.env["res.partner"].create({"name": name, "is_company": True})
        with self._at(moment(journey.split(",")[0].split()[-1])):
            profile = self._add_profile(
                partner, company_id=self.hand.id, user_id=self.people[person].id
            )
        profile.transition_ids.unlink()
        profile.contact_policy_id = self.agreed if gap else False
        stage = self.env["retention.journey.stage"]
        for move in journey.split(", "):
            stage = self._make_move(profile, stage, *move.split())
        for day in calls.split():
            self._log(profile, moment(day), user_id=self.people[person].id)
        profile._refresh(profile.ids)
        self.env["retention.value.event"].create(
            [
                {
                    "profile_id": profile.id,
                    "company_id": self.hand.id,
                    "date": moment(day),
                    "amount": 100,
                    "kind": "once",
                    "period": 0,
                    "res_model": "res.partner",
                    "res_id": partner.id * 100 + number,
                }
                for number, day in enumerate(bought.split())
            ]
        )
        profile.write(
            {
                "customer_value": value,
                "risk_score": risk,
                "risk_level": "high" if risk >= 60 else "low",
            }
        )
        return profile

    def _make_move(self, profile, stage, kind, day):
        self.env["retention.journey.transition"].create(
            {
                "profile_id": profile.id,
                "company_id": profile.company_id.id,
                "from_stage_id": stage.id,
                "to_stage_id": self.stages[kind].id,
                "date": moment(day),
                "stage_date": moment(day),
                "cause": "person" if stage else "start",
            }
        )
        self.env.cr.execute(
            "UPDATE retention_profile SET journey_stage_id = %s,"
            " journey_stage_date = %s WHERE id = %s",
            [self.stages[kind].id, moment(day), profile.id],
        )
        profile.invalidate_recordset()
        return self.stages[kind]

    def _make_referrals(self):
        for name, day, state in REFERRALS:
            profile = self.customers[name]
            self.env["retention.referral"].create(
                {
                    "referrer_id": profile.partner_id.id,
                    "profile_id": profile.id,
                    "company_id": self.hand.id,
                    "date": moment(day),
                    "state": state,
                }
            )

    def _make_handovers(self):
        for person, day, state in HANDOVERS:
            self.env["retention.handover"].create(
                {
                    "lead_id": self._new_lead(
                        self.env["res.partner"], type="lead", name="Lead", team_id=False
                    ).id,
                    "company_id": self.hand.id,
                    "to_user_id": self.people[person].id,
                    "offered_date": moment(day),
                    "contacted_date": moment(day) if state == "contacted" else False,
                    "closed_date": moment(day) if state == "returned" else False,
                    "state": state,
                }
            )

    def _make_cases(self):
        for name, day, result, why, value, is_by_itself in CASES:
            case = self.env["retention.winback"].create(
                {"profile_id": self.customers[name].id, "kind": "save"}
            )
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE retention_winback SET step = 'decided', result = %s,"
                " close_date = %s, open_date = %s, reason_id = %s, value = %s,"
                " is_by_itself = %s WHERE id = %s",
                [
                    result,
                    moment(day),
                    moment("09-10"),
                    self.reasons[why].id if why else None,
                    value,
                    is_by_itself,
                    case.id,
                ],
            )
            self.env.invalidate_all()

    def _make_alerts(self):
        self.env["retention.alert"].search([("company_id", "=", self.hand.id)]).unlink()
        for person, name, day, priority, state in ALERTS:
            self.env["retention.alert"].create(
                {
                    "profile_id": self.customers[name].id,
                    "company_id": self.hand.id,
                    "kind": "contact_gap",
                    "user_id": self.people[person].id,
                    "date": "2026-11-19",
                    "base_date": "2026-10-20",
                    "agreed_days": 30,
                    "deadline_date": f"2026-{day}",
                    "priority_score": priority,
                    "state": state,
                }
            )

    def _make_messages(self):
        """As capturing leaves them; nothing may be logged after this."""
        contacts = [
            self._log(
                self.customers[name],
                moment(day),
                direction="in",
                channel="email",
                user_id=False,
            )
            for name, day, _person, _hours in MESSAGES
        ]
        self.env.flush_all()
        for contact, (_name, _day, person, hours) in zip(
            contacts, MESSAGES, strict=True
        ):
            self.env.cr.execute(
                "UPDATE retention_touchpoint SET needs_answer = TRUE, user_id = %s,"
                " answer_due_date = date + interval '8 hours', response_hours = %s,"
                " answered_date = date + make_interval(hours => %s) WHERE id = %s",
                [self.people[person].id, hours, hours, contact.id],
            )
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def _overview(self, user=None):
        return self.env["retention.overview"].with_user(user or self.manager)

    def _block(self, name, user=None, **options):
        return self._overview(user).get_block(name, options)

    def _figures(self, user=None, **options):
        """By key: the figure and the one before, rounded to a tenth."""
        return {
            line["key"]: (line["text"], line["before_text"], line["is_better"])
            for line in self._block("figures", user, **options)["lines"]
        }

    def _opened(self, name, key=False, second_key=False, user=None, **options):
        """The records that a click opens."""
        user = user or self.manager
        action = self._overview(user).get_action(name, options, key, second_key)
        model = self.env[action["res_model"]].with_user(user)
        return model.search(action["domain"])
