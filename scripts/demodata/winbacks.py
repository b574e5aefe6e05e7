"""Writes the win-back cases, their plays and who took part in them."""

from .cases import (
    COMPETITORS,
    NO_MAILS,
    PLAYS,
    VOUCHER_PLAY,
    WAKE_PLAY,
    WOKEN,
    WOKEN_AGE,
    all_cases,
)
from .events import Moment
from .former import PLAY_AGE, PLAY_DAYS, SMALL
from .journeys import Night
from .records import USERS, evaluated, moment, profile, record, ref, text

QUIET = "context=\"{'tracking_disable': True}\""
# The company's own figures, as in its settings.
MARGIN, DISCOUNT, LOYALTY_MONTHS = 0.3, 0.1, 6


def retention_rate(customers):
    """The share of the customers of the year before last who bought again, as the
    suite finds it from the purchases."""
    before = again = 0
    for customer in customers:
        ages = [d.closed_age for d in customer.deals if d.outcome == "won"]
        if any(age > 365 for age in ages):
            before += 1
            again += any(age <= 365 for age in ages)
    return round(again / before, 3)


def worth(customer, age, rate):
    """What the relationship would be worth again, as of an age.

    :param float rate: the share of customers who buy again
    """
    bought = [
        (d.closed_age, d.revenue)
        for d in customer.deals
        if d.outcome == "won" and d.closed_age > age
    ]
    last = min((day for day, _amount in bought), default=0)
    year = sum(amount for day, amount in bought if day < last + 365)
    return round(year * MARGIN * rate / (1 + DISCOUNT - rate))


# ----------------------------------------------------------------------
# Odoo's XML
# ----------------------------------------------------------------------


def all_records(customers):
    """All that goes into the file of the win-backs.

    :param dict customers: by key
    """
    rate = retention_rate(customers.values())
    found = [
        record("retention.competitor", f"demo_competitor_{key}", [text("name", name)])
        for key, name in COMPETITORS
    ]
    found += [play(*line) for line in PLAYS]
    cases = all_cases()
    for case in cases:
        customer = customers[case.key]
        age = case.opened or case.cancelled
        found.append(case_record(case, customer, worth(customer, age, rate)))
    found += [todo(case, customers[case.key]) for case in cases if case.todo]
    found += members(cases, customers)
    found.append(record("mail.blacklist", "demo_blacklist_1", [no_mails(customers)]))
    found += [sending(case, customers[case.key]) for case in cases if case.message]
    found.append(LEAVING)
    return found


def days_ago(days, hour=0):
    """A day in Odoo's XML, which may come. Only for the last days: what is older
    goes by weeks, as all of the demo."""
    clock = f" + timedelta(hours={hour})" if hour else ""
    return f"DateTime.today() - timedelta(days={days}){clock}"


def day(name, age):
    """A field with a day."""
    if age >= 7:
        return evaluated(name, Night(age).day_expression())
    return evaluated(name, f"({days_ago(age)}).date()")


def case_record(case, customer, value):
    """One case."""
    fields = [
        profile(customer),
        text("kind", case.kind),
        text("step", case.step),
        ref("user_id", USERS[customer.user or "admin"][0]),
        text("value", value),
        text("chance", case.chance),
    ]
    if case.opened:
        fields.append(moment("open_date", Night(case.opened, 8)))
    else:
        fields.append(evaluated("open_date", days_ago(case.cancelled, 9)))
    if case.reason:
        own = "" if "." in case.reason else "lost_reason_"
        fields.append(ref("reason_id", f"{own}{case.reason}"))
    if case.competitor:
        fields.append(ref("competitor_id", f"demo_competitor_{case.competitor}"))
    if case.play:
        fields.append(ref("play_id", case.play))
        fields.append(moment("start_date", Night(case.started, 9)))
    if case.offer:
        fields.append(text("offer", case.offer))
        fields.append(text("offer_cost", case.cost))
    fields += cancellation(case, customer) + ending(case)
    return record("retention.winback", case.ref, fields, QUIET)


def cancellation(case, customer):
    """What is known of a cancellation."""
    if not case.cancelled:
        return []
    fields = [
        day("cancel_date", case.cancelled),
        day("end_date", case.end),
        ref("cancel_partner_id", customer.persons[0].ref),
        text("notice_days", case.notice),
    ]
    if case.wish:
        fields.append(text("wish", case.wish))
    if case.withdrawn:
        fields.append(evaluated("is_withdrawn", "True"))
    elif case.has_left:
        fields.append(evaluated("has_left", "True"))
    return fields


