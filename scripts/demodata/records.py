"""Writes events and customers as Odoo's XML."""

from xml.sax.saxutils import escape, quoteattr

HEADER = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- Written by scripts/make_demo.py: change that, not this. -->
<odoo noupdate="1">
"""
# user, partner, name, e-mail address
USERS = {
    "admin": ("base.user_admin", "base.partner_admin", "Mitchell Admin", "admin"),
    "demo": ("base.user_demo", "base.partner_demo", "Marc Demo", "mark.brown23"),
    "anna": ("demo_user_anna", "demo_partner_anna", "Anna Berg", "anna.berg"),
    "jonas": ("demo_user_jonas", "demo_partner_jonas", "Jonas Weber", "jonas.weber"),
    "mira": ("demo_user_mira", "demo_partner_mira", "Mira Lang", "mira.lang"),
}
# Nobody is notified, and nothing is said in the chatter.
QUIET = (
    "{'tracking_disable': True, 'mail_create_nosubscribe': True,"
    " 'mail_activity_quick_update': True}"
)
QUIET_MEETING = (
    "{'tracking_disable': True, 'no_mail_to_attendees': True, 'dont_notify': True,"
    " 'skip_contact_description': True}"
)
MODELS = {"lead": "crm.lead", "partner": "res.partner"}
MODEL_REFS = {"lead": "crm.model_crm_lead", "partner": "base.model_res_partner"}


def document(parts):
    """A whole file."""
    return HEADER + "".join(parts) + "</odoo>\n"


def text(name, value):
    """A field with a text, or a number."""
    if isinstance(value, int):
        return evaluated(name, str(value))
    return f'        <field name="{name}">{escape(str(value))}</field>\n'


def ref(name, xmlid):
    """A field that names a record."""
    return f'        <field name="{name}" ref="{xmlid}" />\n'


def evaluated(name, expression):
    """A field with an expression."""
    return f'        <field name="{name}" eval={quoteattr(expression)} />\n'


def moment(name, when):
    """A field with a point in time."""
    model = getattr(when, "model", "")
    attribute = f' model="{model}"' if model else ""
    expression = quoteattr(when.expression())
    return f'        <field name="{name}"{attribute} eval={expression} />\n'


def record(model, xmlid, fields, attributes=""):
    """One record."""
    attributes = f" {attributes}" if attributes else ""
    return (
        f'    <record id="{xmlid}" model="{model}"{attributes}>\n'
        f"{''.join(fields)}    </record>\n"
    )


def link(xmlid):
    """The command that links a record."""
    return f"Command.link(ref('{xmlid}'))"


# ----------------------------------------------------------------------
# Customers
# ----------------------------------------------------------------------


def partners(customer):
    """The company and its people."""
    if not customer.place:
        return []
    country, _, rest = customer.place.partition(" ")
    town, street, phone = rest.split(", ", 2)
    code, city = split_town(town)
    company = [
        text("name", customer.name),
        evaluated("is_company", "True"),
        text("street", street),
        text("zip", code),
        text("city", city),
        ref("country_id", f"base.{country}"),
        text("phone", phone),
        text("email", f"info@{customer.domain}"),
        text("website", f"https://www.{customer.domain}"),
    ]
    if customer.user:
        company.append(ref("user_id", USERS[customer.user][0]))
    if customer.tags:
        tags = ", ".join(link(f"demo_category_{tag}") for tag in customer.tags)
        company.append(evaluated("category_id", f"[{tags}]"))
    records = [record("res.partner", customer.ref, company, quiet())]
    for person in customer.persons:
        fields = [
            text("name", person.name),
            ref("parent_id", customer.ref),
            text("function", person.function),
            text("email", person.email),
        ]
        records.append(record("res.partner", person.ref, fields, quiet()))
    return records


def split_town(town):
    """Return ``(postal code, city)``: the code is all up to the last digit."""
    words = town.split()
    last = max(i for i, word in enumerate(words) if any(map(str.isdigit, word)))
    return " ".join(words[: last + 1]), " ".join(words[last + 1 :])


def quiet(context=QUIET):
    """The attribute that keeps Odoo from notifying anybody."""
    return f'context="{context}"'


def leads(customer, moment):
    """The customer's leads; ``moment`` makes one of an age."""
    records = []
    for number, deal in enumerate(customer.deals, 1):
        fields = [
            evaluated("create_date", moment(deal.age).expression()),
            text("type", "opportunity"),
            text("name", deal.name),
            ref("partner_id", customer.ref),
            text("expected_revenue", deal.revenue),
            ref("team_id", "sales_team.team_sales_department"),
        ]
        if customer.user:
            fields.append(ref("user_id", USERS[customer.user][0]))
        else:
            fields.append(evaluated("user_id", "False"))
        if deal.outcome == "open":
            fields.append(ref("stage_id", "crm.stage_lead2"))
        else:
            closed = moment(deal.closed_age).expression()
            fields.append(evaluated("date_closed", closed))
        if deal.outcome == "won":
            fields += [ref("stage_id", "crm.stage_lead4"), text("probability", 100)]
        elif deal.outcome == "lost":
            fields += [
                ref("stage_id", "crm.stage_lead3"),
                text("probability", 0),
                evaluated("active", "False"),
                ref("lost_reason_id", "crm.lost_reason_1"),
            ]
        kind = "order" if deal.is_order else "lead"
        xmlid = f"demo_{kind}_{customer.key}_{number}"
        records.append(record("crm.lead", xmlid, fields, quiet()))
    return records


