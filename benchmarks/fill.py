"""Filling a database with customers and messages, by SQL alone.

Nothing is left to chance: whatever looks random follows from the id. Message
``i`` of a database is

- from a customer if ``i % 4 = 0``,
- from us to a customer, with its notification, if ``i % 4 = 1``,
- noise otherwise: tracked changes, notes, messages among colleagues.
"""

from odoo import Command
from odoo.tools import SQL

# So many have full pages in their lists of customers.
SALESPEOPLE, FEW_SALESPEOPLE = 10, 4
MONTHS = 18
BODY = "<p>" + "As we said on the phone, here is what we can offer you. " * 5 + "</p>"


def fill(database, size):
    """Fill a database that has Odoo's modules and no data.

    :param size: numbers of ``customers`` and ``messages``
    """
    with database.env() as env:
        few = size.customers < 10_000
        users = _make_salespeople(env, FEW_SALESPEOPLE if few else SALESPEOPLE)
        subtypes, _internal, _external = env["mail.message.subtype"].default_subtypes(
            "crm.lead"
        )
        cr = env.cr
        # the statements below are the database's work, not what is measured
        cr.execute("SET LOCAL work_mem = '256MB'")
        cr.execute(CHANCE)
        values = {
            "customers": size.customers,
            "messages": size.messages,
            "users": users.ids,
            "months": MONTHS,
            "body": BODY,
            "team": env["crm.team"].search([], limit=1).id,
            "stage": env["crm.stage"].search([], limit=1).id,
            "company": env.company.id,
            "followed": subtypes.ids,
            "comment": env.ref("mail.mt_comment").id,
            "note": env.ref("mail.mt_note").id,
            "change": env.ref("crm.mt_lead_stage").id,
            "field": env["ir.model.fields"]._get("crm.lead", "stage_id").id,
        }
        for statement in STATEMENTS:
            cr.execute(SQL(statement, **values))
        for table in TABLES:
            cr.execute(
                SQL(
                    "SELECT setval(%s, (SELECT MAX(id) FROM %s))",
                    f"{table}_id_seq",
                    SQL.identifier(table),
                )
            )


def _make_salespeople(env, count):
    """Every other one sees own documents only."""
    own = env.ref("sales_team.group_sale_salesman")
    every = env.ref("sales_team.group_sale_salesman_all_leads")
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Salesperson {n:02}",
                    "login": f"salesperson{n:02}",
                    "email": f"salesperson{n:02}@company.example",
                    "group_ids": [Command.set((every if n % 2 else own).ids)],
                }
                for n in range(count)
            ]
        )
    )
    team = env["crm.team"].search([], limit=1)
    team.write({"user_id": env.ref("base.user_admin").id, "member_ids": users.ids})
    return users


# Between 0 and 1, the same for the same numbers.
CHANCE = """
CREATE FUNCTION pg_temp.chance(i bigint, seed int) RETURNS float8 IMMUTABLE
LANGUAGE sql AS
$$ SELECT (hashint8extended(i, seed) & 1073741823) / 1073741824.0::float8 $$
"""

# Who is who, to be joined by its number. Two in five customers have a contact
# of their own, a few have nobody responsible.
CUSTOMERS = """
CREATE TEMP TABLE customer ON COMMIT DROP AS
SELECT i, 1000 + i AS partner_id,
       CASE WHEN i %% 5 < 2 THEN 1000 + %(customers)s + i END AS contact_id,
       1000 + i AS lead_id, u.id AS user_id, u.partner_id AS seller_id,
       pg_temp.chance(i, 1) < 0.05 AS unassigned,
       now() AT TIME ZONE 'UTC' - make_interval(months => %(months)s)
           * (0.5 + pg_temp.chance(i, 2)) AS create_date
  FROM generate_series(1, %(customers)s) i
  JOIN res_users u
    ON u.id = (%(users)s::int[])[1 + i %% array_length(%(users)s::int[], 1)]
"""

