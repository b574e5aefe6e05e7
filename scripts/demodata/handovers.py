"""The hand-overs of the demo: leads that marketing gives to salespeople.

Some are of the customers' deals, whose story tells when they were contacted;
the others are of people who are no customers yet.
"""

import random
from dataclasses import dataclass, field

from .customers import ADMIN, ANNA, DEMO, JONAS, MIRA, address
from .events import Due, Moment, Worked
from .records import USERS, evaluated, moment, quiet, record, ref, text

MARKETING, SALES = "demo_team_marketing", "sales_team.team_sales_department"
ACCEPT_HOURS, CONTACT_HOURS = 8, 16
# our contacts, which end the waiting for the first one
OURS = ("mail_out", "call", "visit", "meeting")

# customer, number of the deal, to whom, how many minutes until it was accepted
DEALS = (
    ("bianchi", 1, ANNA, 60),
    ("klinikum", 2, ADMIN, 240),
    ("alpenblick", 2, ADMIN, 90),
    ("eichenau", 2, ANNA, 45),
    ("central", 1, DEMO, 150),
    ("fjord", 2, ADMIN, 30),
    ("bianchi", 2, ANNA, 75),
    ("albers", 1, JONAS, 200),
)
# customer, number of the deal, to whom: nobody ever reacted
FORGOTTEN = (("baltic", 1, ADMIN),)


@dataclass
class Step:
    """One hand-over of a lead."""

    to: str
    offered: Moment | Worked
    state: str = "offered"
    accepted: Moment | Worked | None = None
    contacted: Moment | Worked | None = None
    closed: Moment | None = None
    # when it was given back
    reason: str = ""
    resume_days: int = 0
    giver: str = MIRA


@dataclass
class Lead:
    """Somebody whom marketing found."""

    key: str
    name: str
    person: str
    company: str
    revenue: int
    source: str
    # when it came in
    date: Moment | Worked
    # of which customer, if it is of one
    customer: str = ""
    steps: list = field(default_factory=list)
    # (subject, text, since how many working hours) of what waits for an answer
    question: tuple = ()
    # who has it without a hand-over
    user: str = ""
    lost: bool = False

    @property
    def ref(self):
        """Its name in the data."""
        return f"demo_lead_{self.key}"

    @property
    def email(self):
        """Where the person is reached."""
        return f"{address(self.person)}@{self.key}.example"


