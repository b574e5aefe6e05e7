"""Messages wait in the documents of other apps, too."""

import textwrap

import pytest

APPS = ["sale", "project"]

# Documents of one customer, each with somebody else responsible for it.
SETUP = """
    from email.message import EmailMessage
    from itertools import count

    from odoo import Command, fields

    people = {
        name: env["res.users"].create({
            "name": name, "login": name.lower(), "email": f"{name.lower()}@our.example",
            "group_ids": [Command.link(env.ref(group).id) for group in (
                "base.group_user", "sales_team.group_sale_salesman_all_leads",
                "account.group_account_invoice", "project.group_project_user",
            )],
        })
        for name in ("Seller", "Biller", "Maker", "Person")
    }
    customer = env["res.partner"].create(
        {"name": "Azur", "email": "anna@azur.example", "user_id": people["Person"].id}
    )
    profile = env["retention.profile"].create({"partner_id": customer.id})
    product = env["product.product"].create({"name": "Lamp", "list_price": 10})
    project = env["project.project"].create({"name": "Lights"})
    documents = {
        "Seller": env["sale.order"].create({
            "partner_id": customer.id, "user_id": people["Seller"].id,
            "order_line": [Command.create({"product_id": product.id})],
        }),
        "Biller": env["account.move"].create({
            "move_type": "out_invoice", "partner_id": customer.id,
            "invoice_user_id": people["Biller"].id,
            "invoice_line_ids": [Command.create({"name": "Lamp", "price_unit": 10})],
        }),
        "Maker": env["project.task"].create({
            "name": "Hang it", "project_id": project.id, "partner_id": customer.id,
            "user_ids": [Command.set(people["Maker"].ids)],
        }),
    }
    numbers = count()

    def flush():
        env.flush_all()
        env.cr.precommit.run()
        env.flush_all()

    def write_to_customer(record, user):
        message = record.with_user(user).sudo().message_post(
            body="Here you are", partner_ids=customer.ids, message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        flush()
        return message

    def answer_of_customer(message):
        mail = EmailMessage()
        mail["From"] = "Anna <anna@azur.example>"
        mail["To"] = "office@our.example"
        mail["Subject"] = "A question"
        mail["Message-Id"] = f"<{next(numbers)}@azur.example>"
        mail["In-Reply-To"] = message.message_id
        mail.set_content("When can you come?")
        env["mail.thread"].message_process(False, mail.as_string())
        flush()

    def alerts(record, state="open"):
        return env["retention.alert"].search([
            ("kind", "=", "unanswered"), ("res_model", "=", record._name),
            ("res_id", "=", record.id), ("state", "=", state),
        ])
"""

# Somebody else of ours wrote last, and still it is the responsible's.
WAIT = """
    for name, record in documents.items():
        ours = write_to_customer(record, people["Person"])
        answer_of_customer(ours)
        assert alerts(record).user_id == people[name], (record, alerts(record).user_id)
    env["retention.run"]._run_all(commit=False)
    for name, record in documents.items():
        assert alerts(record).user_id == people[name], (record, alerts(record).user_id)
        assert alerts(record).activity_id.res_model == record._name
        assert alerts(record).reason
        write_to_customer(record, people[name])
        assert not alerts(record), record
        assert len(alerts(record, "resolved")) == 1, record
    env["retention.run"]._run_all(commit=False)
    waited = profile.touchpoint_ids.filtered("needs_answer")
    assert len(waited) == 3 and all(waited.mapped("answered_date"))
    assert sorted(waited.answer_user_id.mapped("name")) == ["Biller", "Maker", "Seller"]
"""

# The run finds the same without the hook.
BYPASS = """
    for name, record in documents.items():
        answer_of_customer(write_to_customer(record, people["Person"]))
    before = {record: alerts(record).user_id for record in documents.values()}
    env.cr.execute(
        "DELETE FROM retention_alert; DELETE FROM retention_touchpoint;"
        "UPDATE retention_watermark SET confirmed_id = 0 WHERE name <> 'run'"
    )
    env.invalidate_all()
    env["retention.run"]._run_all(commit=False)
    assert before == {record: alerts(record).user_id for record in documents.values()}
    assert [user.name for user in before.values()] == list(documents), before
"""

# Who is responsible by now has it, and nobody who left does.
MOVES = """
    order, _invoice, task = documents.values()
    for record in (order, task):
        answer_of_customer(write_to_customer(record, people["Person"]))
    order.user_id = people["Maker"]
    task.user_ids = people["Seller"] | people["Maker"]
    people["Seller"].active = False
    flush()
    env["retention.run"]._run_all(commit=False)
    assert alerts(order).user_id == people["Maker"]
    assert alerts(task).user_id == people["Maker"]
    order.user_id = False
    flush()
    env["retention.run"]._run_all(commit=False)
    assert alerts(order).user_id == people["Person"]
"""


@pytest.fixture(scope="module")
def db(base_copy):
    """A database with the suite, quotations, invoices and tasks."""
    with base_copy("apps") as own:
        own.install(["retention_suite", *APPS])
        yield own


@pytest.mark.parametrize("script", [WAIT, BYPASS, MOVES], ids=["wait", "run", "moves"])
def test_messages_wait_for_who_is_responsible(db, tmp_path, script):
    """Nothing is committed, so that each script finds the database as it was."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SETUP) + textwrap.dedent(script))
    db.shell(path, what="the script")
