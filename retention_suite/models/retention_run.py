import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# In which a batch sorts and joins; PostgreSQL's own limit is for many at a time.
SORT_MEGABYTES = 32
# A batch that met somebody else's change is tried again so many times.
TRIES = 5


class RetentionRun(models.Model):
    """One pass over what has changed: the record keeps its figures.

    A run goes through steps, each of them in batches. Every batch is a
    transaction of its own and finds its work by itself, so a run can be killed
    at any point, and whatever runs next carries on. Runs that find nothing to
    do leave no record.
    """

    _name = "retention.run"
    _inherit = (
        "retention.run.step",
        "retention.run.answer",
        "retention.run.play",
        "retention.run.risk",
        "retention.run.winback",
    )
    _description = "Retention Run"
    _order = "id desc"
    _rec_name = "start_date"

    start_date = fields.Datetime(required=True, readonly=True)
    end_date = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
        required=True,
        default="running",
        readonly=True,
        help="Stopped: the run was ended before its time. The next one carries on.",
    )
    customer_count = fields.Integer(
        string="Customers Changed",
        readonly=True,
        help="Customers added, put away, or with a new contact person or policy.",
    )
    contact_count = fields.Integer(
        string="Customers with New Contacts",
        readonly=True,
        help="Customers for whom contacts were found that were not known yet.",
    )
    measure_count = fields.Integer(
        string="Figures Renewed",
        readonly=True,
        help="Customers whose figures were derived again and had changed.",
    )
    moved_count = fields.Integer(
        string="Customers Moved",
        readonly=True,
        help="Customers that the journey's rules moved to another stage, or that "
        "were placed by their history.",
    )
    raised_count = fields.Integer(string="New to Do", readonly=True)
    closed_count = fields.Integer(string="To Do Closed", readonly=True)
    escalated_count = fields.Integer(string="To Do Escalated", readonly=True)
    activity_count = fields.Integer(string="Activities Handed Out", readonly=True)
    proposed_count = fields.Integer(
        string="Win-back Proposed",
        readonly=True,
        help="Cases of customers who left silently that were proposed.",
    )
    sent_count = fields.Integer(string="Messages of Plays Sent", readonly=True)
    returned_count = fields.Integer(string="Customers Won Back", readonly=True)

    # ------------------------------------------------------------------
    # Running
    # ------------------------------------------------------------------

    @api.private
    def _run_all(self, commit=True):
        """Do all that is to do now.

        :param bool commit: commit after each batch; without, all of it stays
            in the caller's transaction
        :return: the figures of the run, by field name
        """
        run = self.browse()
        figures = {}
        step = self._step_names()[0]
        while step:
            run, result = self._run_batch(run, step, commit)
            if result is None:
                _logger.info("Another retention run is under way.")
                break
            for name, count in result["figures"].items():
                figures[name] = figures.get(name, 0) + count
            step = result["next_step"]
            if commit and not self._commit(result):
                self.env.ref("retention_suite.ir_cron_retention_run")._trigger()
                break
        run._finish(stopped=bool(step))
        if commit:
            self.env["ir.cron"]._commit_progress()
        return figures

    def _commit(self, result):
        """Commit a batch; return the seconds left."""
        return self.env["ir.cron"]._commit_progress(
            sum(result["figures"].values()), remaining=int(bool(result["next_step"]))
        )

    def _run_batch(self, run, step, commit):
        """Do one batch, again if it met somebody else's change.

        :return: ``(record of the run, result or None if another run is at it)``
        """
        for attempt in range(TRIES):
            try:
                result = self._do_batch(run, step)
                noted = run
                if result and any(result["figures"].values()):
                    noted = run._note(result["figures"])
                self.env.flush_all()
                return noted, result
            except OperationalError as error:
                if (
                    not commit
                    or attempt == TRIES - 1
                    or not isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
                ):
                    raise
                self.env.cr.rollback()
                _logger.info("Retention run: %s is tried again: %s", step, error)
        return run, None

    def _do_batch(self, run, step):
        """Do one batch of a step.

        :return: ``None`` if another run holds the lock, else a dict of the
            figures, and ``next_step`` (the same again, another or ``None``)
        """
        lock = self.env["retention.watermark"].sudo()._get("run")
        if not lock.try_lock_for_update():
            return None
        # the steps read the database
        self.env.flush_all()
        self._plan_for_batches()
        figures, more = getattr(self, f"_step_{step}")(run)
        names = self._step_names()
        position = names.index(step)
        following = names[position + 1] if position + 1 < len(names) else None
        return {"figures": figures, "next_step": step if more else following}

    def _plan_for_batches(self):
        """Have PostgreSQL compile no statement of this transaction: ours join a lot,
        and compiling them takes longer than it saves in batches of this size. They
        sort in memory, unless it has less of it than usual."""
        self.env.cr.execute(
            SQL(
                """
                SELECT set_config('jit', 'off', TRUE),
                       set_config('work_mem', GREATEST(
                           pg_size_bytes(current_setting('work_mem')),
                           %s * 1024 * 1024) / 1024 || 'kB', TRUE)
                """,
                SORT_MEGABYTES,
            )
        )

    def _note(self, figures):
        """Add a batch's figures to the record of the run, made when needed."""
        run = self
        if not run:
            self.search([("state", "=", "running")]).write({"state": "stopped"})
            run = self.create({"start_date": fields.Datetime.now()})
        for name, count in figures.items():
            run[name] += count
        return run

    def _finish(self, stopped=False):
        if self:
            self.write(
                {
                    "end_date": fields.Datetime.now(),
                    "state": "stopped" if stopped else "done",
                }
            )

    # ------------------------------------------------------------------
    # Started by a manager
    # ------------------------------------------------------------------

    @api.model
    def run_step(self, step=None, run_id=None):
        """Do one batch of a run that a manager watches.

        Each call is a transaction of its own, so that closing the window stops
        the run between two batches.

        :param str step: as the last call gave it, or None to begin
        :param int run_id: as the last call gave it
        :return: ``busy`` if another run is under way, else the step that comes
            next with its label, how far the run is (0 to 1) and its figures
        :raise AccessError: for anybody but managers
        """
        self._check_manager()
        names = self._step_names()
        step = step if step in names else names[0]
        # sudo: a run covers all customers, whatever the manager may see
        Run = self.sudo()
        run = Run.browse(run_id).exists() if run_id else Run
        result = Run._do_batch(run, step)
        if result is None:
            return {"busy": True}
        if any(result["figures"].values()):
            run = run._note(result["figures"])
        if not result["next_step"]:
            run._finish()
        return {
            "busy": False,
            "step": result["next_step"],
            "label": self._step_labels().get(result["next_step"]),
            "progress": self._progress(names, result["next_step"]),
            "run_id": run.id,
            "figures": [
                {"label": run._fields[name]._description_string(self.env), "count": n}
                for name in self._figure_names()
                if (n := run[name])
            ],
        }

    def _check_manager(self):
        if not self.env.user.has_group("retention_suite.group_retention_manager"):
            raise AccessError(self.env._("Only managers can start a retention run."))

    def _progress(self, names, step):
        return names.index(step) / len(names) if step else 1.0

    def _figure_names(self):
        return [name for name in self._fields if name.endswith("_count")]

    @api.model
    def action_run(self):
        """Open the window that runs and shows how far it is.

        :raise AccessError: for anybody but managers
        """
        self._check_manager()
        return {
            "type": "ir.actions.client",
            "tag": "retention_suite.run",
            "target": "new",
            "name": self.env._("Retention Run"),
        }
