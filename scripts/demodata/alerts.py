"""The To do list of the demo: what the first run raises, and what became of it."""

from xml.sax.saxutils import escape

from .records import USERS, evaluated, profile, record, ref, text

READ_HISTORY = """
    <!-- The customers and what is known of them, so that contacts can be logged. -->
    <function model="retention.profile" name="_sync_customers">
        <value eval="[]" />
        <value model="res.company" eval="obj(ref('base.main_company'))" />
    </function>
    <function model="retention.run" name="_step_history" eval="[[], None]" />
    <function model="retention.run" name="_step_measures" eval="[[], None]" />
"""
RUN = """
    <!-- The first run. It commits nothing: it is part of the installation. -->
    <function model="retention.run" name="_run_all" eval="[[], False]" />
"""
ESCALATE = """
    <function model="retention.alert" name="_escalate" eval="[[]]" />
"""
# customer, raised so many days ago, to be answered so many days later
ESCALATED = (("orchard", 44, 14), ("brandt", 32, 14))
LATE = (("iberia", 24, 14), ("delta", 20, 14))
YOUNGER = (("alpenblick", 11, 14), ("pilgrim", 9, 14), ("nordlicht", 3, 5))
# customer, where somebody moved it, why
MOVED = (
    ("bergmann", "ambassador", "Recommended us to two neighbours"),
    ("seeblick", "ambassador", "Shows our rooms to other clinics"),
    ("lindqvist", "recovered", "Came back after a year with another supplier"),
    ("falkenstein", "lost", "The brewery closes at the end of the year"),
)


def call(name, customer, *values, state="open"):
    """Call a method of the customer's alert."""
    found = (
        f"[('profile_id.partner_id', '=', ref('{customer.ref}')),"
        f" ('state', '=', '{state}')]"
    )
    lines = [
        f'    <function model="retention.alert" name="{name}">',
        f'        <value model="retention.alert" search="{found}" />',
        *(f'        <value eval="{value}" />' for value in values),
        "    </function>\n",
    ]
    return "\n".join(lines)


def backdate(customer, days, answer_days):
    """As if the alert had been raised some days ago."""
    return call(
        "write",
        customer,
        "{"
        f"'date': DateTime.today() - timedelta(days={days}),"
        f" 'deadline_date': DateTime.today() - timedelta(days={days - answer_days})"
        "}",
    )


def snooze(customer, days):
    """Let the alert rest."""
    until = f"(DateTime.today() + timedelta(days={days})).date()"
    return call("_snooze", customer, until)


def dismiss(customer, reason):
    """Close the alert without a contact."""
    by_whom = f"{{'close_user_id': ref('{USERS[customer.user][0]}')}}"
    return call("_close", customer, "'dismissed'", f"'{reason}'") + call(
        "write", customer, by_whom, state="dismissed"
    )


def moved(customer, stage, note):
    """A person moves the customer to another stage of the journey."""
    found = f"[('partner_id', '=', ref('{customer.ref}'))]"
    context = escape(f"{{'retention_note': '{note}'}}")
    return (
        '    <function model="retention.profile" name="write"'
        f' uid="{USERS[customer.user][0]}" context="{context}">\n'
        f'        <value model="retention.profile" search="{found}" />\n'
        f"        <value eval=\"{{'journey_stage_id': ref('journey_stage_{stage}')}}\""
        " />\n    </function>\n"
    )


def answered(customer, pause):
    """An alert of the past that a call brought to an end."""
    before, end, every = pause
    agreed = min(90, max(21, 2 * every))
    user = USERS[customer.user][0]
    fields = [
        profile(customer),
        ref("company_id", "base.main_company"),
        text("kind", "contact_gap"),
        ref("policy_id", "contact_policy_rhythm"),
        ref("user_id", user),
        evaluated("date", before.when.day_expression(agreed)),
        evaluated("deadline_date", before.when.day_expression(agreed + 14)),
        text("agreed_days", agreed),
        evaluated("last_contact_date", before.when.expression()),
        evaluated("base_date", before.when.day_expression()),
        text("priority_score", 100),
        text("state", "resolved"),
        evaluated("close_date", end.when.expression()),
        ref("close_user_id", user),
        (
            '        <field name="touchpoint_id"'
            f" search=\"[('activity_id', '=', ref('{end.ref}'))]\" />\n"
        ),
    ]
    return record("retention.alert", f"demo_alert_{customer.key}", fields)


def all_records(customers, pauses):
    """All that goes into the file of the alerts.

    :param dict customers: by key
    :param list pauses: of (customer, pause)
    """
    steps = [RUN]
    steps += [backdate(customers[key], *days) for key, *days in ESCALATED]
    steps.append(ESCALATE)
    steps += [backdate(customers[key], *days) for key, *days in LATE + YOUNGER]
    steps.append(snooze(customers["schneider"], 10))
    steps.append(
        dismiss(customers["falkenstein"], "The brewery closes at the end of the year")
    )
    steps += [moved(customers[key], *move) for key, *move in MOVED]
    steps += [answered(customer, pause) for customer, pause in pauses]
    return steps
