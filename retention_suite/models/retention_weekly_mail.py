import logging
from datetime import timedelta

import pytz
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# So many people are looked at in one transaction.
BATCH = 50
# A batch that met somebody else's change is tried again so many times.
TRIES = 5
# From which hour on, by each person's clock.
HOUR = 6


class RetentionWeeklyMail(models.AbstractModel):
    """The mail that tells each salesperson once a week what is to do.

    Each person keeps the day of the last one, or on which there was nothing to say.
    A batch writes these days and the mails in one transaction, so a run can be killed
    at any point, and two at once send nothing twice. A day that was missed is made up
    for; in each calendar week there is one mail at most.
    """

    _name = "retention.weekly.mail"
    _inherit = ("retention.weekly.mail.fact", "retention.weekly.mail.text")
    _description = "Weekly Mail to Salespeople"

    @api.private
    def _send_all(self):
        """Write the mails that are due; Odoo's queue sends them."""
        while True:
            count = self._attempt_batch()
            left = self.env["ir.cron"]._commit_progress(
                count, remaining=int(count == BATCH)
            )
            if count < BATCH or not left:
                break

    def _attempt_batch(self):
        for attempt in range(TRIES):
            try:
                count = self._send_batch()
                self.env.flush_all()
                return count
            except OperationalError as error:
                if attempt == TRIES - 1 or not isinstance(
                    error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
                ):
                    raise
                self.env.cr.rollback()
                _logger.info("Weekly mail: tried again: %s", error)
        return 0

    def _send_batch(self):
        """Write the mails of the next people whose day has come.

        :return: how many people there were, with something to say or without
        """
        users = self._claim()
        self._write_mails(users)
        return len(users)

    def _write_mails(self, users):
        """Write what there is to say to some people.

        :return: the mails
        """
        # sudo: what is told is each one's own, by ``_facts``
        mails = self.sudo()
        bodies = mails._bodies(mails._facts(users), users.sudo())
        return mails.env["mail.mail"].create(
            [
                mails._mail_values(user, bodies[user.id])
                for user in users.sudo()
                if user.id in bodies
            ]
        )

    def _mail_values(self, user, body):
        root = self.env.ref("base.user_root")
        sender = user.company_id.partner_id.email_formatted or root.email_formatted
        return {
            "auto_delete": True,
            # a machine of ours: neither a customer nor a person who has written
            "author_id": root.partner_id.id,
            "body_html": body,
            "email_from": sender,
            "reply_to": sender,
            "email_to": user.email_formatted,
            "headers": repr(
                {
                    "List-Unsubscribe": f"<{self._off_url(user)}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    "Auto-Submitted": "auto-generated",
                    "X-Auto-Response-Suppress": "OOF",
                }
            ),
            "state": "outgoing",
            "subject": self.with_context(lang=user.lang).env._(
                "%(company)s: your customers this week", company=user.company_id.name
            ),
        }

    def _log_failure(self, user):
        _logger.exception("Weekly mail to user %s failed", user.id)

    # ------------------------------------------------------------------
    # Whose day has come
    # ------------------------------------------------------------------

    def _recipients(self):
        """Return the people who may get the mail."""
        group = self.env.ref("retention_suite.group_retention_user")
        return [
            ("all_group_ids", "in", group.ids),
            ("share", "=", False),
            ("retention_weekly_mail", "=", True),
            ("company_id.retention_weekly_mail", "=", True),
            ("partner_id.email_normalized", "!=", False),
        ]

    def _claim(self):
        """Note for the next people whose day has come that it is dealt with.

        :return: these people
        """
        self.env.flush_all()
        # sudo: whoever runs it, it is about everybody
        allowed = self.env["res.users"].sudo()._search(self._recipients())
        rows = self.env.execute_query(
            SQL(
                """
                WITH due AS (
                    -- the newest of the company's weekdays
                    SELECT u.id, local.day - mod(
                               extract(isodow FROM local.day)::int + 7
                               - c.retention_weekly_day::int, 7) AS day
                      FROM res_users u
                      JOIN res_partner p ON p.id = u.partner_id
                      JOIN res_company c ON c.id = u.company_id
                      LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                      JOIN (VALUES %(days)s) local(zone, day)
                        ON local.zone = COALESCE(p.tz, cal.tz, 'UTC')
                     WHERE u.id IN %(allowed)s
                ), next AS (
                    SELECT u.id, due.day FROM res_users u JOIN due ON due.id = u.id
                     WHERE u.retention_weekly_date IS NULL
                        OR date_trunc('week', u.retention_weekly_date)
                           < date_trunc('week', due.day)
                     ORDER BY u.id LIMIT %(batch)s
                       FOR NO KEY UPDATE OF u SKIP LOCKED
                )
                UPDATE res_users u SET retention_weekly_date = next.day
                  FROM next WHERE u.id = next.id RETURNING u.id
                """,
                days=SQL(", ").join(
                    SQL("(%s::varchar, %s::date)", zone, day)
                    for zone, day in self._local_days().items()
                ),
                allowed=allowed.subselect(),
                batch=BATCH,
            )
        )
        users = self.env["res.users"].browse(sorted(row[0] for row in rows))
        users.invalidate_recordset(["retention_weekly_date"], flush=False)
        return users

    def _local_days(self):
        """Return the day by the clock of each time zone that is in use; in the small
        hours it is still the day before."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.tz FROM res_users u
                  JOIN res_partner p ON p.id = u.partner_id
                 WHERE u.active AND NOT u.share AND p.tz IS NOT NULL
                 UNION SELECT tz FROM resource_calendar WHERE tz IS NOT NULL
                 UNION SELECT 'UTC'
                """
            )
        )
        now = pytz.utc.localize(fields.Datetime.now())
        days = {}
        for (zone,) in rows:
            # one that nobody knows any more must not keep all the others
            known = pytz.timezone(zone) if zone in pytz.all_timezones_set else pytz.utc
            days[zone] = (now.astimezone(known) - timedelta(hours=HOUR)).date()
        return days

    # ------------------------------------------------------------------
    # Seen before it is sent
    # ------------------------------------------------------------------

    def _check_manager(self):
        if not self.env.user.has_group("retention_suite.group_retention_manager"):
            raise AccessError(self.env._("Only managers see the weekly mail before."))

    @api.model
    @api.private
    def _preview(self):
        """Return the mail that the current user would get now, or None if there is
        nothing to say.

        :raise AccessError: for anybody but managers
        """
        self._check_manager()
        user = self.env.user
        # sudo: it tells of the person's own customers only
        mails = self.sudo()
        return mails._bodies(mails._facts(user), user.sudo()).get(user.id)

    @api.model
    def action_send_mine(self):
        """Send the current user the own mail now; the weekly one comes all the same.

        :raise AccessError: for anybody but managers
        :raise UserError: if there is nothing to say, or nowhere to send it
        """
        self._check_manager()
        user = self.env.user
        if not user.partner_id.email_normalized:
            raise UserError(
                self.env._("Enter your e-mail address in your preferences first.")
            )
        if not self._write_mails(user):
            raise UserError(
                self.env._("There is nothing to do for your customers: no mail.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The mail is on its way to %s.", user.email),
            },
        }
