from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .retention_profile_winback import KIND_BY_STAGE
from .retention_winback_life import OPEN_STEPS

# Customers are started in batches, each committed by itself.
START_BATCH = 50
# So few are started while their user waits.
AT_ONCE = 20
# A batch that met somebody else's change is tried again so many times.
TRIES = 5


class RetentionPlayBatch(models.AbstractModel):
    """Starting a play for many customers: first all are chosen, then each gets a case,
    in batches that a scheduled action works off."""

    _name = "retention.play.batch"
    _description = "Starting a Play for Many"

    started_count = fields.Integer(
        string="Done",
        compute="_compute_progress",
        help="Customers of the last start who are started or, left out, watched.",
    )
    to_start_count = fields.Integer(
        string="Still Wait",
        compute="_compute_progress",
        help="Customers of the last start who wait to be started.",
    )
    start_progress = fields.Float(
        compute="_compute_progress",
        help="The share of the customers of the last start that are done.",
    )
    start_text = fields.Char(
        string="Last Start",
        compute="_compute_progress",
        help="Done are those who are started or, left out, watched.",
    )

    @api.depends_context("lang", "allowed_company_ids")
    def _compute_progress(self):
        """How far the newest start is."""
        found = {}
        if self.ids:
            companies = self.env.companies.ids
            self.env["retention.play.member"].flush_model()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT m.play_id, m.enlist_date, COUNT(*),
                           COUNT(*) FILTER (WHERE m.state <> 'waiting')
                      FROM (SELECT play_id, MAX(enlist_date) AS newest
                              FROM retention_play_member
                             WHERE play_id = ANY(%(ids)s)
                               AND company_id = ANY(%(companies)s)
                             GROUP BY play_id) last
                      JOIN retention_play_member m ON m.play_id = last.play_id
                       AND m.enlist_date = last.newest
                       AND m.company_id = ANY(%(companies)s)
                     GROUP BY m.play_id, m.enlist_date
                    """,
                    ids=self.ids,
                    companies=companies,
                )
            )
            found = {row[0]: row[1:] for row in rows}
        for play in self:
            _moment, chosen, started = found.get(play.id, (None, 0, 0))
            play.started_count = started
            play.to_start_count = chosen - started
            play.start_progress = 100 * started / chosen if chosen else 0
            play.start_text = chosen and self.env._(
                "%(started)s of %(chosen)s customers done",
                started=started,
                chosen=chosen,
            )

    # ------------------------------------------------------------------
    # Chosen
    # ------------------------------------------------------------------

    @api.private
    def _enlist(self, profiles, now=None):
        """Choose who takes part, and have the starting follow.

        Left alone are those whom the play does not fit: see ``_candidates_sql``.

        :param profiles: customers that the user may read
        :param datetime now: when they are chosen, if not in this second
        :return: how many were chosen, how many of them are left out
        :raise AccessError: for customers that the user may not read
        :raise UserError: if nobody would do anything in the play
        """
        self.ensure_one()
        self._check_content()
        profiles.check_access("read")
        if not self.env.user.has_group("retention_suite.group_retention_user"):
            raise AccessError(self.env._("Only salespeople can start a play."))
        if not self.active:
            raise UserError(
                self.env._("The play %s is archived. Choose another.", self.name)
            )
        # sudo: figures of the play are kept by its own steps only
        play = self.sudo()
        groups = play._insert_members(profiles.ids, "waiting", now)
        if "left_out" in groups:
            self.env["retention.winback"].sudo()._take_back_left_out()
        if len(groups) <= AT_ONCE:
            play._work_off_batch()
        else:
            self.env.ref("retention_suite.ir_cron_retention_play").sudo()._trigger()
        return len(groups), groups.count("left_out")

    # ------------------------------------------------------------------
    # Started in batches
    # ------------------------------------------------------------------

    @api.model
    @api.private
    def _work_off(self):
        """Start all who wait, in batches."""
        members = self.env["retention.play.member"]
        done = True
        while done:
            done = self._try_batch()
            remaining = members.search_count([("state", "=", "waiting")])
            left = self.env["ir.cron"]._commit_progress(done, remaining=remaining)
            if not left:
                break

    def _try_batch(self):
        """Start one batch, again if it met somebody else's change."""
        for left in reversed(range(TRIES)):
            try:
                done = self._work_off_batch()
                self.env.flush_all()
                return done
            except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                if not left:
                    raise
                self.env.cr.rollback()

    def _work_off_batch(self):
        """Start one batch of those who wait, of these plays or of all.

        :return: how many there were
        """
        condition = SQL("play_id = ANY(%s)", self.ids) if self else SQL("TRUE")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM retention_play_member
                 WHERE state = 'waiting' AND %s
                 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                condition,
                START_BATCH,
            )
        )
        members = self.env["retention.play.member"].browse(row[0] for row in rows)
        for play, started in members.grouped("play_id").items():
            play._start_members(started)
        return len(members)

    def _start_members(self, members):
        """Start some who wait; those left out are only watched."""
        now = fields.Datetime.now()
        members.write(
            {"state": "running", "start_date": now, "end_date": self._end_date(now)}
        )
        treated = members.filtered(lambda m: m.group == "treated")
        for launcher, started in treated.grouped("create_uid").items():
            cases = self._cases_of(started.profile_id, launcher)
            play = self.with_user(launcher).sudo() if launcher else self
            play._begin(cases.with_env(play.env))

    def _cases_of(self, profiles, launcher):
        """Return the open cases of some customers, made where there are none. Those
        with a measure running by now stay out.

        :param launcher: who has those of customers without a contact person
        :raise ConcurrencyError: if somebody else has just opened one: whoever asked
            tries again, and finds it
        """
        Case = self.env["retention.winback"].with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        )
        known = Case.search(
            [("profile_id", "in", profiles.ids), ("step", "in", OPEN_STEPS)]
        )
        values = [
            {
                "profile_id": profile.id,
                "kind": self.kind or KIND_BY_STAGE.get(profile.journey_kind, "save"),
                "user_id": (profile.user_id or launcher).id,
                "value": profile.winback_value,
            }
            for profile in profiles - known.profile_id
        ]
        try:
            with self.env.cr.savepoint():
                new = Case.create(values)
        except UniqueViolation as error:
            raise ConcurrencyError("A case has just been opened.") from error
        return known.filtered(lambda c: c.step != "running") | new