PARTNERS = """
INSERT INTO res_partner (
       id, name, complete_name, commercial_company_name, is_company, parent_id,
       commercial_partner_id, active, type, lang, color, email, email_normalized,
       phone, partner_share, user_id, create_uid, create_date, write_uid, write_date)
SELECT partner_id, 'Customer ' || i, 'Customer ' || i, 'Customer ' || i, TRUE,
       NULL::int, partner_id, TRUE, 'contact', 'en_US', 0,
       'info@customer' || i || '.example', 'info@customer' || i || '.example',
       '+49 30 ' || (1000000 + i), TRUE,
       CASE WHEN pg_temp.chance(i, 3) < 0.25 AND NOT unassigned THEN user_id END,
       1, create_date, 1, create_date
  FROM customer
 UNION ALL
SELECT contact_id, 'Person ' || i, 'Customer ' || i || ', Person ' || i,
       'Customer ' || i, FALSE, partner_id,
       partner_id, TRUE, 'contact', 'en_US', 0,
       'person@customer' || i || '.example', 'person@customer' || i || '.example',
       NULL, TRUE, NULL, 1, create_date, 1, create_date
  FROM customer WHERE contact_id IS NOT NULL
 ORDER BY 1
"""

# Seven in ten are open, the others lost or won in equal parts.
LEADS = """
INSERT INTO crm_lead (
       id, name, type, active, won_status, probability, automated_probability,
       priority, color, expected_revenue, partner_id, email_from,
       user_id, team_id, company_id, stage_id, date_open, date_last_stage_update,
       create_uid, create_date, write_uid, write_date)
SELECT lead_id, 'Request of customer ' || i,
       CASE WHEN i %% 5 = 0 THEN 'lead' ELSE 'opportunity' END,
       fate >= 0.15, CASE WHEN fate < 0.15 THEN 'lost' WHEN fate < 0.3 THEN 'won'
                          ELSE 'pending' END,
       CASE WHEN fate < 0.15 THEN 0 WHEN fate < 0.3 THEN 100 ELSE 20 END, 20,
       (i %% 4)::text, 0,
       round((100 + 100000 * power(pg_temp.chance(i, 5), 4))::numeric),
       COALESCE(contact_id, partner_id), 'info@customer' || i || '.example',
       CASE WHEN NOT unassigned THEN user_id END, %(team)s,
       CASE WHEN i %% 3 > 0 THEN %(company)s END, %(stage)s, create_date, create_date,
       1, create_date, 1, create_date
  FROM (SELECT *, pg_temp.chance(i, 4) AS fate FROM customer) customer
"""

# As Odoo does when it gives a lead to somebody. Odoo asks for the followers with each
# message: with none, how it does so would depend on when PostgreSQL last counted them.
FOLLOWERS = """
INSERT INTO mail_followers (id, res_model, res_id, partner_id)
SELECT 1000 + i, 'crm.lead', lead_id, seller_id FROM customer WHERE NOT unassigned
 ORDER BY i
"""

FOLLOWED = """
INSERT INTO mail_followers_mail_message_subtype_rel (
       mail_followers_id, mail_message_subtype_id)
SELECT f.id, s.id FROM mail_followers f CROSS JOIN unnest(%(followed)s) AS s (id)
 WHERE f.id > 1000
 ORDER BY f.id, s.id
"""