def ending(case):
    """How it ended."""
    if not case.result:
        return []
    # won with the purchase, which is made on a working day
    closed = Moment(case.closed) if case.result == "won" else Night(case.closed, 13)
    fields = [
        text("result", case.result),
        text("result_note", case.note),
        moment("close_date", closed),
    ]
    if case.result == "won":
        until = f"({closed.value()} + relativedelta(months={LOYALTY_MONTHS})).date()"
        fields.append(evaluated("loyalty_until", until))
        if case.dealt:
            fields.append(evaluated("is_cause_dealt", "True"))
        if case.closed > 30 * LOYALTY_MONTHS + 7:
            fields.append(evaluated("is_watch_over", "True"))
    return fields


def todo(case, customer):
    """What is to be done in a case."""
    summary, days = case.todo
    fields = [
        ref("res_model_id", "model_retention_winback"),
        ref("res_id", case.ref),
        ref("activity_type_id", "mail.mail_activity_data_call"),
        text("summary", summary),
        evaluated("date_deadline", f"({days_ago(-days)}).date()"),
        ref("user_id", USERS[customer.user or "admin"][0]),
    ]
    context = "context=\"{'mail_activity_quick_update': True}\""
    return record("mail.activity", f"demo_activity_{case.ref[5:]}", fields, context)


def play(key, name, kind, plan, holdout, offer, cost, days):
    """A play."""
    fields = [
        text("name", name),
        text("kind", kind),
        ref("activity_plan_id", plan),
        text("holdout_share", holdout),
        text("offer", offer),
        text("offer_cost", cost),
        text("success_days", days),
        text("sequence", 25),
    ]
    return record("retention.play", f"demo_play_{key}", fields)


def members(cases, customers):
    """Who took part in the plays. What became of them is found by the first run,
    from what they bought."""
    found = [
        member(case.play, customers[case.key], case.started, case=case)
        for case in cases
        if case.play
    ]
    found += [
        member(VOUCHER_PLAY, customers[small.key], PLAY_AGE)
        for small in SMALL
        if not small.addressed
    ]
    found += [
        member(WAKE_PLAY, customers[key], WOKEN_AGE)
        for key, group in WOKEN
        if group == "left_out"
    ]
    return found


def member(xmlid, customer, age, case=None):
    """One customer of a play: of a case, or left out."""
    start = Night(age, 9)
    name = xmlid
    fields = [
        ref("play_id", name),
        profile(customer),
        ref("company_id", "base.main_company"),
        text("group", "treated" if case else "left_out"),
        text("state", "running"),
        moment("enlist_date", start),
        moment("start_date", start),
        evaluated(
            "end_date",
            f"{start.value()} + timedelta(days={PLAY_DAYS})",
        ),
    ]
    if case:
        fields += [ref("case_id", case.ref), text("cost", case.cost)]
    suffix = f"_{case.number}" if case and case.number > 1 else ""
    short = name.removeprefix("demo_")
    return record(
        "retention.play.member",
        f"demo_member_{short}_{customer.key}{suffix}",
        fields,
    )


def no_mails(customers):
    """The address of who wants no e-mails."""
    return text("email", f"info@{customers[NO_MAILS].domain}")


def sending(case, customer):
    """The message of a play, which went to the customer or not."""
    planned = Night(case.started, 9)
    fields = [
        ref("case_id", case.ref),
        profile(customer),
        ref("company_id", "base.main_company"),
        ref("play_id", case.play),
        ref("template_id", "mail_template_wake_up"),
        ref("partner_id", customer.ref),
        moment("planned_date", planned),
    ]
    if case.message == "sent":
        fields += [text("state", "sent"), moment("sent_date", planned.later(40))]
    else:
        fields += [text("state", "held"), text("reason", case.message)]
    xmlid = f"demo_sending_{case.key}"
    return record("retention.play.sending", xmlid, fields)


# Who has cancelled and has days left is at risk until then.
LEAVING = """
    <function model="retention.winback" name="_move_at_risk">
        <value
            model="retention.winback"
            eval="[ref('demo_winback_brandt'), ref('demo_winback_schneider')]"
        />
    </function>
"""
