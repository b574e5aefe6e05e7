from odoo import api, models
from odoo.tools import SQL

from .retention_advocate_report import ACTIVE_KINDS


class RetentionAsOf(models.AbstractModel):
    """Figures of the customers that a person sees, as they stood at a moment.

    Known is what the suite has recorded: moves between stages by the time they were
    made, without what was taken back. A customer that was put away counts until its
    last move. At the present moment the figures are those of the reports.
    """

    _name = "retention.as.of"
    _description = "Figures as They Stood at a Moment"

    # ------------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------------

    @api.model
    @api.private
    def _advocate_share(self, company, moment):
        """Return the advocate rate.

        :param company: whose customers
        :param datetime moment: naive, in UTC
        :return: active customers who had recommended us by then, as a percentage
            of all who were active; None if there was none
        """
        self.env.flush_all()
        return self._share(
            SQL(
                """
                %s SELECT COUNT(*), COUNT(*) FILTER (WHERE EXISTS (
                       SELECT FROM retention_referral r
                        WHERE r.profile_id = stood.id AND r.state <> 'rejected'
                          AND r.is_merged IS NOT TRUE AND r.date <= %s))
                  FROM stood
                """,
                self._stood_sql(company, moment),
                moment,
            )
        )

    @api.model
    @api.private
    def _churn_share(self, company, start, end):
        """Return the churn rate of a span.

        :param company: whose customers
        :param datetime start: naive, in UTC
        :param datetime end: likewise; what happens then is not part of it
        :return: customers of the opening stock that were lost, as a percentage of
            the opening stock; None if there was none
        """
        self.env.flush_all()
        return self._share(
            SQL(
                """
                %s SELECT COUNT(*), COUNT(*) FILTER (WHERE EXISTS (
                       SELECT FROM happened h
                         JOIN retention_journey_stage stage ON stage.id = h.to_stage_id
                        WHERE h.profile_id = stood.id AND stage.kind = 'lost'
                          AND h.date >= %s AND h.date < %s))
                  FROM stood
                """,
                self._stood_sql(company, start),
                start,
                end,
            )
        )

    def _share(self, query):
        [(count, part)] = self.env.execute_query(query)
        return 100 * part / count if count else None

    def _stood_sql(self, company, moment):
        """The beginning of a statement: ``stood``, the active customers there were
        just before a moment, and ``happened``, the moves of all."""
        profiles = (
            self.env["retention.profile"]
            .with_context(active_test=False)
            ._search([("company_id", "=", company.id)])
        )
        return SQL(
            """
            WITH happened AS MATERIALIZED (%(happened)s), stood AS (
                SELECT p.id
                  FROM (SELECT DISTINCT ON (h.profile_id) h.profile_id, h.to_stage_id
                          FROM happened h WHERE h.date < %(moment)s
                         ORDER BY h.profile_id, h.date DESC, h.id DESC) newest
                  JOIN retention_profile p ON p.id = newest.profile_id
                  JOIN retention_journey_stage stage ON stage.id = newest.to_stage_id
                 WHERE stage.kind IN %(kinds)s
                   AND (p.active OR EXISTS (
                        SELECT FROM happened h
                         WHERE h.profile_id = p.id AND h.date >= %(moment)s)))
            """,
            happened=self.env["retention.journey.transition"]._happened_sql(
                SQL("t.profile_id IN %s", profiles.subselect())
            ),
            moment=moment,
            kinds=ACTIVE_KINDS,
        )

    # ------------------------------------------------------------------
    # What is to do, what was won
    # ------------------------------------------------------------------

    @api.model
    @api.private
    def _alert_count(self, company, kind, moment):
        """Return how much was open or snoozed at a moment.

        :param company: whose customers
        :param str kind: of what is to do
        :param datetime moment: naive, in UTC
        """
        return self.env["retention.alert"].search_count(
            [
                ("company_id", "=", company.id),
                ("kind", "=", kind),
                ("create_date", "<=", moment),
                "|",
                ("close_date", "=", False),
                ("close_date", ">", moment),
            ]
        )

    @api.model
    @api.private
    def _winback_count(self, company, start, end):
        """Return how many customers were won back.

        :param company: whose customers
        :param datetime start: naive, in UTC
        :param datetime end: likewise; what happens then is not part of it
        """
        return self.env["retention.winback.report"].search_count(
            [
                ("company_id", "=", company.id),
                ("result", "=", "won"),
                ("close_date", ">=", start),
                ("close_date", "<", end),
            ]
        )
