from odoo import fields, models
from odoo.tools import SQL

from ..models.retention_referral import CHANNELS


class RetentionReferralClickReport(models.Model):
    """How often whose links were opened, over which channel.

    One line for each link, channel and day: who opened them is not known.
    """

    _name = "retention.referral.click.report"
    _description = "Opened Links Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "link_id"

    date = fields.Date("Opened On", readonly=True)
    link_id = fields.Many2one("retention.referral.link", readonly=True)
    partner_id = fields.Many2one("res.partner", "Whose", readonly=True)
    program_id = fields.Many2one(
        "retention.referral.program", "Programme", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    click_count = fields.Integer(
        "Opened",
        readonly=True,
        help="How often the page was opened, not counting search engines and previews. "
        "Somebody who opens it twice counts twice.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT c.id, c.date, c.link_id, l.partner_id, l.program_id, l.company_id,
                   c.channel, c.click_count
              FROM (SELECT MIN(id) AS id, date, link_id, channel,
                           SUM(count)::int AS click_count
                      FROM retention_referral_click
                     GROUP BY date, link_id, channel) c
              JOIN retention_referral_link l ON l.id = c.link_id
            """
        )