# ----------------------------------------------------------------------
# Events
# ----------------------------------------------------------------------


def message(customer, event):
    """A message, with the notification that took it to the customer."""
    is_ours = event.kind in ("mail_out", "newsletter", "notice")
    fields = [
        text("model", MODELS[event.place]),
        ref("res_id", customer.lead if event.place == "lead" else customer.ref),
        moment("date", event.when),
        text("message_type", message_type(event)),
        ref("subtype_id", "mail.mt_comment"),
        text("subject", event.subject),
        f'        <field name="body"><![CDATA[{body(event)}]]></field>\n',
        *author(event, is_ours),
    ]
    if event.parent:
        fields.append(ref("parent_id", event.parent.ref))
    if is_ours:
        fields.append(
            evaluated(
                "notification_ids",
                f"[Command.create({{'res_partner_id': ref('{event.person.ref}'),"
                " 'notification_type': 'email', 'notification_status': 'sent'})]",
            )
        )
    if event.needs_no_answer:
        fields.append(moment("retention_no_answer_date", event.when.later(30)))
    if event.kind == "absence":
        fields.append(evaluated("retention_automated", "True"))
    return record("mail.message", event.ref, fields)


def message_type(event):
    """How Odoo would have recorded it."""
    types = {
        "mail_out": "comment",
        "newsletter": "email_outgoing",
        "notice": "notification",
    }
    return types.get(event.kind, "email")


def author(event, is_ours):
    """Who wrote it."""
    if event.kind == "notice":
        return [ref("author_id", "base.partner_root")]
    if is_ours:
        _user, partner, name, mailbox = USERS[event.user]
        return [
            ref("author_id", partner),
            text("email_from", f'"{name}" <{mailbox}@example.com>'),
        ]
    return [
        ref("author_id", event.person.ref),
        text("email_from", f'"{event.person.name}" <{event.person.email}>'),
    ]


def body(event):
    """The text as HTML, with names filled in and signed."""
    us = USERS[event.user][2]
    person = event.person.name
    words = event.text.format(us=us.split()[0], person=greeting(person))
    paragraphs = words.split("\n")
    if event.kind == "mail_in":
        paragraphs.append(f"Best regards, {person}")
    elif event.kind == "mail_out":
        paragraphs.append(f"Best regards, {us}")
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def greeting(name):
    """How a person is addressed."""
    if name.startswith(("Dr. ", "Prof. ")):
        return f"{name.split()[0]} {name.split()[-1]}"
    return name.split()[0]


def activity(customer, event):
    """A call or visit that was marked as done."""
    kind = "call" if event.kind == "call" else "meeting"
    day = event.when.day_expression()
    fields = [
        ref("res_model_id", MODEL_REFS[event.place]),
        ref("res_id", customer.lead if event.place == "lead" else customer.ref),
        ref("activity_type_id", f"mail.mail_activity_data_{kind}"),
        text("summary", event.subject),
        text("feedback", event.text),
        ref("user_id", USERS[event.user][0]),
        evaluated("date_deadline", day),
        evaluated("date_done", day),
        evaluated("active", "False"),
    ]
    return record("mail.activity", event.ref, fields, quiet())


def meeting(customer, event):
    """A meeting in the calendar."""
    user, partner, _name, _mailbox = USERS[event.user]
    fields = [
        text("name", f"{event.subject}: {customer.name}"),
        ref("user_id", user),
        evaluated("start", event.when.expression()),
        evaluated("stop", event.when.expression(event.minutes)),
        evaluated("partner_ids", f"[{link(partner)}, {link(event.person.ref)}]"),
    ]
    return record("calendar.event", event.ref, fields, quiet(QUIET_MEETING))


def logged(customer, event):
    """A contact that somebody entered by hand."""
    fields = [
        profile(customer),
        ref("partner_id", event.person.ref),
        evaluated("date", event.when.expression()),
        text("channel", event.channel),
        text("direction", event.direction),
        text("purpose", event.purpose),
        ref("user_id", USERS[event.user][0]),
        text("summary", event.subject),
    ]
    # with the rights of who logged it, who may take it back then
    uid = f'uid="{USERS[event.user][0]}"'
    return record("retention.touchpoint", event.ref, fields, uid)


def profile(customer):
    """The field that names the customer's relationship."""
    return (
        '        <field name="profile_id"'
        f" search=\"[('partner_id', '=', ref('{customer.ref}'))]\" />\n"
    )


WRITERS = {"call": activity, "visit": activity, "meeting": meeting, "logged": logged}


def of_event(customer, event):
    """Return ``(model, record)`` for an event."""
    writer = WRITERS.get(event.kind, message)
    models = {activity: "mail_activity", meeting: "calendar_event"}
    models[logged] = "retention_touchpoint"
    return models.get(writer, "mail_message"), writer(customer, event)
