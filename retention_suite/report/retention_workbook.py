import os
import tempfile

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang, get_lang

from .workbook_writer import MAX_ROWS, WorkbookWriter

# As many rows are made while somebody waits; more of them take their time.
ROWS_AT_ONCE = 20_000


class RetentionWorkbook(models.AbstractModel):
    """How the company keeps its customers, to take along: as an Excel workbook.

    It holds what its reader may see, no more: all is read with their rights.
    """

    _name = "retention.workbook"
    _inherit = ("retention.workbook.tables", "retention.workbook.summary")
    _description = "Excel Workbook"

    @api.model
    def start(self, options=None):
        """Make a workbook: at once if it is small, else in the background.

        :param dict options: as of ``retention.overview.get_block``, and ``profile_ids``
            of customers that were chosen
        :return: dict of the action that downloads it, or says that it is being made
        :raise AccessError: for whoever is no member of the app
        :raise UserError: if there is nothing to put into it, or more than it holds
        """
        rows = self._check(options)
        Job = self.env["retention.workbook.job"]
        job = Job._ask_for(self._clean(options), rows)
        if rows <= ROWS_AT_ONCE:
            job._make()
            return job.action_download()
        job._make_later()
        return job._notice_action()

    def _clean(self, options):
        """The options that are known, as they are kept with a job."""
        options = options if isinstance(options, dict) else {}
        names = ("period", "date_from", "date_to", "user_id", "team_id", "profile_ids")
        return {name: options[name] for name in names if options.get(name)}

    def _chosen(self, options):
        """Return the customers that were chosen; None if all are meant.

        :raise UserError: if none is left of them
        """
        ids = self._clean(options).get("profile_ids")
        if ids is None:
            return None
        try:
            ids = [int(id_) for id_ in ids]
        except (TypeError, ValueError):
            ids = []
        profiles = self.env["retention.profile"].with_context(active_test=False)
        profiles = profiles.search([("id", "in", ids)])
        if not profiles:
            raise UserError(
                self.env._("None of the chosen customers is there. Choose again.")
            )
        return profiles

    def _check(self, options):
        """Return how many rows it would have.

        :raise AccessError: see ``start``
        :raise UserError: see ``start``
        """
        self.env["retention.overview"]._check_member()
        scope = self.env["retention.overview"]._scope(options)
        tables = self._tables(scope, self._chosen(options))
        counts = {
            table.key: self.env[table.model].search_count(table.domain)
            for table in tables
        }
        if not counts.get("customers"):
            raise UserError(
                self.env._(
                    "There is no customer to put into a workbook. Choose other people "
                    "or a team, or add a customer first."
                )
            )
        for table in tables:
            if counts[table.key] >= MAX_ROWS:
                raise UserError(
                    self.env._(
                        "%(sheet)s would have %(count)s rows, and Excel holds "
                        "%(most)s. Choose a shorter period, a person or a team.",
                        sheet=table.title,
                        count=formatLang(self.env, counts[table.key], digits=0),
                        most=formatLang(self.env, MAX_ROWS - 1, digits=0),
                    )
                )
        return sum(counts.values())

    @api.private
    def _write(self, options, on_rows=lambda count: None):
        """Write the workbook.

        :param dict options: see ``start``
        :param on_rows: called now and then, with how many rows more are done
        :return: the content, in bytes
        """
        self.env.flush_all()
        scope = self.env["retention.overview"]._scope(options)
        profiles = self._chosen(options)

        def fill(writer):
            self._write_summary(writer, scope, profiles)
            told = []
            for table in self._tables(scope, profiles):
                told.append((table.title, self._write_table(writer, table, on_rows)))
                if table.key == "moves":
                    self._write_cohorts(writer, scope, profiles)
            self._write_glossary(writer, told)

        return self._into_file(fill)

    def _into_file(self, fill):
        """Write into a file that is there for a time.

        :param fill: called with the ``WorkbookWriter``
        :return: the content, in bytes
        """
        zone = self.env["retention.overview"]._zone()
        # sudo: how amounts are written is no secret
        currencies = self.env["res.currency"].sudo().search([])
        with tempfile.TemporaryDirectory(prefix="retention_workbook_") as folder:
            path = os.path.join(folder, "workbook.xlsx")
            writer = WorkbookWriter(path, get_lang(self.env), zone, currencies)
            fill(writer)
            writer.close()
            with open(path, "rb") as file:
                return file.read()

    def _write_table(self, writer, table, on_rows):
        """Add the sheet of a table.

        :return: its columns
        """
        columns = self._columns(table)
        writer.add_table(
            table.title,
            columns,
            self._batches(table, columns, on_rows),
            self.env[table.model].search_count(table.domain),
            self.env._("Yes"),
        )
        return columns

    def _file_name(self):
        day = fields.Date.to_string(self.env["retention.overview"]._today())
        return self.env._("Customers %s.xlsx", day)
