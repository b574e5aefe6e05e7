import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# How often one is begun before it is given up: whoever stopped the server meant
# something else.
TRIES = 3
# Of the rows that are done, as often as people look.
PROGRESS_STEP = 5
KEPT_DAYS = 7


class RetentionWorkbookJob(models.Model):
    """An Excel workbook that somebody asked for, until they have taken it along.

    It is made with the rights of whoever asked for it, and nobody else sees it.
    """

    _name = "retention.workbook.job"
    _description = "Excel Workbook of Customers"
    _order = "id desc"

    name = fields.Char(string="File", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Asked For By", required=True, readonly=True
    )
    company_ids = fields.Many2many("res.company", string="Companies", readonly=True)
    options = fields.Json(readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Being Made"),
            ("done", "Ready"),
            ("failed", "Failed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    progress = fields.Integer(string="Done (%)", readonly=True)
    tries = fields.Integer(readonly=True)
    error = fields.Char(string="Why It Failed", readonly=True)
    attachment_id = fields.Many2one("ir.attachment", string="Workbook", readonly=True)

    # ------------------------------------------------------------------
    # Asked for
    # ------------------------------------------------------------------

    @api.model
    @api.private
    def _ask_for(self, options, rows):
        """Return the job for what somebody wants: the one that is under way, if they
        have asked for the same before.

        :param dict options: as they were cleaned
        :param int rows: how many there will be
        """
        companies = self.env.companies
        waiting = self.search(
            [
                ("user_id", "=", self.env.uid),
                ("state", "in", ("waiting", "running")),
            ]
        )
        for job in waiting:
            if job.options == options and job.company_ids == companies:
                return job
        # sudo: nobody writes jobs but this; it is the asking user's own
        job = self.sudo().create(
            {
                "name": self.env["retention.workbook"]._file_name(),
                "user_id": self.env.uid,
                "company_ids": [fields.Command.set(companies.ids)],
                "options": options,
                "row_count": rows,
            }
        )
        return job.sudo(False)

    @api.private
    def _make_later(self):
        """Have it made in the background."""
        # sudo: whoever asks for it need not look after scheduled actions
        self.env.ref("retention_suite.ir_cron_retention_workbook").sudo()._trigger()

    def _notice_action(self):
        """Say that it is being made."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The workbook has %s rows and is being made. You get a message "
                    "when it is ready, and find it under Analysis, Workbooks.",
                    f"{self.row_count}",
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_download(self):
        """Return the action that downloads it.

        :raise UserError: if it is not ready
        """
        self.ensure_one()
        self.check_access("read")
        if not self.attachment_id:
            raise UserError(
                self.env._(
                    "The workbook is not ready yet. You get a message when it is."
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }

    # ------------------------------------------------------------------
    # Made
    # ------------------------------------------------------------------

    @api.private
    def _make(self, on_rows=lambda count: None, then=lambda: None):
        """Make it, with the rights of the current user.

        :param on_rows: called now and then, with how many rows more are done
        :param then: called when it is made and before it is kept
        """
        self.ensure_one()
        content = self.env["retention.workbook"]._write(self.options, on_rows)
        then()
        # sudo: nobody writes jobs but this; see ``_ask_for``
        job = self.sudo()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": job.name,
                    "raw": content,
                    "res_model": job._name,
                    "res_id": job.id,
                }
            )
        )
        job.write({"state": "done", "progress": 100, "attachment_id": attachment.id})

    @api.model
    @api.private
    def _work_off(self):
        """Make all that wait, each for who asked for it: what a scheduled action does.

        One that was left behind by a server that stopped is begun again.
        """
        jobs = self.search([("state", "in", ("waiting", "running"))], order="id")
        for done, job in enumerate(jobs, 1):
            job._work()
            remaining = len(jobs) - done
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                break

    def _work(self):
        """Make one, and tell who asked for it how it went."""
        if self.tries >= TRIES:
            self._fail(self.env._("It was begun several times and never finished."))
            return
        commit = self.env["ir.cron"]._commit_progress
        self.write({"state": "running", "tries": self.tries + 1, "progress": 0})
        commit()
        try:
            # then: a new transaction, as the progress was written beside this one
            self._for_user()._make(self._progress_writer(), then=commit)
        except Exception as error:  # noqa: BLE001 (it is logged or said to the user)
            self.env.cr.rollback()
            self._fail(self._error_text(error))
            return
        self._tell(
            self.env._("Your workbook is ready: %s", self.name), self.attachment_id
        )

    def _for_user(self):
        """This job as who asked for it would make it."""
        user = self.user_id
        return self.with_user(user).with_context(
            lang=user.lang, tz=user.tz, allowed_company_ids=self.company_ids.ids
        )

    def _error_text(self, error):
        """What went wrong, in words for people."""
        if isinstance(error, UserError | AccessError):
            return str(error)
        _logger.exception("Workbook %s failed", self.id)
        return self._for_user().env._(
            "It could not be made. Ask your administrator to look into the log of the "
            "server."
        )

    def _fail(self, text):
        self.write({"state": "failed", "error": text})
        self._tell(text)

    def _tell(self, text, attachment=None):
        """Give the message, and a notice to who is there.

        :param str text: what there is to say
        :param attachment: the workbook
        """
        env = self._for_user().env
        user = self.user_id
        self.env["mail.thread"].with_context(lang=user.lang).message_notify(
            partner_ids=user.partner_id.ids,
            subject=env._("Excel workbook"),
            body=text,
            attachment_ids=attachment.ids if attachment else [],
            model=self._name,
            res_id=self.id,
        )
        user._bus_send(
            "retention_suite.notice",
            {
                "key": f"workbook {self.id}",
                "message": text,
                "button": env._("Download"),
                "action": self._for_user().action_download() if attachment else False,
            },
        )

    def _progress_writer(self):
        """Return what notes the progress, for everybody to see while it goes on."""
        job_id, total = self.id, max(self.row_count, 1)
        seen = {"rows": 0, "shown": 0}

        def on_rows(count):
            seen["rows"] += count
            done = min(99, 100 * seen["rows"] // total)
            if done >= seen["shown"] + PROGRESS_STEP:
                seen["shown"] = done
                # a transaction of its own: the other one reads what was at one moment
                with self.env.registry.cursor() as cr:
                    cr.execute(
                        SQL(
                            "UPDATE retention_workbook_job SET progress = %s"
                            " WHERE id = %s",
                            done,
                            job_id,
                        )
                    )

        return on_rows

    # ------------------------------------------------------------------
    # Forgotten
    # ------------------------------------------------------------------

    @api.autovacuum
    def _gc_workbooks(self):
        """Delete those that nobody needs any more, with their files."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search([("create_date", "<", limit)]).unlink()
