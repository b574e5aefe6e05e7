import re

from odoo import api, models
from odoo.tools import SQL

from .res_partner_referral import named

CODE = re.compile(r"[0-9A-Za-z]{1,40}")


class RetentionReferralPage(models.AbstractModel):
    """What friends read on the page of a link.

    Anybody may open it, and as often as they like, so it is one statement, with
    the counting of who does; what there is to read of the programme is at hand.
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
        programs = self.env["retention.referral.program"]._running_pages()
        # the same work for what can be no code
        code = code.upper() if CODE.fullmatch(code) else ""
        Click = self.env["retention.referral.click"]
        clicked = Click._counted_sql(SQL("page"), channel) if channel else SQL("SELECT")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "WITH page AS (%s), clicked AS (%s) SELECT * FROM page",
                self._page_sql(code, programs),
                clicked,
            )
        )
        page = self.env.cr.dictfetchone()
        if not page:
            return {}
        return {
            **programs[page["program_id"]],
            **page,
            "referrer_name": named(page["name"], page["is_company"], page["allowed"]),
        }

    def _page_sql(self, code, programs):
        return SQL(
            """
            SELECT l.id AS link_id, l.code, l.program_id, running.today,
                   c.id AS company_id, c.name AS company_name,
                   c.uses_default_logo IS NOT TRUE AS has_logo,
                   r.name, r.is_company, r.retention_referral_name AS allowed
              FROM retention_referral_link l
              JOIN unnest(%(programs)s::int[], %(days)s::date[]) running(id, today)
                ON running.id = l.program_id
              JOIN res_company c ON c.id = l.company_id
              JOIN res_partner r ON r.id = l.partner_id
             WHERE l.code = %(code)s AND l.active
            """,
            code=code,
            programs=list(programs),
            days=[page["today"] for page in programs.values()],
        )
