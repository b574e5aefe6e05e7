"""The To do list of the demo: what the first run raises, and what became of it."""

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
CHECK_RISK = """
    <!-- Whether the risk has told who left: half a year is too short to say. -->
    <record id="demo_risk_backtest" model="retention.risk.backtest" />
    <function model="retention.risk.backtest" name="action_compute">
        <value model="retention.risk.backtest" eval="[ref('demo_risk_backtest')]" />
    </function>
"""
ESCALATE = """
    <function model="retention.alert" name="_escalate" eval="[[]]" />
"""
# customer, raised so many days ago, to be answered so many days later
ESCALATED = (("orchard", 44, 14), ("brandt", 32, 14))
LATE = (("iberia", 24, 14), ("delta", 20, 14))
YOUNGER = (("alpenblick", 11, 14), ("pilgrim", 9, 14), ("nordlicht", 3, 5))


def call(name, customer, *values, state="open"):
    """Call a method of the alert of a customer's contact gap."""
    found = (
        f"[('profile_id.partner_id', '=', ref('{customer.ref}')),"
        f" ('kind', '=', 'contact_gap'), ('state', '=', '{state}')]"
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
    steps = [RUN, CHECK_RISK]
    steps += [backdate(customers[key], *days) for key, *days in ESCALATED]
    steps.append(ESCALATE)
    steps += [backdate(customers[key], *days) for key, *days in LATE + YOUNGER]
    steps.append(snooze(customers["schneider"], 10))
    steps.append(
        dismiss(customers["sonnenhang"], "The owner rings when the next room is due")
    )
    steps += [answered(customer, pause) for customer, pause in pauses]
    return steps
