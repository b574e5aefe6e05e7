"""Uninstalling leaves nothing behind, and the suite can come back."""

import textwrap

import pytest

# What is there of the suite, by the words of the database itself.
TRACES = {
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conname FROM pg_constraint",
    "functions": "SELECT proname FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace",
    "crons": "SELECT cron_name FROM ir_cron",
    "menus": "SELECT name->>'en_US' FROM ir_ui_menu",
    "groups": "SELECT name->>'en_US' || id FROM res_groups",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "views": "SELECT id::text FROM ir_ui_view",
    "rules": "SELECT name FROM ir_rule",
    "parameters": "SELECT key FROM ir_config_parameter",
    "sources": "SELECT name FROM utm_source",
    "media": "SELECT name FROM utm_medium",
}
OWN_DATA = "SELECT COUNT(*) FROM ir_model_data WHERE module = 'retention_suite'"
ACTIVITIES = "SELECT COUNT(*) FROM mail_activity WHERE active"

# A customer who has not been spoken to, an alert and its activity, and a friend to
# whom the customer recommends us.
USE = """
    customer = env["res.partner"].create({"name": "Azur", "is_company": True})
    env["crm.lead"].create({
        "name": "Lamps", "type": "opportunity", "partner_id": customer.id,
        "user_id": env.ref("base.user_admin").id,
    })
    friend = env["crm.lead"].create({"name": "Friend"})
    link = env["retention.referral.link"]._of(
        customer, env.ref("retention_suite.referral_program_default")
    )
    referral = env["retention.referral"]._receive(customer, lead=friend, link=link)
    referral._thank("call", "Told them")
    env["retention.run"]._run_all()
    profile = env["retention.profile"].search([("partner_id", "=", customer.id)])
    env.cr.execute(
        "UPDATE retention_profile SET start_date = start_date - interval '1 year',"
        " refresh_date = CURRENT_DATE"
    )
    env.invalidate_all()
    env["retention.run"]._run_all()
    assert profile.open_alert_ids.activity_id, "the alert should have its activity"
    env.cr.commit()
"""
UNINSTALL = """
    module = env["ir.module.module"].search([("name", "=", "retention_suite")])
    module.button_immediate_uninstall()
    env.cr.commit()
"""


@pytest.fixture
def db(base_copy):
    """A database with the suite, and the traces there were without it."""
    with base_copy("uninstall") as own:
        own.before = traces(own)
        own.install(["retention_suite"])
        yield own


def traces(db):
    """The rows of each query."""
    return {
        name: set(db.cluster.sql(query, db.name).splitlines())
        for name, query in TRACES.items()
    }


def shell(db, tmp_path, script):
    """Run a script in Odoo's shell."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(script))
    db.shell(path, what="the script")


def test_uninstalling_leaves_nothing_and_installing_works_again(db, tmp_path):
    assert traces(db)["models"] - db.before["models"]
    shell(db, tmp_path, USE)
    assert db.cluster.sql(ACTIVITIES, db.name) == "1"
    shell(db, tmp_path, UNINSTALL)
    after = traces(db)
    left = {name: after[name] - db.before[name] for name in TRACES}
    assert left == {name: set() for name in TRACES}
    assert db.cluster.sql(OWN_DATA, db.name) == "0"
    assert db.cluster.sql(ACTIVITIES, db.name) == "0"
    db.install(["retention_suite"])
    shell(db, tmp_path, USE.replace("Azur", "Azur again"))
