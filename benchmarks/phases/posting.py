"""Posting a message to a customer with the suite and without it, in turn."""

import gc
import time
from statistics import median
from unittest.mock import patch

from odoo import sql_db

from ..report import number, ratio
from . import suite

ALLOWED = 1.1
ALLOWED_QUERIES = 2
# Each customer is written to twice, as in a conversation: only the first message
# can end what is due.
CUSTOMERS = 300
BODY = "Here is what we can offer you."


def measure(bench):
    """Return the time and the queries of posting, for all customers together
    and, not judged, for those apart for whom the message ends something."""
    suite.ensure_run(bench.suite)
    suite.rest(bench.suite, bench.plain)
    to_do = _with_open_alert(bench.suite)
    posted = {bench.suite: [], bench.plain: []}
    customers = _leads(bench)
    leads = [*customers, *customers]
    sides = [bench.suite, bench.plain]
    gc.collect()
    gc.disable()
    with _no_mail_server():
        for turn, lead in enumerate(leads):
            for database in sides if turn % 2 else reversed(sides):
                posted[database].append(_post(database, *lead))
    gc.enable()
    turns = range(10, len(leads))
    results = _compare("Message to a customer", posted, bench, turns, ALLOWED)
    ending = {n for n in turns if n < len(customers) and leads[n][0] in to_do}
    for what, some in (
        ("nothing to do", [n for n in turns if n not in ending]),
        ("ending an alert", sorted(ending)),
    ):
        if some:
            what = f"Message to a customer, {what}"
            results += _compare(what, posted, bench, some, None)
    return results


def _no_mail_server():
    """Odoo's own switch: an e-mail is made and counts as sent, but no server
    is spoken to."""
    from odoo.addons.base.models.ir_mail_server import IrMail_Server

    return patch.object(IrMail_Server, "_disable_send", lambda *args: True)


def _compare(what, posted, bench, turns, allowed):
    def middle(database, index):
        return median(posted[database][turn][index] for turn in turns)

    queries = [middle(database, 1) for database in (bench.suite, bench.plain)]
    return [
        ratio(
            f"{what} ({len(turns)} pairs)",
            middle(bench.suite, 0),
            middle(bench.plain, 0),
            allowed,
        ),
        number(
            f"{what}: more queries",
            f"{queries[0]:g}",
            f"{queries[1]:g}",
            queries[0] - queries[1],
            ALLOWED_QUERIES,
        ),
    ]


def _leads(bench):
    """Leads with their salesperson and customer: the same in both databases."""
    return bench.plain.query(
        """
        SELECT l.id, l.user_id, l.partner_id FROM crm_lead l
         WHERE l.active AND l.user_id IS NOT NULL
         ORDER BY hashint4(l.id), l.id LIMIT %s
        """,
        CUSTOMERS,
    )


def _with_open_alert(database):
    return {
        row[0]
        for row in database.query(
            """
            SELECT l.id FROM crm_lead l
              JOIN res_partner person ON person.id = l.partner_id
              JOIN retention_profile p
                ON p.partner_id = person.commercial_partner_id
              JOIN retention_alert a ON a.profile_id = p.id
             WHERE a.state IN ('open', 'snoozed')
            """
        )
    }


def _post(database, lead_id, user_id, partner_id):
    """Post one message as a request would: with its commit, and the e-mail
    that Odoo sends right after it."""
    before = sql_db.sql_counter
    start = time.perf_counter()
    with database.env(user_id) as env:
        env["crm.lead"].browse(lead_id).message_post(
            body=BODY,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=[partner_id],
        )
        env.cr.commit()
    return time.perf_counter() - start, sql_db.sql_counter - before
