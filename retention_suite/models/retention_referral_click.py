from odoo import api, fields, models
from odoo.tools import SQL


class RetentionReferralClick(models.Model):
    """How often a link was opened on a day: a number, nothing about who did."""

    _name = "retention.referral.click"
    _description = "Opened Referral Links"
    _order = "date desc, id desc"

    link_id = fields.Many2one(
        "retention.referral.link", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Char(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    count = fields.Integer(readonly=True)

    _day_uniq = models.UniqueIndex("(link_id, channel, date)")

    @api.model
    def _counted_sql(self, page, channel):
        """Return the part of a statement that counts once more.

        :param SQL page: a table of at most one row, with ``link_id`` and ``today``
        :param str channel: one of ``CHANNELS``
        """
        return SQL(
            """
            INSERT INTO retention_referral_click AS c (
                   link_id, channel, date, count,
                   create_uid, create_date, write_uid, write_date)
            SELECT link_id, %(channel)s, today, 1, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM %(page)s
                ON CONFLICT (link_id, channel, date)
                DO UPDATE SET count = c.count + 1, write_date = %(now)s
            """,
            page=page,
            channel=channel,
            uid=self.env.uid,
            now=fields.Datetime.now(),
        )
