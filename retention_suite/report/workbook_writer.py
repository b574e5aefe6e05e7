"""Tables in Excel workbooks, with dates and numbers as their reader writes them."""

import math
import re
from collections import namedtuple
from datetime import UTC

import xlsxwriter

# Of a sheet, its heading included; of a cell; of the name of a sheet.
MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
MAX_NAME = 31
# Excel knows no days before.
FIRST_YEAR = 1900

# What stands in a column: the name of the field, what is written above it, what it
# holds (a type of field, or percent), what its keys are called, and what it means.
Column = namedtuple("Column", "name label kind choices help", defaults=({}, ""))

WIDTHS = {
    "boolean": 9,
    "char": 30,
    "date": 13,
    "datetime": 18,
    "float": 12,
    "integer": 11,
    "many2one": 30,
    "monetary": 16,
    "percent": 12,
    "selection": 20,
    "text": 40,
}
# These stand at the right.
NUMBERS = {"float", "integer", "monetary", "percent"}
LINE_HEIGHT = 15
# Of Odoo's date formats in Excel's words.
DATE_WORDS = {
    "%d": "dd",
    "%-d": "d",
    "%m": "mm",
    "%-m": "m",
    "%Y": "yyyy",
    "%y": "yy",
    "%b": "mmm",
    "%B": "mmmm",
    "%a": "ddd",
    "%A": "dddd",
    "%H": "hh",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%p": "AM/PM",
}


def excel_format(pattern):
    """Return a date or time format of Odoo's languages as Excel writes it.

    :param str pattern: such as ``%d.%m.%Y``
    """
    return re.sub(r"%-?[a-zA-Z]", lambda word: DATE_WORDS.get(word[0], ""), pattern)


def money_format(currency):
    """Return Excel's format of amounts in a currency.

    :param currency: ``res.currency`` record
    """
    number = "#,##0" + ("." + "0" * currency.decimal_places).rstrip(".")
    # nothing in it is an instruction to Excel
    symbol = '"{}"'.format((currency.symbol or currency.name).replace('"', ""))
    return (
        f"{symbol} {number}" if currency.position == "before" else f"{number} {symbol}"
    )


