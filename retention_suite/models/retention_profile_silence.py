from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Whoever is silent for so many times its own rhythm has left, within these days, or
# after the most days without a rhythm.
LONG_SILENT_FACTOR = 6
LONG_SILENT_MIN_DAYS = 90
LONG_SILENT_MAX_DAYS = 365


class RetentionProfileSilence(models.AbstractModel):
    """Who has left silently: by each customer's own rhythm, on any day.

    Nothing of this is stored: it follows from what is.
    """

    _name = "retention.profile.silence"
    _description = "Long Silence of a Customer"

    long_silent_date = fields.Date(
        string="Long Silent From",
        compute="_compute_long_silent",
        help="The last personal contact or purchase plus six times the own rhythm (of "
        "the contacts, else of the purchases), 90 days at least and 365 at most; 365 "
        "days without a rhythm. Without any contact or purchase it is counted from "
        "when something was last won, else from when the customer is known.",
    )
    is_long_silent = fields.Boolean(
        string="Silent for a Long Time",
        compute="_compute_long_silent",
        search="_search_is_long_silent",
        help="Neither in contact nor buying for more than six times the own rhythm (of "
        "the contacts, else of the purchases), 90 days at least and 365 at most; for "
        "more than 365 days without a rhythm.",
    )

    @api.depends(
        "company_id",
        "last_contact_date",
        "last_purchase_date",
        "purchase_rhythm_days",
        "rhythm_days",
        "start_date",
        "won_date",
    )
    def _compute_long_silent(self):
        found = {}
        for company, profiles in self.filtered("id").grouped("company_id").items():
            date = self._long_silent_date_sql(
                lambda name: self._field_to_sql("p", name), company._retention_zone()
            )
            rows = self.env.execute_query(
                SQL(
                    "SELECT p.id, %s FROM retention_profile p WHERE p.id = ANY(%s)",
                    date,
                    profiles.ids,
                )
            )
            today = company._retention_day(fields.Datetime.now())
            found.update({row[0]: (row[1], row[1] < today) for row in rows})
        for profile in self:
            date, is_over = found.get(profile._origin.id, (False, False))
            profile.long_silent_date = date
            profile.is_long_silent = is_over

    def _search_is_long_silent(self, operator, value):
        """Whether the long silence has begun, by each company's calendar day."""
        if operator not in ("in", "not in"):
            return NotImplemented
        wanted = (True in value) == (operator == "in")
        # sudo: the working hours' time zone is nobody's secret
        companies = self.env["res.company"].sudo().search([])
        by_zone = companies.grouped(lambda company: company._retention_zone())
        return Domain.OR(
            Domain("company_id", "in", companies.ids)
            & Domain.custom(
                to_sql=self._long_silent_condition(zone, companies[0], wanted)
            )
            for zone, companies in by_zone.items()
        )

    def _long_silent_condition(self, zone, company, wanted):
        """Return a function that gives the SQL condition; see ``Domain.custom``."""
        today = company._retention_day(fields.Datetime.now())

        def to_sql(model, alias, query):
            date = self._long_silent_date_sql(
                lambda name: model._field_to_sql(alias, name, query), zone
            )
            return SQL("((%s < %s) = %s)", date, today, wanted)

        return to_sql

    @api.model
    def _long_silent_date_sql(self, column, zone):
        """The day from which on a customer has been silent for a long time, see the
        field.

        :param column: function giving the SQL of a customer's column by its name
        :param str zone: the time zone of its company
        """
        rhythm = SQL(
            "COALESCE(NULLIF(%s, 0), %s)",
            column("rhythm_days"),
            column("purchase_rhythm_days"),
        )
        return SQL(
            """
            (((COALESCE(GREATEST(%(contact)s, %(purchase)s), %(won)s, %(start)s)
               AT TIME ZONE 'UTC') AT TIME ZONE %(zone)s)::date
             + CASE WHEN %(rhythm)s > 0
                    THEN LEAST(%(most)s, GREATEST(%(least)s,
                               CEIL(%(rhythm)s * %(factor)s)::int))
                    ELSE %(most)s END)
            """,
            contact=column("last_contact_date"),
            purchase=column("last_purchase_date"),
            won=column("won_date"),
            start=column("start_date"),
            rhythm=rhythm,
            zone=zone,
            factor=LONG_SILENT_FACTOR,
            least=LONG_SILENT_MIN_DAYS,
            most=LONG_SILENT_MAX_DAYS,
        )
