from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_datetime

from .retention_overview_figures import FIGURES

KINDS = {
    "percent": "percent",
    "hours": "float",
    "number": "integer",
    "money": "monetary",
}
# How wide the columns are, in characters, and how many rows a chart takes.
FIRST_WIDTH, WIDTH = 34, 16
CHART_ROWS = 15
TITLE_HEIGHT = 24  # points
# Where each figure is explained, across several columns.
HELP_PLACE = (6, 11)
HELP_WIDTH = 110


class RetentionWorkbookSummary(models.AbstractModel):
    """The first sheet of the workbook, and those of the cohorts and the formulas: the
    figures are those of the overview."""

    _name = "retention.workbook.summary"
    _description = "Summary of the Workbook"

    def _write_summary(self, writer, scope, profiles):
        sheet = writer.add_sheet(self.env._("Summary"))
        sheet.set_column(0, 0, FIRST_WIDTH)
        sheet.set_column(1, HELP_PLACE[1], WIDTH)
        row = self._write_about(writer, sheet, scope, profiles)
        if profiles is None:
            row = self._write_figures(writer, sheet, row, scope)
        row = self._write_stages(writer, sheet, row, scope, profiles)
        if profiles is None:
            row = self._write_stock(writer, sheet, row, scope)
            self._write_losses(writer, sheet, row, scope)

    def _write_about(self, writer, sheet, scope, profiles):
        """Say what it is about. Return the row where it goes on."""
        _ = self.env._
        sheet.set_row(0, TITLE_HEIGHT)
        writer.text(sheet, 0, 0, _("How we keep our customers"), "title")
        lines = [
            (_("Companies"), ", ".join(self.env.companies.mapped("name"))),
            (_("Period"), self.env["retention.overview"]._period_text(scope.now)),
            (_("Whose customers"), self._whose_text(scope, profiles)),
            (
                _("Made on"),
                _(
                    "%(date)s by %(user)s",
                    date=format_datetime(self.env, fields.Datetime.now()),
                    user=self.env.user.name,
                ),
            ),
        ]
        for row, (label, text) in enumerate(lines, 1):
            writer.text(sheet, row, 0, label, "muted")
            writer.text(sheet, row, 1, text)
        return len(lines) + 2

    def _whose_text(self, scope, profiles):
        if profiles is not None:
            return self.env._("%s customers that were chosen", len(profiles))
        if scope.user_ids is None:
            return self.env._("Everybody's")
        # sudo: names of colleagues, as the overview offers them
        users = self.env["res.users"].sudo().browse(scope.user_ids)
        return ", ".join(users.exists().mapped("name")) or self.env._("Nobody's")

    def _write_figures(self, writer, sheet, top, scope):
        _ = self.env._
        overview = self.env["retention.overview"]
        block = overview._block_figures(scope)
        writer.text(sheet, top, 0, _("Figures"), "heading")
        writer.text(sheet, top, 1, block["before_text"], "muted")
        labels = [_("Figure"), _("Now"), _("Before"), _("Change"), "", _("Counted")]
        kinds = ["char", *["float"] * 3, *["char"] * 2]
        writer.head(sheet, top + 1, labels, kinds)
        how = _("How it is counted")
        writer.wide_text(sheet, top + 1, HELP_PLACE, how, "head")
        first, last = HELP_PLACE
        width = (last - first + 1) * WIDTH
        currency_id = self.env.company.currency_id.id
        for row, line in enumerate(block["lines"], top + 2):
            kind = KINDS[FIGURES[line["key"]][0]]
            writer.make_room(sheet, row, line["help"], width)
            writer.text(sheet, row, 0, line["label"])
            writer.put(sheet, row, 1, line["value"], kind, currency_id)
            writer.put(sheet, row, 2, line["before"], kind, currency_id)
            writer.text(sheet, row, 3, line["change_text"], "right")
            verdicts = {True: _("better"), False: _("worse")}
            writer.text(sheet, row, 4, verdicts.get(line["is_better"], ""))
            writer.text(sheet, row, 5, line["count_text"])
            writer.wide_text(sheet, row, HELP_PLACE, line["help"])
        return row + 2

    def _write_stages(self, writer, sheet, top, scope, profiles):
        """Customers by stage, with a chart. Return the row where it goes on."""
        _ = self.env._
        title = _("Customers by stage")
        domain = scope.of()
        if profiles is not None:
            domain = Domain("id", "in", profiles.ids)
        groups = self.env["retention.profile"]._read_group(
            domain, ["journey_stage_id"], ["__count", "open_alert_count:sum"]
        )
        writer.text(sheet, top, 0, title, "heading")
        labels = [_("Stage"), _("Customers"), _("To do")]
        writer.head(sheet, top + 1, labels, ["char", "integer", "integer"])
        first, row = top + 2, top + 1
        for row, (stage, count, alerts) in enumerate(groups, first):
            writer.text(sheet, row, 0, stage.name or _("Not placed yet"))
            writer.put(sheet, row, 1, count, "integer")
            writer.put(sheet, row, 2, alerts or 0, "integer")
        chart = {"type": "bar"}
        self._add_chart(writer, sheet, chart, title, (first, row), [1], (top, 4))
        return max(row + 2, top + CHART_ROWS + 1)

    def _write_stock(self, writer, sheet, top, scope):
        """Customers by stage at the end of each month, with a chart."""
        title = self.env._("Stages over time")
        block = self.env["retention.overview"]._block_stages(scope)
        writer.text(sheet, top, 0, title, "heading")
        labels = [series["label"] for series in block["series"]]
        kinds = ["char", *["integer"] * len(labels)]
        writer.head(sheet, top + 1, [self.env._("Month"), *labels], kinds)
        first, row = top + 2, top + 1
        for place, month in enumerate(block["months"]):
            row = first + place
            writer.text(sheet, row, 0, month)
            for column, series in enumerate(block["series"], 1):
                writer.put(sheet, row, column, series["values"][place], "integer")
        chart = {"type": "column", "subtype": "stacked"}
        columns = range(1, len(labels) + 1)
        place = (row + 2, 0)
        self._add_chart(writer, sheet, chart, title, (first, row), columns, place)
        return row + 2 + CHART_ROWS + 1

    def _write_losses(self, writer, sheet, top, scope):
        """Why customers were lost, the dearest reason first, with a chart."""
        _ = self.env._
        title = _("Why customers were lost")
        block = self.env["retention.overview"]._block_losses(scope)
        writer.text(sheet, top, 0, title, "heading")
        if block["empty"]:
            writer.text(sheet, top + 1, 0, block["empty"])
            return
        labels = [_("Reason"), _("Value lost"), _("Customers"), _("Group"), _("Share")]
        kinds = ["char", "monetary", "integer", "char", "percent", "percent"]
        writer.head(sheet, top + 1, [*labels, _("Summed up")], kinds)
        first = top + 2
        currency_id = self.env.company.currency_id.id
        for row, line in enumerate(block["lines"], first):
            writer.text(sheet, row, 0, line["label"])
            writer.put(sheet, row, 1, line["value"], "monetary", currency_id)
            writer.put(sheet, row, 2, line["count"], "integer")
            writer.text(sheet, row, 3, line["group"])
            writer.put(sheet, row, 4, line["share"], "percent")
            writer.put(sheet, row, 5, line["cumulated"], "percent")
        chart = {"type": "bar"}
        self._add_chart(writer, sheet, chart, title, (first, row), [1], (top, 7))

    def _add_chart(self, writer, sheet, options, title, rows, columns, place):
        """Add a chart of columns of the sheet, whose first one names the rows.

        :param tuple rows: first and last row of what it shows
        :param tuple place: row and column of its upper left corner
        """
        first, last = rows
        if last < first or not columns:
            return
        chart = writer.book.add_chart(options)
        name = sheet.get_name()
        for column in columns:
            chart.add_series(
                {
                    "name": [name, first - 1, column, first - 1, column],
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, column, last, column],
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        if len(columns) == 1:
            chart.set_legend({"none": True})
        if options["type"] == "bar":
            # the first one on top, as in the table
            chart.set_y_axis({"reverse": True})
        sheet.insert_chart(*place, chart)

    # ------------------------------------------------------------------
    # Other sheets
    # ------------------------------------------------------------------

    def _write_cohorts(self, writer, scope, profiles):
        """Who bought again, as a heat map."""
        _ = self.env._
        sheet = writer.add_sheet(_("Cohorts"))
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 11)
        overview = self.env["retention.overview"]
        domain = overview._cohort_domain(scope)
        if profiles is not None:
            domain &= Domain("profile_id", "in", profiles.ids)
        block = overview._cohorts_of(domain)
        if block["empty"]:
            writer.text(sheet, 0, 0, block["empty"])
            return
        months = [_("Month %s", number) for number in block["months"]]
        kinds = ["char", "integer", *["percent"] * len(months)]
        sheet.set_column(2, len(months) + 1, 10)
        writer.head(sheet, 0, [_("First bought in"), _("Customers"), *months], kinds)
        sheet.freeze_panes(1, 2)
        for row, line in enumerate(block["lines"], 1):
            writer.text(sheet, row, 0, line["label"])
            writer.put(sheet, row, 1, line["size"], "integer")
            for column, share in enumerate(line["shares"], 2):
                writer.put(sheet, row, column, share, "percent")
        sheet.conditional_format(
            1,
            2,
            len(block["lines"]),
            len(months) + 1,
            {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#8FC4F4"},
        )

    def _write_glossary(self, writer, tables):
        """Every figure and every column, with what it means.

        :param list tables: pairs of title and columns
        """
        _ = self.env._
        sheet = writer.add_sheet(_("Glossary"))
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 34)
        sheet.set_column(2, 2, HELP_WIDTH)
        labels = [_("Sheet"), _("Name"), _("What it means")]
        writer.head(sheet, 0, labels, ["char"] * 3)
        sheet.freeze_panes(1, 0)
        overview = self.env["retention.overview"]
        labels, helps = overview._figure_labels(), overview._figure_helps()
        lines = [(_("Summary"), labels[key], helps[key]) for key in FIGURES]
        lines += [
            (title, column.label, column.help)
            for title, columns in tables
            for column in columns
        ]
        for row, line in enumerate(lines, 1):
            writer.make_room(sheet, row, line[2] or "", HELP_WIDTH)
            for column, text in enumerate(line):
                writer.text(sheet, row, column, text, "wrap")
