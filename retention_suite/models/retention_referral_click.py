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
    def _count(self, link, channel):
        """Count that a link was opened, on the company's day.

        :param link: one link
        :param str channel: one of ``CHANNELS``
        """
        moment = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO retention_referral_click AS c (
                       link_id, channel, date, count,
                       create_uid, create_date, write_uid, write_date)
                VALUES (%(link)s, %(channel)s, %(day)s, 1,
                        %(uid)s, %(now)s, %(uid)s, %(now)s)
                    ON CONFLICT (link_id, channel, date)
                    DO UPDATE SET count = c.count + 1, write_date = %(now)s
                """,
                link=link.id,
                channel=channel,
                day=link.company_id._retention_day(moment),
                uid=self.env.uid,
                now=moment,
            ),
            # of two at once, Odoo tries the second again
            log_exceptions=False,
        )
        self.invalidate_model(["count"])
        link.invalidate_recordset(["click_ids", "click_count"])
