"""One thing that happened, and when, relative to the day the demo is loaded."""

from dataclasses import dataclass


@dataclass
class Moment:
    """A time of a working day.

    Ages count back from the Monday that follows the day of loading, or is that
    day: so all of it moves together, gaps stay as they are, and nothing falls
    on a weekend. A moment of age 30 is 24 to 30 days ago.
    """

    age: int
    hour: int = 9
    minute: int = 0

    def __post_init__(self):
        if self.age < 7:
            raise ValueError(f"{self.age} days ago may lie in the future")
        _weeks, days = self._parts()
        if days > 4:  # to the Friday before
            self.age += days - 4

    def _parts(self):
        weeks = -(-self.age // 7)
        return weeks, 7 * weeks - self.age

    @property
    def order(self):
        """Sorts moments, the oldest first."""
        return (-self.age, self.hour, self.minute)

    def later(self, minutes):
        """Another moment of the same day."""
        hours, minute = divmod(self.minute + minutes, 60)
        return Moment(self.age, self.hour + hours, minute)

    def next_day(self, days):
        """So many days later, or on the Monday that follows."""
        age = self.age - days
        while -age % 7 > 4:
            age -= 1
        return Moment(age, self.hour, self.minute)

    def value(self):
        """The moment in Odoo's XML, as a value to compute with."""
        weeks, days = self._parts()
        return (
            f"DateTime.today() + relativedelta(weeks=-{weeks}, weekday=0)"
            f" + timedelta(days={days}, hours={self.hour}, minutes={self.minute})"
        )

    def expression(self, minutes=0):
        """The moment in Odoo's XML, or another so many minutes later."""
        hours, minute = divmod(self.minute + minutes, 60)
        return self._day(0, f"%Y-%m-%d {self.hour + hours:02}:{minute:02}:00")

    def day_expression(self, more_days=0):
        """The day in Odoo's XML, or another so many days later."""
        return self._day(more_days, "%Y-%m-%d")

    def _day(self, more_days, form):
        weeks, days = self._parts()
        return (
            f"(DateTime.today() + relativedelta(weeks=-{weeks}, weekday=0)"
            f" + timedelta({days + more_days})).strftime('{form}')"
        )


@dataclass
class Recent:
    """Some hours ago."""

    hours: int

    @property
    def order(self):
        """Sorts moments, the oldest first."""
        return (0, -self.hours, 0)

    def expression(self):
        """The moment in Odoo's XML."""
        form = "%Y-%m-%d %H:%M:00"
        return f"(DateTime.now() - timedelta(hours={self.hours})).strftime('{form}')"


COMPANY = "obj(ref('base.main_company'))"


@dataclass
class Worked:
    """Some working hours of the company ago: an expression that asks it, for
    a field with ``model="res.company"``.
    """

    hours: int
    model = "res.company"

    @property
    def order(self):
        """Sorts moments, the oldest first."""
        return (0, -5 * self.hours, 0)

    def value(self):
        """The moment in Odoo's XML, as a value to compute with."""
        return f"{COMPANY}._retention_plan_hours(DateTime.now(), -{self.hours})"

    def expression(self):
        """The moment in Odoo's XML."""
        return f"{self.value()}.strftime('%Y-%m-%d %H:%M:00')"


@dataclass
class Due:
    """So many working hours after another moment."""

    after: Moment | Worked
    hours: int
    model = "res.company"

    def expression(self):
        """The moment in Odoo's XML."""
        return (
            f"{COMPANY}._retention_plan_hours({self.after.value()}, {self.hours})"
            ".strftime('%Y-%m-%d %H:%M:00')"
        )


@dataclass
class Event:
    """One contact, or what looks like one.

    Kinds: mail_in, mail_out, unknown, absence, newsletter, notice, call, visit,
    meeting, and logged for those entered by hand.
    """

    kind: str
    when: Moment | Recent | Worked
    person: object
    user: str | None
    subject: str
    text: str = ""
    # the document: lead or partner
    place: str = "partner"
    # logged by hand
    channel: str = ""
    direction: str = ""
    purpose: str = ""
    minutes: int = 60
    # the event of which this is the answer
    parent: object = None
    # a last word that asks for nothing
    needs_no_answer: bool = False
    ref: str = ""
