import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache
from odoo.tools.safe_eval import safe_eval

from .working_time import WorkingTime, has_hours

_logger = logging.getLogger(__name__)

DEFAULT_DOMAIN = "[('retention_has_lead', '=', True)]"


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = (
        "res.company",
        "res.company.budget",
        "res.company.onboarding",
        "res.company.risk",
        "res.company.value",
        "res.company.weekly.mail",
        "res.company.winback",
    )

    retention_domain = fields.Char(
        string="Customers to Look After",
        default=DEFAULT_DOMAIN,
        help="Which contacts the retention app looks after. "
        "Others can be added by hand.",
        prefetch="retention",
    )
    retention_domain_error = fields.Char(
        readonly=True,
        help="Why the filter no longer works. Until it is mended, customers are "
        "neither added nor put away.",
        prefetch="retention",
    )
    # The next run looks at all contacts, not only at those that changed.
    retention_is_new = fields.Boolean(
        string="Look at All Contacts in the Next Run",
        default=True,
        readonly=True,
        prefetch="retention",
    )
    retention_daily_limit = fields.Integer(
        string="New Activities a Day",
        default=10,
        help="So many new activities each person gets a day at most, the most urgent "
        "first: contacts to make, up to half of them what others did not do in time, "
        "and up to half win-back cases to decide about. The others stay on the lists "
        "To do and Win-back.",
        prefetch="retention",
    )

    retention_first_contact_hours = fields.Float(
        string="Hours to the First Contact",
        default=8,
        help="So many working hours after a lead without a salesperson came in, or "
        "somebody registered in the portal, the team is asked for the first "
        "personal contact. 0: never.",
        prefetch="retention",
    )

    _retention_first_contact_hours_positive = models.Constraint(
        "CHECK(retention_first_contact_hours >= 0)",
        "The hours to the first contact cannot be negative.",
    )
    retention_response_target_hours = fields.Float(
        string="Answer Within (Working Hours)",
        default=8.0,
        help="A customer's message should be answered within so many working hours "
        "of the company or, if it has its own, of the sales team. Working hours "
        "without any hour count by the clock, day and night.",
        prefetch="retention",
    )

    _retention_response_target_positive = models.Constraint(
        "CHECK(retention_response_target_hours > 0)",
        "The working hours to answer within must be more than 0.",
    )
    _retention_daily_limit_positive = models.Constraint(
        "CHECK(retention_daily_limit >= 0)",
        "The number of new activities a day cannot be negative.",
    )

    def _retention_day(self, moment):
        """Return the company's calendar day of a moment, so that everybody
        reads the same number of days wherever they are."""
        self.ensure_one()
        if not moment:
            return False
        zone = self._retention_zone()
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), moment
        ).date()

    def _retention_zone(self):
        """Return the name of the company's time zone."""
        self.ensure_one()
        return self._retention_zones().get(self.id) or "UTC"

    @api.model
    @ormcache()
    def _retention_zones(self):
        """Return the time zone of each company, by its id."""
        self.flush_model(["resource_calendar_id"])
        self.env["resource.calendar"].flush_model(["tz"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.id, cal.tz FROM res_company c
                  JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                """
            )
        )
        return dict(rows)

    def cache_invalidation_fields(self):
        return super().cache_invalidation_fields() | {"resource_calendar_id"}

    def _retention_plan_hours(self, moment, hours, calendar=None):
        """Return the moment at which so many working hours have passed, without
        breaks and public holidays.

        :param datetime moment: from when on (naive, UTC)
        :param float hours: working hours; negative to look back
        :param calendar: whose working hours; None for the company's. A calendar
            without hours counts by the clock
        :return: naive datetime in UTC
        """
        self.ensure_one()
        # sudo: when a company works is nobody's secret
        calendar = (calendar or self.resource_calendar_id).sudo()
        if hours < 0 and has_hours(calendar):
            back = calendar.plan_hours(hours, moment, compute_leaves=True)
            return back or moment + timedelta(hours=hours)
        return WorkingTime(calendar, moment).plan(moment, hours)

    def _retention_work_hours(self, start, end, calendar=None):
        """Return how many working hours lie between two moments.

        :param datetime start: naive, UTC
        :param datetime end: likewise
        :param calendar: see ``_retention_plan_hours``
        :return: float
        """
        self.ensure_one()
        # sudo: see above
        calendar = calendar or self.sudo().resource_calendar_id
        return WorkingTime(calendar, start).hours(start, end)

    def _retention_domain(self):
        """Return the domain of the contacts that the company looks after."""
        self.ensure_one()
        return Domain(safe_eval(self.retention_domain or DEFAULT_DOMAIN))

    def _retention_query_unchecked(self):
        """Return the query of the contacts that the company looks after.

        :raise Exception: what is wrong with the domain
        """
        Partner = self.env["res.partner"].with_context(
            active_test=True, allowed_company_ids=self.ids
        )
        # sudo: the setting names customers, not what somebody may see
        query = Partner.sudo()._search(self._retention_domain())
        # Compile it and have the database look at it: a wrong value fails here.
        self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        return query

    def _retention_query(self):
        """Return the query of the contacts that the company looks after, or
        None if its domain broke, for instance because an app is gone."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint(flush=False):
                query = self._retention_query_unchecked()
        except Exception as error:  # noqa: BLE001 (a domain may raise anything)
            message = str(error) or type(error).__name__
            if self.retention_domain_error != message:
                _logger.warning("Customers of company %s rest: %s", self.id, message)
                self.retention_domain_error = message
            return None
        if self.retention_domain_error:
            self.retention_domain_error = False
        return query

    def _is_default_setting(self):
        """Whether the setting is the one that comes with the suite."""
        return (self.retention_domain or DEFAULT_DOMAIN) == DEFAULT_DOMAIN

    def write(self, vals):
        if "retention_domain" in vals:
            vals = dict(vals, retention_domain_error=False, retention_is_new=True)
        return super().write(vals)

    @api.constrains("retention_domain")
    def _check_retention_domain(self):
        for company in self:
            try:
                with self.env.cr.savepoint(flush=False):
                    company._retention_query_unchecked()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of the customers to look after does not work: "
                        "%s Choose them again in the filter editor.",
                        error,
                    )
                ) from error
