import json
import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, is_html_empty

from .res_partner_referral import named

CODE = re.compile(r"[0-9A-Za-z]{1,40}")


class RetentionReferralPage(models.AbstractModel):
    """What friends read on the page of a link.

    Anybody may open it, and as often as they like, so it is one statement, with
    the counting of who does.
    """

    _name = "retention.referral.page"
    _description = "Pages of Referral Links"

    @api.model
    def _page_of(self, code, channel=None):
        """Return what the page of a link shows, in the language of the context; or
        nothing: for revoked links and programmes that are not running as for codes
        that never were.

        :param str code: as it stands in the address, whatever it is
        :param str channel: by which somebody has opened it, to be counted
        :return: a dict with the ids of the link, its programme and company, and
            what there is to read
        """
        # the same work for what can be no code
        code = code.upper() if CODE.fullmatch(code) else ""
        Click = self.env["retention.referral.click"]
        clicked = Click._counted_sql(SQL("page"), channel) if channel else SQL("SELECT")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "WITH page AS (%s), clicked AS (%s) SELECT * FROM page",
                self._page_sql(code),
                clicked,
            )
        )
        page = self.env.cr.dictfetchone()
        if not page:
            return {}
        text = page["text"]
        return {
            **page,
            "referrer_name": named(page["name"], page["is_company"], page["allowed"]),
            # was made harmless when it was written
            "text": "" if is_html_empty(text) else Markup(text),
        }

    def _page_sql(self, code):
        Program = self.env["retention.referral.program"]
        return SQL(
            """
            SELECT l.id AS link_id, l.code, p.id AS program_id, day.today,
                   %(title)s AS program_title, %(text)s AS text,
                   CASE WHEN p.reward_for IN ('friend', 'both')
                        THEN %(reward)s END AS reward_text,
                   CASE WHEN p.has_picture
                        THEN date_part('epoch', p.write_date)::int END AS picture,
                   c.id AS company_id, c.name AS company_name,
                   c.uses_default_logo IS NOT TRUE AS has_logo,
                   r.name, r.is_company, r.retention_referral_name AS allowed
              FROM retention_referral_link l
              JOIN retention_referral_program p ON p.id = l.program_id
              JOIN res_company c ON c.id = l.company_id
              JOIN res_partner r ON r.id = l.partner_id
             CROSS JOIN LATERAL (
                   SELECT ((%(now)s::timestamp AT TIME ZONE 'UTC') AT TIME ZONE
                           COALESCE(%(zones)s::jsonb ->> c.id::text, 'UTC'))::date
                       AS today) day
             WHERE l.code = %(code)s AND l.active AND %(is_running)s
            """,
            code=code,
            now=fields.Datetime.now(),
            zones=json.dumps(self.env["res.company"]._retention_zones()),
            title=Program._field_to_sql("p", "title"),
            text=Program._field_to_sql("p", "text"),
            reward=Program._field_to_sql("p", "reward_text"),
            is_running=Program._running_sql(SQL("p"), SQL("day.today")),
        )
