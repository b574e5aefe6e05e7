from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1)
# So many days of a calendar are read at a time,
CHUNK = timedelta(days=60)
# and no further than so many days ahead: who closes for so long has no hours.
HORIZON = timedelta(days=730)


def _seconds(moment):
    return (moment - EPOCH).total_seconds()


class WorkingTime:
    """The working hours of one calendar, read once for many moments.

    Odoo's calendar says when work is done, with lunch breaks and public
    holidays; here its hours are added up, so that each moment is one look-up
    instead of some queries. A calendar without hours is all day, every day.

    :param calendar: a ``resource.calendar``, which may be empty
    :param datetime first: no moment asked for is earlier (naive, UTC)
    """

    def __init__(self, calendar, first):
        # sudo: when a company works is nobody's secret
        self._calendar = calendar.sudo()
        self._end = first
        # of each interval: its bounds, and the work done by its end (seconds)
        self._starts, self._stops, self._sums = [], [], []
        self.has_hours = has_hours(calendar)

    def plan(self, moment, hours):
        """Return the moment at which so many hours have been worked.

        :param datetime moment: from when on (naive, UTC)
        :param float hours: working hours
        """
        if not self.has_hours:
            return moment + timedelta(hours=hours)
        wanted = self._worked(moment) + round(hours * 3600)
        while not self._sums or self._sums[-1] < wanted:
            if self._end > moment + HORIZON:
                return moment + timedelta(hours=hours)
            self._read(self._end + CHUNK)
        found = bisect_left(self._sums, wanted)
        seconds = self._stops[found] - (self._sums[found] - wanted)
        return max(moment, EPOCH + timedelta(seconds=round(seconds)))

    def hours(self, start, end):
        """Return how many hours are worked between two moments.

        :param datetime start: naive, UTC
        :param datetime end: likewise
        """
        if end <= start:
            return 0.0
        if not self.has_hours:
            return (end - start).total_seconds() / 3600
        return (self._worked(end) - self._worked(start)) / 3600

    def _worked(self, moment):
        """The seconds worked until a moment, since the first one."""
        if moment >= self._end:
            self._read(moment + CHUNK)
        second = _seconds(moment)
        found = bisect_right(self._starts, second) - 1
        if found < 0:
            return 0
        return self._sums[found] - max(0, self._stops[found] - second)

    def _read(self, until):
        """Read the calendar on, from where it was read to."""
        company = self._calendar.company_id
        intervals = self._calendar._work_intervals_batch(
            self._end.replace(tzinfo=UTC),
            until.replace(tzinfo=UTC),
            # a holiday that is not of one calendar is of one company
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, company.id]),
            ],
        )[False]
        done = self._sums[-1] if self._sums else 0
        for start, stop, _meta in intervals:
            start = _seconds(start.astimezone(UTC).replace(tzinfo=None))
            stop = _seconds(stop.astimezone(UTC).replace(tzinfo=None))
            if stop > start:
                done += stop - start
                self._starts.append(start)
                self._stops.append(stop)
                self._sums.append(done)
        self._end = until


def has_hours(calendar):
    """Tell whether a calendar has working hours at all."""
    # sudo: see above
    calendar = calendar.sudo()
    return bool(
        calendar.flexible_hours
        or calendar.attendance_ids.filtered(
            lambda a: a.day_period != "lunch" and a.hour_to > a.hour_from
        )
    )
