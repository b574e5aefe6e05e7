from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .retention_winback_life import OPEN_STEPS

# Whom a play for a kind of case is for, as long as there is no case: by where
# customer ``p`` stands (``s``).
WHOM = {
    "cancellation": SQL("s.kind = 'lost'"),
    "dormancy": SQL("s.kind = 'dormant'"),
    "save": SQL("s.kind = 'at_risk' OR p.risk_level IN ('medium', 'high')"),
}


class RetentionPlayFit(models.AbstractModel):
    """Whom a play fits, and what is in the way of its start for the others."""

    _name = "retention.play.fit"
    _description = "Whom a Play Fits"

    def _candidates_sql(self, profile_ids):
        """A select ``id, partner_id, company_id, obstacle, cost`` of customers: the
        first thing that is in the way of the start, decided before anybody is left
        out, and what the offer costs in the currency of the customer's company.

        An open case says what it is about; without one it is where the customer
        stands.

        :param list profile_ids: of the customers
        """
        self.ensure_one()
        return SQL(
            """
            SELECT p.id, p.partner_id, p.company_id, limits.cost,
                   CASE WHEN NOT p.active THEN 'archived'
                        WHEN p.company_id <> %(company)s THEN 'company'
                        WHEN EXISTS (SELECT FROM retention_play_member m
                                      WHERE m.play_id = %(play)s
                                        AND m.profile_id = p.id
                                        AND m.state IN ('waiting', 'running'))
                        THEN 'part'
                        WHEN c.step = 'running' THEN 'busy'
                        WHEN (%(is_other_kind)s) THEN 'kind'
                        WHEN COALESCE(c.reason_group, 'unknown') <> %(reason)s
                        THEN 'reason'
                        WHEN COALESCE(p.winback_value, 0) < limits.low
                             OR COALESCE(p.winback_value, 0) > NULLIF(limits.high, 0)
                        THEN 'worth' END AS obstacle
              FROM retention_profile p
              JOIN (VALUES %(limits)s) limits(company_id, low, high, cost)
                ON limits.company_id = p.company_id
              LEFT JOIN retention_winback c
                ON c.profile_id = p.id AND c.step IN %(open)s
              LEFT JOIN retention_journey_stage s ON s.id = p.journey_stage_id
             WHERE p.id = ANY(%(ids)s)
            """,
            play=self.id,
            company=SQL("%s::int", self.company_id.id or None),
            is_other_kind=self._is_other_kind_sql(),
            reason=SQL("%s::varchar", self.reason_group or None),
            limits=self._limits_sql(profile_ids),
            open=OPEN_STEPS,
            ids=profile_ids,
        )

    def _limits_sql(self, profile_ids):
        """The amounts of the play in the currency of each company of some customers:
        few rows, for many customers."""
        # sudo: the currency of a company is no secret
        profiles = self.env["retention.profile"].sudo().with_context(active_test=False)
        groups = profiles._read_group([("id", "in", profile_ids)], ["company_id"])
        companies = [company for (company,) in groups] or [self.env.company]
        return SQL(", ").join(
            SQL(
                "(%s, %s::numeric, %s::numeric, %s::numeric)",
                company.id,
                *(
                    self._in_currency_of(company, amount)
                    for amount in (self.min_value, self.max_value, self.offer_cost)
                ),
            )
            for company in companies
        )

    def _in_currency_of(self, company, amount):
        """Return an amount of the play in a company's currency, at the day's rate."""
        if not amount or self.currency_id == company.currency_id:
            return amount
        day = company._retention_day(fields.Datetime.now())
        return self.currency_id._convert(amount, company.currency_id, company, day)

    def _is_worth(self, value, company):
        """Whether customers who are worth so much are offered the play.

        :param float value: in the currency of the company
        :param company: ``res.company``
        """
        low, high = (
            self._in_currency_of(company, amount)
            for amount in (self.min_value, self.max_value)
        )
        return low <= value and (not high or value <= high)

    def _is_other_kind_sql(self):
        if not self.kind:
            return SQL("FALSE")
        return SQL(
            "CASE WHEN c.id IS NULL THEN (%s) IS NOT TRUE ELSE c.kind <> %s END",
            WHOM[self.kind],
            self.kind,
        )

    def _count_obstacles(self, profiles):
        """Return how many customers fit, and how many do not by what is in the way.

        :return: dict of numbers, by code of the obstacle; those who fit by ``None``
        """
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT p.obstacle, COUNT(*) FROM (%s) p GROUP BY p.obstacle",
                    self._candidates_sql(profiles.ids),
                )
            )
        )

    @api.model
    def _describe_obstacle(self, code, kind):
        """Say what is in the way of a start, as the beginning of ``...: 3``."""
        _ = self.env._
        if code == "kind":
            return {
                "cancellation": _("have not cancelled"),
                "dormancy": _("have not left silently"),
                "save": _("are not at risk"),
            }[kind]
        return {
            "archived": _("are archived"),
            "company": _("are customers of another company"),
            "part": _("take part already"),
            "busy": _("have another measure running"),
            "reason": _("have another reason, or none is known"),
            "worth": _("are worth more or less than the play is for"),
        }[code]

    def _check_startable(self, cases):
        """
        :raise UserError: for cases in which the play is not to be started
        """
        self.ensure_one()
        for case in cases:
            names = {"play": self.name, "customer": case.display_name}
            if self.company_id and case.company_id != self.company_id:
                raise UserError(
                    self.env._(
                        "The play %(play)s is for customers of %(company)s only, "
                        "and %(customer)s is none of them. Choose another play.",
                        company=self.company_id.name,
                        **names,
                    )
                )
            if self.kind and case.kind != self.kind:
                kinds = dict(self._fields["kind"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "The play %(play)s is for cases of another kind (%(kind)s) "
                        "than that of %(customer)s (%(case)s). Choose another play.",
                        kind=kinds[self.kind],
                        case=kinds[case.kind],
                        **names,
                    )
                )