# A few customers write and are written to much more than the others.
MESSAGES = """
INSERT INTO mail_message (
       id, message_type, subtype_id, is_internal, model, res_id, author_id,
       email_from, subject, body, message_id, date,
       create_uid, create_date, write_uid, write_date)
SELECT 1000 + n,
       CASE WHEN part = 0 THEN CASE WHEN n %% 20 = 0 THEN 'comment' ELSE 'email' END
            WHEN part = 1 THEN 'comment'
            WHEN part = 2 THEN 'notification'
            WHEN n %% 8 = 3 THEN 'comment' ELSE 'user_notification' END,
       CASE WHEN part < 2 OR n %% 16 = 3 THEN %(comment)s
            WHEN part = 2 THEN %(change)s ELSE %(note)s END,
       part > 2 AND n %% 16 = 3,
       CASE WHEN on_partner THEN 'res.partner' ELSE 'crm.lead' END,
       CASE WHEN on_partner THEN c.partner_id ELSE c.lead_id END,
       CASE WHEN part > 0 THEN c.seller_id
            WHEN n %% 3 = 0 THEN c.partner_id
            ELSE COALESCE(c.contact_id, c.partner_id) END,
       CASE WHEN part = 0 THEN 'info@customer' || c.i || '.example'
            ELSE 'sales@company.example' END,
       CASE WHEN part < 2 THEN 'About request ' || c.i END,
       CASE WHEN part = 2 THEN '' ELSE %(body)s END,
       '<' || n || '@benchmark.example>', m.date,
       CASE WHEN part = 0 THEN 1 ELSE c.user_id END, m.date,
       CASE WHEN part = 0 THEN 1 ELSE c.user_id END, m.date
  FROM (SELECT n, n %% 4 AS part,
               pg_temp.chance(n, 6) < 0.3 AS on_partner,
               1 + floor(%(customers)s * power(pg_temp.chance(n, 7), 1.3))::int
                   AS customer,
               date_trunc('second', now() AT TIME ZONE 'UTC'
                   - make_interval(months => %(months)s)
                   * (1 - n / %(messages)s::float8)) AS date
          FROM generate_series(1, %(messages)s) n) m
  JOIN customer c ON c.i = m.customer
 ORDER BY m.n
"""

TRACKING = """
INSERT INTO mail_tracking_value (
       mail_message_id, field_id, old_value_char, new_value_char, new_value_integer,
       create_uid, create_date, write_uid, write_date)
SELECT id, %(field)s, 'New', 'Qualified', %(stage)s,
       create_uid, date, create_uid, date
  FROM mail_message WHERE id > 1000 AND id %% 4 = 2
 ORDER BY id
"""

# Ours go to the customer's person and, one in twenty, to the company as well;
# the messages among colleagues to a colleague.
NOTIFICATIONS = """
INSERT INTO mail_notification (
       mail_message_id, res_partner_id, author_id, notification_type,
       notification_status, is_read, read_date)
SELECT m.id, r.partner_id, m.author_id, 'email', 'sent', TRUE, m.date
  FROM mail_message m
  JOIN customer c ON c.i = m.res_id - 1000
 CROSS JOIN LATERAL (
       SELECT COALESCE(c.contact_id, c.partner_id) AS partner_id
        WHERE m.id %% 4 = 1
        UNION
       SELECT c.partner_id WHERE m.id %% 80 = 1
        UNION
       SELECT u.partner_id FROM res_users u
        WHERE m.id %% 4 = 3 AND u.id = (%(users)s::int[])[
              1 + (m.id / 4) %% array_length(%(users)s::int[], 1)]) r
 WHERE m.id > 1000 AND m.id %% 2 = 1
 ORDER BY m.id
"""

RECIPIENTS = """
INSERT INTO mail_message_res_partner_rel (mail_message_id, res_partner_id)
SELECT mail_message_id, res_partner_id FROM mail_notification
 WHERE mail_message_id > 1000
 ORDER BY mail_message_id
"""

STATEMENTS = (
    CUSTOMERS,
    "ANALYZE customer",
    PARTNERS,
    LEADS,
    FOLLOWERS,
    FOLLOWED,
    MESSAGES,
    "ANALYZE mail_message",
    TRACKING,
    NOTIFICATIONS,
    RECIPIENTS,
)
TABLES = (
    "res_partner",
    "crm_lead",
    "mail_followers",
    "mail_message",
    "mail_notification",
)
