from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_interval
from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import babel_locale_parse, get_lang

MANAGER = "retention_suite.group_retention_manager"
MAX_YEARS = 10
# Other dates are slips of the keyboard.
YEARS = range(1970, 2200)


@dataclass(frozen=True)
class Period:
    """Some days, both included, by the reader's time zone.

    :param date_from: the first day
    :param date_to: the last day
    :param start: when the first day begins (naive, UTC)
    :param stop: when the last day is over (naive, UTC)
    :param is_past: the last day is over already
    """

    date_from: date
    date_to: date
    start: datetime
    stop: datetime
    is_past: bool

    def within(self, name):
        """The domain of the moments of a field that lie in the period."""
        return Domain(name, ">=", fields.Datetime.to_string(self.start)) & Domain(
            name, "<", fields.Datetime.to_string(self.stop)
        )

    def days_within(self, name):
        """The domain of the days of a field that lie in the period."""
        return Domain(name, ">=", fields.Date.to_string(self.date_from)) & Domain(
            name, "<=", fields.Date.to_string(self.date_to)
        )


@dataclass(frozen=True)
class Scope:
    """What somebody wants to see: when, of whom, in which companies.

    :param now: the ``Period``
    :param before: the one that it is compared with
    :param user_ids: of whose customers; None for everybody's
    :param company_ids: of which companies
    """

    now: Period
    before: Period
    user_ids: tuple | None
    company_ids: tuple

    def of(self, name="user_id"):
        """The domain of what belongs to these people, by the field that says whose
        it is, and to these companies."""
        domain = Domain("company_id", "in", list(self.company_ids))
        if self.user_ids is not None:
            domain &= Domain(name, "in", list(self.user_ids))
        return domain


class RetentionOverviewScope(models.AbstractModel):
    """Of when and of whom the overview tells."""

    _name = "retention.overview.scope"
    _description = "Period and People of the Overview"

    def _is_manager(self):
        return self.env.user.has_group(MANAGER)

    def _period_labels(self):
        _ = self.env._
        return {
            "month": _("This month"),
            "last_month": _("Last month"),
            "quarter": _("This quarter"),
            "year": _("This year"),
            "own": _("Own dates"),
        }

    def _scope(self, options):
        """Return what the options say.

        :param dict options: ``period``, ``date_from``, ``date_to``, ``user_id``,
            ``team_id``; what is missing is this month, everybody
        :return: ``Scope``
        :raise UserError: for dates that are no period
        """
        options = options if isinstance(options, dict) else {}
        days, days_before = self._days(options)
        return Scope(
            self._period(*days),
            self._period(*days_before),
            self._people(options),
            tuple(self.env.companies.ids),
        )

    # ------------------------------------------------------------------
    # Of whom
    # ------------------------------------------------------------------

    def _people(self, options):
        """Return the ids of the people that are asked for; None for everybody.

        A salesperson sees the own figures, whatever is asked for.
        """
        if not self._is_manager():
            return (self.env.uid,)
        if user_id := self._option_id(options, "user_id"):
            return (user_id,)
        if team_id := self._option_id(options, "team_id"):
            team = self.env["crm.team.member"].search([("crm_team_id", "=", team_id)])
            return tuple(sorted(team.user_id.ids))
        return None

    def _option_id(self, options, name):
        value = options.get(name) or 0
        try:
            return int(value)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("Choose the person or the team from the list.")
            ) from None

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------

    def _today(self):
        """Today by the reader's time zone."""
        now = fields.Datetime.now().replace(tzinfo=UTC)
        return now.astimezone(self._zone()).date()

    def _zone(self):
        """The reader's time zone, else that of the company's working hours."""
        name = self.env.context.get("tz") or self.env.user.tz
        try:
            return ZoneInfo(name)
        except (KeyError, TypeError, ValueError):
            return ZoneInfo(self.env.company._retention_zone())

    def _period(self, date_from, date_to):
        zone = self._zone()
        start, stop = (
            datetime.combine(day, time.min, zone).astimezone(UTC).replace(tzinfo=None)
            for day in (date_from, date_to + timedelta(days=1))
        )
        is_past = date_to < self._today()
        return Period(date_from, date_to, start, stop, is_past)

    def _days(self, options):
        """Return first and last day of the period, and those of the one before:
        the same days of the month, the quarter or the year before, or as many days
        just before one's own."""
        today = self._today()
        key = options.get("period") or "month"
        if key == "own":
            days = self._own_days(options)
            length = days[1] - days[0] + timedelta(days=1)
            return days, (days[0] - length, days[1] - length)
        if key == "last_month":
            end = today.replace(day=1) - timedelta(days=1)
            start = end.replace(day=1)
            before = start - timedelta(days=1)
            return (start, end), (before.replace(day=1), before)
        if key == "month":
            start, back = today.replace(day=1), relativedelta(months=1)
        elif key == "quarter":
            month = today.month - (today.month - 1) % 3
            start, back = today.replace(month=month, day=1), relativedelta(months=3)
        elif key == "year":
            start, back = today.replace(month=1, day=1), relativedelta(years=1)
        else:
            raise UserError(self.env._("Choose the period from the list."))
        return (start, today), (start - back, today - back)

    def _own_days(self, options):
        """
        :raise UserError: for dates that are missing, in the wrong order, too far
            apart, or no dates
        """
        try:
            start, end = (
                fields.Date.to_date(options.get(name) or None)
                for name in ("date_from", "date_to")
            )
        except (TypeError, ValueError):
            raise UserError(self.env._("Enter both days as dates.")) from None
        if not start or not end:
            raise UserError(self.env._("Enter the first and the last day."))
        if end < start:
            raise UserError(self.env._("The last day comes before the first."))
        if start.year not in YEARS or end.year not in YEARS:
            raise UserError(self.env._("Enter both days as dates."))
        if end > start + relativedelta(years=MAX_YEARS):
            raise UserError(
                self.env._("Choose a period of %s years at most.", MAX_YEARS)
            )
        return start, end

    def _period_text(self, period):
        return format_interval(
            period.date_from,
            period.date_to,
            "yMMMd",
            locale=babel_locale_parse(get_lang(self.env).code),
        )
