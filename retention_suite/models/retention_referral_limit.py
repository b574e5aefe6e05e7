from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac


class RetentionReferralLimit(models.Model):
    """How often somebody has sent something in an hour.

    Who is not kept: only a hash with a secret, another one every day, and that
    for a day.
    """

    _name = "retention.referral.limit"
    _description = "Requests per Sender and Hour"
    _log_access = False

    sender = fields.Char(required=True, readonly=True)
    hour = fields.Datetime(required=True, readonly=True)
    count = fields.Integer(readonly=True)

    _sender_uniq = models.UniqueIndex("(sender, hour)")

    @api.model
    def _count(self, *sender):
        """Count once more, and return how often it was in this hour.

        Of two who count the same at once the second waits for the first and is
        then tried again by Odoo, so that it sees what the first has made.

        :param str sender: what to count by
        """
        moment = fields.Datetime.now()
        # sudo: reads the database's secret, which is not given away
        key = hmac(
            self.env(su=True),
            "retention_referral_limit",
            (moment.date().isoformat(), *sender),
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO retention_referral_limit (sender, hour, count)
                VALUES (%s, %s, 1)
                    ON CONFLICT (sender, hour)
                    DO UPDATE SET count = retention_referral_limit.count + 1
             RETURNING count
                """,
                key,
                moment.replace(minute=0, second=0, microsecond=0),
            ),
            log_exceptions=False,
        )
        self.invalidate_model(["count"])
        return self.env.cr.fetchone()[0]

    @api.autovacuum
    def _gc_past(self):
        """Forget what is no longer needed."""
        past = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        # at once: there may be very many, and nothing belongs to them
        self.env.cr.execute(
            SQL("DELETE FROM retention_referral_limit WHERE hour < %s", past)
        )
        self.invalidate_model()
