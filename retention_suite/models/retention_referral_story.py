from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import format_amount, format_date

# What changes for more recommendations at once is an import or a repair: all of it
# in one night tells no story. Notes for so many take three to four seconds.
STORY_LIMIT = 5000


class RetentionReferralStory(models.AbstractModel):
    """What has become of a recommendation, told in its chatter as it happens.

    The notes name nobody, and are in the language of the company: most of it is
    found out by a run, which has no reader.
    """

    _name = "retention.referral.story"
    _description = "Stories of Referrals"

    def _change_standing(self, ids):
        """Let recommendations follow their leads.

        :param list ids: only these; None for all
        :return: how many changed
        """
        return self._tell(self._standing_sql(ids), self._standing_text)

    def _change_rewards(self, ids):
        """Bring rewards up to date.

        :param list ids: of recommendations; None for all
        :return: how many changed
        """
        query = self._rewards_sql(self._for_same_rewards(ids))
        return self._tell(query, self._reward_text)

    def _tell(self, change, tell):
        """Change recommendations, and note what is new for whom.

        :param SQL change: an update that returns the columns ``id``,
            ``company_id``, ``old``, ``new`` and ``detail``
        :param tell: called with the company, the old and the new value and the
            detail; returns the text, empty for nothing to tell
        :return: how many changed
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH changed AS (%s)
                SELECT counted.count, told.*
                  FROM (SELECT COUNT(*) AS count FROM changed) counted
                  LEFT JOIN (SELECT id, company_id, old, new, detail FROM changed
                              WHERE old <> new ORDER BY id LIMIT %s) told ON TRUE
                """,
                change,
                STORY_LIMIT + 1,
            )
        )
        if rows[0][1] and len(rows) <= STORY_LIMIT:
            self._log_story([row[1:] for row in rows], tell)
        return rows[0][0]

    def _log_story(self, rows, tell):
        companies = self.env["res.company"]
        texts = {}
        for referral_id, company_id, *what in rows:
            text = tell(self._speaking(companies.browse(company_id)), *what)
            if text:
                texts[referral_id] = text
        self.browse(texts)._log_texts(texts, self.env.ref("base.partner_root"))

    def _speaking(self, company):
        """Return a company in its own language."""
        # sudo: what that is does not depend on who asks
        company = company.sudo()
        return company.with_context(lang=company.partner_id.lang)

    def _log_texts(self, texts, author):
        """Note one text each, however many, without telling any follower."""
        if texts:
            # sudo: what has happened is noted for whoever may read it
            self.sudo()._message_log_batch(texts, author_id=author.id)

    # ------------------------------------------------------------------
    # Texts
    # ------------------------------------------------------------------

    def _tell_receipt(self):
        """Note how it came in."""
        self.ensure_one()
        company = self._speaking(self.company_id)
        if self.link_id:
            channels = dict(self._fields["channel"]._description_selection(company.env))
            text = company.env._(
                "Came in by a link of “%(program)s”: %(channel)s",
                program=self.program_id.with_env(company.env).name or "",
                channel=channels[self.channel],
            )
        else:
            text = company.env._("Told in person")
        # whoever wrote it down; those who fill in the page have no user
        user = self.env.user
        author = self.env.ref("base.partner_root")
        if user.active and user._is_internal():
            author = user.partner_id
        self._log_texts({self.id: text}, author)

    def _doubt_again_text(self, company, old, new):
        found = self.with_env(company.env)._doubt_texts(new, accepted=old)
        return company.env._("To check again: %s", found)

    def _standing_text(self, company, old, new, revenue):
        if new == "won" and revenue:
            amount = format_amount(company.env, revenue, company.currency_id)
            return company.env._("Won: %s", amount)
        if new == "won":
            return company.env._("Won")
        if new == "lost":
            return company.env._("Lost")
        if old == "lost":
            return company.env._("Taken up again")
        if old == "won":
            return company.env._("No longer won")
        if new == "qualified":
            return company.env._("Qualified")
        return company.env._("No longer qualified")

    def _reward_text(self, company, old, new, due_date):
        if new == "on_hold" and old == "due":
            return company.env._("Reward on hold again")
        if new == "on_hold":
            day = format_date(company.env, due_date)
            return company.env._("Reward on hold until %s", day)
        if new == "due":
            return company.env._("Reward due")
        if new == "void" and due_date:
            # still won, but more than there is
            return company.env._("Reward void: the programme gives no more this year")
        if new == "void":
            return company.env._("Reward void")
        return ""
