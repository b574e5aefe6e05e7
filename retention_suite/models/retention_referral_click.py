from odoo import api, fields, models
from odoo.tools import SQL

# Days that are over everywhere, also if runs could not be done for a while.
OVER_DAYS = 2
SUMMED_DAYS = 60


class RetentionReferralClick(models.Model):
    """How often a link was opened on a day: a number, nothing about who did.

    Many may open one at once, and none may wait for another: each connection counts
    on a line of its own, and a run sums up the days that are over.
    """

    _name = "retention.referral.click"
    _description = "Opened Referral Links"
    _order = "date desc, id desc"

    link_id = fields.Many2one(
        "retention.referral.link", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Char(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    count = fields.Integer(readonly=True)

    slot = fields.Integer(readonly=True, aggregator=None)

    _day_uniq = models.UniqueIndex("(link_id, channel, date, slot)")

    @api.model
    def _counted_sql(self, page, channel):
        """Return the part of a statement that counts once more.

        :param SQL page: a table of at most one row, with ``link_id`` and ``today``
        :param str channel: one of ``CHANNELS``
        """
        return SQL(
            """
            INSERT INTO retention_referral_click AS c (
                   link_id, channel, date, slot, count,
                   create_uid, create_date, write_uid, write_date)
            SELECT link_id, %(channel)s, today, pg_backend_pid(), 1,
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM %(page)s
                ON CONFLICT (link_id, channel, date, slot)
                DO UPDATE SET count = c.count + 1, write_date = %(now)s
            """,
            page=page,
            channel=channel,
            uid=self.env.uid,
            now=fields.Datetime.now(),
        )

    @api.private
    def _sum_up(self):
        """Make one line of the lines of a link, channel and day. What is older than
        some days has been summed up before."""
        self.env.cr.execute(
            SQL(
                """
                WITH several AS (
                    SELECT link_id, channel, date, MIN(id) AS id, SUM(count) AS count
                      FROM retention_referral_click
                     WHERE date BETWEEN %(first)s AND %(last)s
                     GROUP BY link_id, channel, date HAVING COUNT(*) > 1
                ), gone AS (
                    DELETE FROM retention_referral_click c USING several s
                     WHERE (c.link_id, c.channel, c.date)
                         = (s.link_id, s.channel, s.date) AND c.id <> s.id)
                UPDATE retention_referral_click c SET count = s.count
                  FROM several s WHERE c.id = s.id
                """,
                first=fields.Date.subtract(fields.Date.today(), days=SUMMED_DAYS),
                last=fields.Date.subtract(fields.Date.today(), days=OVER_DAYS),
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model()