class WorkbookWriter:
    """A workbook that is written row by row, each of which leaves the memory at once.

    Text is text, whatever it begins with: what somebody wrote into a name is no formula
    and no link.

    :param str path: of the file
    :param lang: data of the reader's language, with its date and time format
    :param zone: the reader's time zone, as ``ZoneInfo``
    :param currencies: ``res.currency`` records, all that may be met
    """

    def __init__(self, path, lang, zone, currencies):
        self.zone = zone
        self.book = xlsxwriter.Workbook(
            path,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        # to the minute, as people read it
        day = excel_format(lang.date_format)
        time = excel_format(lang.time_format.replace(":%S", ""))

        def make(**options):
            return self.book.add_format({"valign": "top", **options})

        head = {"bold": True, "bg_color": "#E9E6F0", "bottom": 1, "text_wrap": True}
        # away from a number beside it
        aside = {"align": "left", "indent": 1}
        self.formats = {
            "title": make(bold=True, font_size=16),
            "heading": make(bold=True, font_size=12),
            "head": make(**head, **aside),
            "head_number": make(**head, align="right"),
            "muted": make(font_color="#666666"),
            "right": make(align="right"),
            "text": make(**aside),
            "wrap": make(text_wrap=True, **aside),
            "date": make(num_format=day, **aside),
            "datetime": make(num_format=f"{day} {time}", **aside),
            "integer": make(num_format="#,##0"),
            "float": make(num_format="#,##0.0"),
            "percent": make(num_format="0.0%"),
        }
        self.money = {
            currency.id: make(num_format=money_format(currency))
            for currency in currencies
        }

    def close(self):
        self.book.close()

    def add_sheet(self, name):
        """Return a new worksheet, with a name that Excel takes."""
        name = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ")[:MAX_NAME]
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    # ------------------------------------------------------------------
    # Cells
    # ------------------------------------------------------------------

    def text(self, sheet, row, column, value, style="text"):
        sheet.write_string(
            row, column, str(value or "")[:MAX_TEXT], self.formats[style]
        )

    def wide_text(self, sheet, row, columns, value, style="wrap"):
        """Write a text across several columns.

        :param tuple columns: the first and the last one
        """
        value = str(value or "")[:MAX_TEXT]
        sheet.merge_range(row, columns[0], row, columns[1], value, self.formats[style])

    def make_room(self, sheet, row, text, width):
        """Make a row as high as a text needs it that is wrapped. To be called before
        anything is written into it: not all programs do this by themselves.

        :param int width: how many characters fit into a line, of the widest
        """
        lines = math.ceil(len(text) / width)
        if lines > 1:
            sheet.set_row(row, LINE_HEIGHT * lines)

    def put(self, sheet, row, column, value, kind, currency_id=None):
        """Write one value.

        :param str kind: see ``Column``
        :param int currency_id: of an amount
        """
        if value is None or value is False:
            return
        if kind == "monetary":
            sheet.write_number(row, column, value, self.money.get(currency_id))
        elif kind == "percent":
            sheet.write_number(row, column, value / 100, self.formats["percent"])
        elif kind in ("integer", "float"):
            sheet.write_number(row, column, value, self.formats[kind])
        elif kind == "datetime":
            local = value.replace(tzinfo=UTC).astimezone(self.zone)
            self._moment(sheet, row, column, local.replace(tzinfo=None), kind)
        elif kind == "date":
            self._moment(sheet, row, column, value, kind)
        else:
            self.text(sheet, row, column, value)

    def _moment(self, sheet, row, column, value, kind):
        if value.year < FIRST_YEAR:
            sheet.write_string(row, column, value.isoformat(" "))
        else:
            sheet.write_datetime(row, column, value, self.formats[kind])

    # ------------------------------------------------------------------
    # Tables
    # ------------------------------------------------------------------

    def head(self, sheet, row, labels, kinds):
        """Write what stands above a table.

        :param list labels: of its columns
        :param list kinds: what they hold, see ``Column``
        """
        for column, (label, kind) in enumerate(zip(labels, kinds, strict=True)):
            style = "head_number" if kind in NUMBERS else "head"
            self.text(sheet, row, column, label, style)

    def add_table(self, name, columns, batches, count, yes):
        """Add a sheet with one table: headings that stay, filters, readable widths.

        :param str name: of the sheet
        :param list columns: of ``Column``
        :param batches: iterator over lists of dicts, as ``read`` gives them
        :param int count: of rows
        :param str yes: what a box that is ticked says
        """
        sheet = self.add_sheet(name)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, self._width(column))
        sheet.set_row(0, 2 * LINE_HEIGHT)
        labels, kinds = zip(*((c.label, c.kind) for c in columns), strict=True)
        self.head(sheet, 0, labels, kinds)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
        row = 0
        for batch in batches:
            for values in batch:
                row += 1
                self._write_row(sheet, row, columns, values, yes)
        return sheet

    def _width(self, column):
        longest = max(len(word) for word in column.label.split() or [""])
        return max(WIDTHS.get(column.kind, 20), longest + 3)

    def _write_row(self, sheet, row, columns, values, yes):
        style = self.formats["text"]
        for place, (name, _label, kind, choices, _help) in enumerate(columns):
            value = values[name]
            if value is False or value is None:
                continue
            if kind in ("char", "text"):
                sheet.write_string(row, place, value[:MAX_TEXT], style)
            elif kind == "many2one":
                sheet.write_string(row, place, (value[1] or "")[:MAX_TEXT], style)
            elif kind == "selection":
                sheet.write_string(row, place, choices.get(value, str(value)), style)
            elif kind == "boolean":
                sheet.write_string(row, place, yes, style)
            elif kind == "monetary":
                currency = values["currency_id"]
                self.put(sheet, row, place, value, kind, currency and currency[0])
            else:
                self.put(sheet, row, place, value, kind)