LEADS = (
    # ---- under way
    Lead(
        "ruhrcall",
        "Acoustic booths for a call centre",
        "Nadja Fuhrmann",
        "Ruhr Call GmbH",
        28500,
        "linkedin",
        Worked(20),
        steps=[Step(ADMIN, Worked(3))],
    ),
    Lead(
        "sonnenhang_2",
        "Furniture for the terrace",
        "Johanna Klee",
        "Weingut Sonnenhang",
        6400,
        "newsletter",
        Worked(30),
        customer="sonnenhang",
        steps=[Step(ADMIN, Worked(12))],
    ),
    Lead(
        "werft",
        "Canteen for a shipyard",
        "Torben Claasen",
        "Werft Norderney GmbH",
        33000,
        "search_engine",
        Worked(26),
        steps=[Step(JONAS, Worked(11))],
    ),
    Lead(
        "lakeview",
        "Reading corner for a library",
        "Ann Mercer",
        "Lakeview Library Trust",
        11800,
        "newsletter",
        Worked(12),
        steps=[Step(ANNA, Worked(5))],
    ),
    Lead(
        "rotstift",
        "Eight workplaces for an editorial office",
        "Bernd Amsel",
        "Rotstift Verlag",
        9600,
        "linkedin",
        Worked(18),
        steps=[Step(DEMO, Worked(12), "accepted", Worked(10))],
    ),
    Lead(
        "gipfel",
        "Lockers and benches for a climbing hall",
        "Resi Hofer",
        "Gipfelstürmer KG",
        14200,
        "search_engine",
        Worked(34),
        steps=[Step(ANNA, Worked(24), "accepted", Worked(21))],
    ),
    Lead(
        "falter",
        "Shop fittings for a stationer's",
        "Lilian Falter",
        "Papeterie Falter",
        7900,
        "newsletter",
        Worked(44),
        steps=[Step(JONAS, Worked(36), "contacted", Worked(33), Worked(29))],
    ),
    # ---- ended one way or another
    Lead(
        "kornhaus",
        "Seminar chairs for a foundation",
        "Elke Kornmann",
        "Kornhaus Stiftung",
        12500,
        "newsletter",
        Moment(26),
        steps=[
            Step(
                ANNA,
                Moment(25),
                "returned",
                Moment(25, 11),
                Moment(24, 13),
                Moment(21, 10),
                reason="not_ready",
                resume_days=24,
            )
        ],
    ),
    Lead(
        "hafen",
        "Office containers for a building site",
        "Piet Hansen",
        "Hafenbau Hansen",
        17300,
        "search_engine",
        Moment(61),
        steps=[
            Step(
                DEMO,
                Moment(60),
                "returned",
                Moment(60, 14),
                Moment(59, 10),
                Moment(56, 15),
                reason="no_budget",
                resume_days=-2,
            )
        ],
    ),
    Lead(
        "mosaik",
        "Counters for a tile shop",
        "Carla Rossi",
        "Mosaik Fliesenhandel",
        5200,
        "linkedin",
        Moment(96),
        steps=[
            Step(
                JONAS,
                Moment(95),
                "returned",
                Moment(94, 10),
                None,
                Moment(94, 11),
                reason="wrong_person",
                resume_days=40,
            )
        ],
    ),
    Lead(
        "domicil",
        "Common rooms for a home for the elderly",
        "Ulrike Sander",
        "Domicil Pflege gGmbH",
        38700,
        "search_engine",
        Moment(41),
        steps=[
            Step(JONAS, Moment(40), "taken_back", closed=Moment(35, 9)),
            Step(ANNA, Moment(35, 10), "contacted", Moment(35, 12), Moment(33, 9)),
        ],
    ),
    Lead(
        "ostwind",
        "Meeting room for a sailing school",
        "Jette Ostermann",
        "Segelschule Ostwind",
        6800,
        "newsletter",
        Moment(76),
        steps=[
            Step(
                DEMO,
                Moment(75),
                "passed_on",
                Moment(75, 13),
                closed=Moment(73, 9),
            ),
            Step(
                JONAS,
                Moment(73, 10),
                "contacted",
                Moment(73, 11),
                Moment(72, 14),
                giver=DEMO,
            ),
        ],
    ),
    Lead(
        "lupe",
        "Laboratory stools",
        "Dr. Miriam Lupe",
        "Optik Lupe OHG",
        4300,
        "linkedin",
        Moment(131),
        steps=[
            Step(
                DEMO,
                Moment(130),
                "lost",
                Moment(129, 9),
                Moment(125, 10),
                Moment(110, 9),
            )
        ],
        lost=True,
    ),
    # ---- mails of people not known yet
    Lead(
        "turnverein",
        "Request for 60 stacking chairs",
        "Pia Lorenz",
        "Turnverein Neustadt",
        3600,
        "search_engine",
        Worked(12),
        user=JONAS,
        question=(
            "Request for 60 stacking chairs",
            (
                "Good day,\nour club house needs 60 chairs that can be stacked. What"
                " do they cost, and how soon can they be here?"
            ),
            12,
        ),
    ),
    Lead(
        "kernbau",
        "Question about sit-stand desks",
        "Moritz Kern",
        "Kern Architektur",
        8800,
        "newsletter",
        Worked(4),
        user=ANNA,
        question=(
            "Question about sit-stand desks",
            (
                "Hello,\nis there a show room where we could try your sit-stand desks?"
                " We are five people and flexible in the week."
            ),
            4,
        ),
    ),
)
WROTE = (
    "Your enquiry",
    (
        "Hello {person},\nthank you for your interest. When may I call you to talk"
        " about what you need?"
    ),
)


# ----------------------------------------------------------------------
# Leads and what was written in them
# ----------------------------------------------------------------------


def leads(customers):
    """The leads that are no deals of the table of customers.

    :param dict customers: by key
    """
    return [lead_record(lead, customers) for lead in LEADS]


def lead_record(lead, customers):
    """One lead."""
    last = lead.steps[-1] if lead.steps else None
    user = lead.user or (last.to if last.state != "returned" else "")
    fields = [
        moment("create_date", lead.date),
        text("type", "lead"),
        text("name", lead.name),
        text("contact_name", lead.person),
        text("partner_name", lead.company),
        text("email_from", lead.email),
        text("expected_revenue", lead.revenue),
        ref("source_id", f"utm.utm_source_{lead.source}"),
        ref("team_id", SALES if user else MARKETING),
    ]
    if lead.customer:
        customer = customers[lead.customer]
        fields[3:6] = [ref("partner_id", customer.persons[0].ref)]
    fields.append(
        ref("user_id", USERS[user][0]) if user else evaluated("user_id", "False")
    )
    if lead.lost:
        fields += [
            text("probability", 0),
            evaluated("active", "False"),
            moment("date_closed", last.closed),
            ref("lost_reason_id", "crm.lost_reason_1"),
        ]
    return record("crm.lead", lead.ref, fields, quiet())


