from odoo.api import SUPERUSER_ID, Environment

# How each factor was counted,
OLD = {
    "falling": "Personal contacts of the last 90 days against the 90 days before: the "
    "share that is missing. Needs three contacts before.",
    "answer": "Conversations in which the customer has waited for our answer for three "
    "days or more, and for 180 at most: half with one, in full from two on.",
    "handover": "A lead of the customer was handed over within 180 days and came back, "
    "or nobody contacted the customer in time.",
    "routine": "Contacts about payment or service within 180 days, and no personal one "
    "about anything else.",
}
# and how it is counted now: silence makes nobody safer.
NEW = {
    "falling": "Personal contacts of the last 90 days against those of 90 days before, "
    "up to the last contact at the latest: the share that is missing. Needs three "
    "contacts before.",
    "answer": "Conversations in which the customer has waited for our answer for three "
    "days or more: half with one, in full from two on. It ends when there is still "
    "contact 180 days later.",
    "handover": "A lead of the customer was handed over and came back, or nobody "
    "contacted the customer in time. It ends when there is still contact 180 days "
    "later.",
    "routine": "Contacts about payment or service, and for 180 days no personal one "
    "about anything else.",
}


def migrate(cr, version):
    """Have the risk of all customers be derived as it is counted now, and say how."""
    if not version:
        return
    for code, text in NEW.items():
        # translated again when the texts of the new release are read
        cr.execute(
            """
            UPDATE retention_risk_factor
               SET description = jsonb_build_object('en_US', %s)
             WHERE code = %s AND description->>'en_US' = %s
            """,
            [text, code, OLD[code]],
        )
    env = Environment(cr, SUPERUSER_ID, {})
    env.invalidate_all(flush=False)
    env["retention.profile"]._risk_again()
    env.flush_all()
