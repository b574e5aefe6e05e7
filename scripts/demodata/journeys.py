"""The journeys of the demo: how the customers would have moved between the stages if
the suite had been there from the beginning.

The suite's rules are applied to each day of the stories, with what was known on that
day. What people did comes from ``MOVED`` and from the win-back cases. The first run
puts right what the last days bring.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import median

from .customers import ADMIN
from .events import Moment
from .records import USERS, evaluated, moment, profile, record, ref, text

# what counts as no personal contact
AUTOMATIC = ("newsletter", "notice", "absence")
# the rules' numbers, as in the suite
SILENT_DAYS, SILENT_LEAST, SILENT_MOST = 90, 14, 120
LONG_DAYS, LONG_LEAST, LONG_FACTOR = 365, 90, 6
RHYTHM_DAYS, WINDOW, SETTLED_DAYS, SETTLED_CONTACTS = 4, 90, 14, 2
CUSTOMERS_OF_OURS = ("onboarding", "active", "ambassador", "recovered")
# Whom no rule has settled after so many days is moved on by hand.
BY_HAND_DAYS, BY_HAND = 84, "The rooms are in use, and all is well"
# The last night that surely lies in the past.
LAST = 8

# customer: (age, stage, who moved it there, why)
MOVED = {
    "bergmann": ((402, "ambassador", "admin", "Recommended us to Autohaus Brandt"),),
    "technopark": ((332, "ambassador", "anna", "Recommended us to Warsaw Design"),),
    "seeblick": ((54, "ambassador", "jonas", "Shows our rooms to other clinics"),),
    "hansa": ((300, "ambassador", "admin", "Shows our desks to other terminals"),),
}


@dataclass
class Night(Moment):
    """A time of any day, weekends included: the suite works at night, too."""

    hour: int = 2
    minute: int = 10

    def __post_init__(self):
        if self.age < 7:
            raise ValueError(f"{self.age} days ago may lie in the future")


@dataclass
class Move:
    """One move between stages, and what was known of the customer then."""

    when: Night
    to: str
    cause: str
    before: str = ""
    rule: str = ""
    user: str = ""
    note: str = ""
    last: object = None
    rhythm: float = 0.0


class Journey:
    """How one customer moved.

    :param customer: of the table of customers
    :param list events: of its story
    :param tuple moved: ``(age, stage, who, why)`` of what people did; without "who"
        it is the end of a notice period
    :param kept: ``(from, to)`` of the ages between which no rule applies
    """

    def __init__(self, customer, events, moved=(), kept=()):
        self.customer = customer
        self.moved = {age: move for age, *move in moved}
        self.kept = kept
        self.contacts = sorted(
            (e for e in events if e.kind not in AUTOMATIC),
            key=lambda e: e.when.order,
        )
        self.wins = [d.closed_age for d in customer.deals if d.outcome == "won"]
        self.losses = [d.closed_age for d in customer.deals if d.outcome == "lost"]
        self.is_open = any(d.outcome == "open" for d in customer.deals)
        self.stage, self.since = "", 0
        self.moves = []
        start = max(
            [d.age for d in customer.deals]
            + [e.when.age for e in self.contacts if isinstance(e.when, Moment)]
        )
        self._go("prospect", start, "start")
        for age in range(start - 1, LAST, -1):
            self._live(age)

    def _live(self, age):
        """What happens in one night and on the day that follows it."""
        rule = self._rule(age)
        if rule and not any(last <= age <= first for first, last in self.kept):
            name, stage = rule
            self._go(stage, age, "rule", rule=name)
        elif self.stage == "onboarding" and self.since - age >= BY_HAND_DAYS:
            user = self.customer.user or ADMIN
            self._go("active", age, "person", user=user, note=BY_HAND)
        if age in self.moved:
            stage, user, note = self.moved[age]
            cause = "person" if user else "notice"
            self._go(stage, age, cause, user=user, note=note)

    def _go(self, stage, age, cause, **values):
        if stage == self.stage:
            return
        known = self._known(age)
        hour = 13 if cause == "person" else 2
        self.moves.append(
            Move(
                Night(age, hour),
                stage,
                cause,
                self.stage,
                last=known[-1].when if known else None,
                rhythm=self._rhythm(known),
                **values,
            )
        )
        self.stage, self.since = stage, age

    # ------------------------------------------------------------------
    # What was known, and what the rules made of it
    # ------------------------------------------------------------------

    def _known(self, age):
        """The contacts before a day."""
        return [
            event
            for event in self.contacts
            if isinstance(event.when, Moment) and event.when.age > age
        ]

    def _rhythm(self, known):
        days = sorted({event.when.age for event in known}, reverse=True)
        if len(days) < RHYTHM_DAYS:
            return 0
        return median(a - b for a, b in pairwise(days))

    def _rule(self, age):
        """Return ``(rule, stage)`` of the first rule that fits, or nothing."""
        known = self._known(age)
        last = known[-1].when.age if known else None
        won = any(age < win <= self.since for win in self.wins)
        heard = any(
            way(event) == "in" and event.when.age < self.since for event in known
        )
        if self.stage == "dormant" and (heard or won):
            return "dormant_back", "recovered"
        if self.stage == "lost" and won:
            return "lost_back", "recovered"
        if self.stage == "prospect":
            return self._prospect(age, won)
        if not last or self.stage in ("lost", "dormant"):
            return None
        rhythm = self._rhythm(known)
        usual = SILENT_DAYS
        if rhythm:
            usual = ceil(min(SILENT_MOST, max(SILENT_LEAST, 2 * rhythm)))
        silent = last - usual > age
        if self.stage == "at_risk":
            if heard and not silent:
                return "back_in_touch", "active"
            if self._is_long(age, last, rhythm):
                return "long_silence", "dormant"
        elif silent:
            return "silence", "at_risk"
        elif self.stage in ("onboarding", "recovered") and self._settled(known, age):
            return "settled", "active"
        return None

    def _prospect(self, age, won):
        if won:
            return "won", "onboarding"
        is_lost = self.losses and not self.wins and not self.is_open
        if is_lost and age < min(self.losses):
            return "lost", "lost"
        return None

    def _is_long(self, age, last, rhythm):
        bought = [win for win in self.wins if win > age]
        last = min([last, *bought])
        days = LONG_DAYS
        if rhythm:
            days = min(LONG_DAYS, max(LONG_LEAST, ceil(LONG_FACTOR * rhythm)))
        return last - days > age

    def _settled(self, known, age):
        ways = [way(event) for event in known if event.when.age - age <= WINDOW]
        return (
            min(ways.count("in"), ways.count("out")) >= SETTLED_CONTACTS
            and self.since - age >= SETTLED_DAYS
        )


def way(event):
    """Who went to whom."""
    if event.kind == "logged":
        return event.direction
    return "in" if event.kind == "mail_in" else "out"


# ----------------------------------------------------------------------
# Odoo's XML
# ----------------------------------------------------------------------


def records_of(journey):
    """The moves of a customer, and where it stands by them."""
    customer = journey.customer
    found = [
        transition(customer, number, move)
        for number, move in enumerate(journey.moves, 1)
    ]
    return [*found, standing(customer, journey.moves[-1])]


def transition(customer, number, move):
    """One move."""
    fields = [
        profile(customer),
        ref("company_id", "base.main_company"),
        ref("to_stage_id", f"journey_stage_{move.to}"),
        moment("date", move.when),
        moment("stage_date", move.when),
        text("cause", move.cause),
    ]
    if move.before:
        fields.append(ref("from_stage_id", f"journey_stage_{move.before}"))
    if move.rule:
        fields.append(ref("rule_id", f"journey_rule_{move.rule}"))
    if move.user:
        fields.append(ref("user_id", USERS[move.user][0]))
    if move.note:
        fields.append(text("note", move.note))
    if move.last:
        fields.append(moment("last_contact_date", move.last))
    if move.rhythm:
        fields.append(evaluated("rhythm_days", str(move.rhythm)))
    xmlid = f"demo_move_{customer.key}_{number}"
    return record("retention.journey.transition", xmlid, fields)


def standing(customer, move):
    """Put the customer where the last move has taken it. Not by writing: that would
    be another move, of today."""
    values = (
        f"{{'journey_stage_id': ref('journey_stage_{move.to}'),"
        f" 'journey_stage_date': {move.when.expression()}}}"
    )
    found = f"[('partner_id', '=', ref('{customer.ref}'))]"
    return (
        '    <function model="retention.profile" name="_write">\n'
        f'        <value model="retention.profile" search="{found}" />\n'
        f'        <value eval="{values}" />\n'
        "    </function>\n"
    )


READ_AGAIN = """
    <!-- What was written past the cache. -->
    <function model="retention.profile" name="invalidate_model">
        <value eval="[]" />
    </function>
"""
