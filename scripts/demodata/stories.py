"""Turns the steps of a customer's story into events."""

import itertools
import random

from . import texts
from .customers import ADMIN
from .events import Event, Moment, Recent, Worked

# What a contact of a steady rhythm is, and how often.
MIX = (
    ("sales_talk", 4),
    ("mails", 4),
    ("call", 4),
    ("meet", 3),
    ("visit", 1),
    ("logged", 2),
)


# So many days after a question comes the answer.
LATE_DAYS = (0, 0, 0, 0, 0, 1, 1, 4)


class Story:
    """All that happened with one customer."""

    def __init__(self, customer, seed=19):
        self.customer = customer
        # not hash(), which differs from run to run
        self.random = random.Random(f"{seed} {customer.key}")
        self.pace = random.Random(f"{seed} pace {customer.key}")
        self.user = customer.user or ADMIN
        self.events = []
        # (event before, event that ended it, usual days) of each pause
        self.pauses = []
        self.pools = {}
        for step, *arguments in customer.story:
            getattr(self, f"_{step}")(*arguments)
        self.events.sort(key=lambda event: event.when.order)
        for number, event in enumerate(self.events, 1):
            event.ref = f"demo_contact_{customer.key}_{number}"

    # ------------------------------------------------------------------
    # Drawing
    # ------------------------------------------------------------------

    def _draw(self, name):
        """Return the next of some texts: all of them once, then again."""
        if name not in self.pools:
            pool = list(getattr(texts, name))
            self.random.shuffle(pool)
            self.pools[name] = itertools.cycle(pool)
        return next(self.pools[name])

    def _person(self):
        """Mostly the first one."""
        people = self.customer.persons
        return people[0] if self.random.random() < 0.6 else self.random.choice(people)

    def _add(self, kind, when, subject, text="", **values):
        person = values.pop("person", None) or self._person()
        user = values.pop("user", None) or self.user
        event = Event(kind, when, person, user, subject, text, **values)
        self.events.append(event)
        return event

    def _moment(self, age):
        return Moment(age, self.random.randint(7, 15), 5 * self.random.randint(0, 11))

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _steady(self, every, start, last, pause=None):
        """A rhythm of so many days, with a pause that a call brought to an end."""
        age = start
        before = None
        while age > last + every // 2:
            if pause and age < pause[1]:
                self._mails(pause[1])
                before = self.events[-1]
                call = self._call(pause[0])
                self.pauses.append((before, call, every))
                age, pause = pause[0], None
            else:
                self._any(age)
            age -= round(every * self.random.uniform(0.85, 1.15))
        self._any(last)

    def _any(self, age):
        kinds, weights = zip(*MIX, strict=True)
        getattr(self, f"_{self.random.choices(kinds, weights)[0]}")(age)

    def _colleague(self, user, every, start, last):
        """Somebody else of us keeps in touch."""
        self.user, own = user, self.user
        age = start
        while age > last + every // 2:
            self.random.choice((self._mails, self._call))(age)
            age -= every
        self._mails(last)
        self.user = own

    def _sales_talk(self, age):
        self._thread(self._draw("SALES"), age, "lead")

    def _mails(self, age):
        self._thread(self._draw("RELATIONSHIP"), age, "partner")

    def _thread(self, thread, age, place):
        """Question and answer on one day, so that a talk is one contact of the
        rhythm. Some questions wait for longer."""
        subject, messages = thread
        # not every talk goes on, but a question gets its answer
        asked = messages[0][0] == "in"
        messages = messages[: self.random.choice((1 + asked, 2, 2, 3))]
        person = self._person()
        hour = self.random.randint(6, 8)
        first = None
        late_days = self.pace.choice(LATE_DAYS) if asked and age > 14 else 0
        for number, (way, text) in enumerate(messages):
            when = Moment(age, hour, 5 * self.random.randint(0, 11))
            if first and late_days:
                when = when.next_day(late_days)
            event = self._add(
                f"mail_{way}",
                when,
                f"Re: {subject}" if first else subject,
                text,
                person=person,
                place=place,
                parent=first,
                needs_no_answer=(
                    way == "in"
                    and 0 < number == len(messages) - 1
                    and text not in texts.LAST_QUESTIONS
                ),
            )
            first = first or event
            hour += self.random.randint(2, 4)

    def _call(self, age):
        summary, feedback = self._draw("CALLS")
        place = self.random.choice(("partner", "partner", "lead"))
        return self._add("call", Moment(age, 12), summary, feedback, place=place)

    def _visit(self, age):
        name, _minutes = self._draw("MEETINGS")
        self._add("visit", Moment(age, 12), name, "Went well.", place="lead")

    def _meet(self, age):
        name, minutes = self._draw("MEETINGS")
        self._add("meeting", self._moment(age), name, minutes=minutes)

    def _logged(self, age):
        self._log(age, self._draw("LOGGED"), "relationship")

    def _fair(self, age):
        self._log(age, texts.FAIR, "sales")

    def _payment(self, age):
        self._log(age, self._draw("PAYMENT"), "payment")

    def _service(self, age):
        self._log(age, self._draw("SERVICE"), "service")

    def _survey(self, age):
        self._log(age, texts.SURVEY, "survey")

    def _log(self, age, entry, purpose):
        channel, direction, summary = entry
        self._add(
            "logged",
            self._moment(age),
            summary,
            channel=channel,
            direction=direction,
            purpose=purpose,
        )

    def _ask(self, age):
        """A question that nobody has answered."""
        customer_writes = texts.QUESTIONS[self.customer.key == "engel"]
        self._add("mail_in", self._moment(age), *customer_writes, place="lead")

    def _recent(self, kind, hours):
        subject, text = texts.RECENT[kind]
        person = self.customer.persons[0]
        self._add(kind, Recent(hours), subject, text, person=person, place="lead")

    def _waits(self, hours, number):
        """A question that waits since so many working hours."""
        subject, text = texts.WAITING[number]
        person = self.customer.persons[0]
        self._add("mail_in", Worked(hours), subject, text, person=person, place="lead")

    def _newsletters(self, count):
        """The last issues; now and then an automatic message comes back."""
        person = self.customer.persons[-1]
        for age, subject in texts.NEWSLETTERS[:count]:
            self._add(
                "newsletter", Moment(age, 8), subject, texts.NEWSLETTER, person=person
            )
        if count < 6:
            return
        age = texts.NEWSLETTERS[count // 2][0]
        self._add("absence", Moment(age, 8, 5), *texts.ABSENCE, person=person)
        age = texts.NEWSLETTERS[count - 1][0] - 20
        self._add("notice", Moment(age, 5), *texts.NOTICE, person=person)