def messages():
    """What strangers ask, and what our people wrote to them."""
    found = []
    for lead in LEADS:
        if lead.question:
            subject, words, hours = lead.question
            writer = [text("email_from", f'"{lead.person}" <{lead.email}>')]
            words = f"{words}\nBest regards, {lead.person}"
            found.append(message(lead, "asks", Worked(hours), subject, words, writer))
        for number, step in enumerate(lead.steps, 1):
            if step.contacted:
                found.append(answer(lead, number, step))
    return found


def answer(lead, number, step):
    """The mail with which a salesperson made contact."""
    _user, partner, name, mailbox = USERS[step.to]
    subject, words = WROTE
    words = words.format(person=lead.person.split()[-2])
    writer = [
        ref("author_id", partner),
        text("email_from", f'"{name}" <{mailbox}@example.com>'),
        text("outgoing_email_to", lead.email),
    ]
    return message(
        lead,
        f"written_{number}",
        step.contacted,
        subject,
        f"{words}\nBest regards, {name}",
        writer,
    )


def message(lead, suffix, when, subject, words, writer):
    """One message in a lead."""
    paragraphs = "".join(f"<p>{line}</p>" for line in words.split("\n"))
    fields = [
        text("model", "crm.lead"),
        ref("res_id", lead.ref),
        moment("date", when),
        text("message_type", "email" if suffix == "asks" else "comment"),
        ref("subtype_id", "mail.mt_comment"),
        text("subject", subject),
        f'        <field name="body"><![CDATA[{paragraphs}]]></field>\n',
        # nobody whom Odoo would take for the author otherwise
        *([evaluated("author_id", "False")] if suffix == "asks" else []),
        *writer,
    ]
    return record("mail.message", f"demo_message_{lead.key}_{suffix}", fields)


# ----------------------------------------------------------------------
# Hand-overs
# ----------------------------------------------------------------------


def all_records(customers, contacts):
    """All that goes into the file of the hand-overs, the oldest first: the last
    one of a lead is the one that counts.

    :param dict customers: by key
    :param dict contacts: the events of each customer, by key
    """
    found = []
    for key, number, user, minutes in DEALS:
        step = step_of_deal(customers[key], number, user, minutes, contacts[key])
        found.append((step, f"{key}_{number}", customers[key].ref))
    for key, number, user in FORGOTTEN:
        age = customers[key].deals[number - 1].age
        step = Step(
            user, Moment(age, 10), "expired", closed=Moment(age, 10).next_day(4)
        )
        found.append((step, f"{key}_{number}", customers[key].ref))
    for lead in LEADS:
        customer = customers[lead.customer].ref if lead.customer else ""
        for step in lead.steps:
            found.append((step, lead.key, customer))
    found.sort(key=lambda entry: entry[0].offered.order)
    return [
        handover(step, f"demo_lead_{key}", f"demo_handover_{key}_{number}", customer)
        for number, (step, key, customer) in enumerate(found, 1)
    ]


def step_of_deal(customer, number, user, minutes, events):
    """What the story of a customer tells about a deal that was handed over."""
    deal = customer.deals[number - 1]
    offered = Moment(deal.age, 9, random.Random(customer.key).choice((5, 20, 40)))
    accepted = offered.later(minutes)
    first = next(
        event.when
        for event in events
        if event.kind in OURS and event.when.order > accepted.order
    )
    states = {"won": "succeeded", "lost": "lost", "open": "contacted"}
    closed = None if deal.outcome == "open" else Moment(deal.closed_age)
    return Step(user, offered, states[deal.outcome], accepted, first, closed)


def handover(step, lead, xmlid, customer):
    """One hand-over, with the deadlines that its teams set."""
    sales = step.giver != MIRA
    fields = [
        ref("lead_id", lead),
        ref("company_id", "base.main_company"),
        ref("from_user_id", USERS[step.giver][0]),
        ref("from_team_id", SALES if sales else MARKETING),
        ref("to_user_id", USERS[step.to][0]),
        ref("to_team_id", SALES),
        text("state", step.state),
        moment("offered_date", step.offered),
        moment("accept_due_date", Due(step.offered, ACCEPT_HOURS)),
        moment("contact_due_date", Due(step.offered, CONTACT_HOURS)),
        moment("expire_due_date", Due(step.offered, 2 * CONTACT_HOURS)),
    ]
    if customer:
        fields.append(ref("customer_id", customer))
    for name in ("accepted", "contacted", "closed"):
        when = getattr(step, name)
        if when:
            fields.append(moment(f"{name}_date", when))
    if step.reason:
        fields.append(ref("return_reason_id", f"return_reason_{step.reason}"))
        day = f"DateTime.today() + timedelta(days={step.resume_days})"
        fields.append(evaluated("resume_date", f"({day}).date()"))
    return record("retention.handover", xmlid, fields)
