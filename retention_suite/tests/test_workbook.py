import io
from datetime import datetime
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..report import retention_workbook, retention_workbook_tables, workbook_writer
from .overview_common import OverviewCase

SHEETS = [
    "Summary",
    "Customers",
    "Contact gaps",
    "Messages",
    "Hand-overs",
    "Journey",
    "Cohorts",
    "Referrals",
    "Win-back",
    "Glossary",
]


@tagged("post_install", "-at_install")
class TestWorkbook(OverviewCase):
    """What stands in the workbook of the small company of ``overview_common``."""

    def _content(self, user=None, **options):
        """The workbook, read back."""
        env = self.env(user=user or self.manager)
        action = env["retention.workbook"].start(options)
        self.assertEqual(action["target"], "download")
        job = env["retention.workbook.job"].search([], limit=1)
        self.assertEqual(
            action["url"], f"/web/content/{job.attachment_id.id}?download=true"
        )
        return load_workbook(io.BytesIO(job.attachment_id.raw))

    def _rows(self, sheet):
        """The rows of a table, as dicts by heading."""
        head, *rows = sheet.iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    def _names(self, sheet, column):
        return sorted(row[column] for row in self._rows(sheet))

    # ------------------------------------------------------------------
    # Sheets
    # ------------------------------------------------------------------

    def test_sheets(self):
        book = self._content()
        self.assertEqual(book.sheetnames, SHEETS)
        for sheet in book.worksheets[1:-1]:
            with self.subTest(sheet.title):
                self.assertTrue(sheet.freeze_panes)
                self.assertGreater(sheet.max_row, 1)
                if sheet.title != "Cohorts":
                    width = sheet.cell(1, sheet.max_column).column_letter
                    self.assertEqual(
                        sheet.auto_filter.ref, f"A1:{width}{sheet.max_row}"
                    )
        glossary = self._rows(book["Glossary"])
        meant = {row["Name"]: row["What it means"] for row in glossary}
        self.assertIn("divided by", meant["Advocate rate"])
        for sheet in book.worksheets[1:-1]:
            if sheet.title != "Cohorts":
                told = {r["Name"] for r in glossary if r["Sheet"] == sheet.title}
                self.assertEqual(told, {cell.value for cell in sheet[1]})

    def test_summary_says_what_the_overview_says(self):
        sheet = self._content()["Summary"]
        rows = {row[0]: row for row in sheet.iter_rows(values_only=True) if row[0]}
        self.assertEqual(rows["Whose customers"][1], "Everybody's")
        self.assertEqual(rows["Companies"][1], "Hand")
        for line in self._block("figures")["lines"]:
            with self.subTest(line["key"]):
                _label, now, before, change, verdict, *_rest = rows[line["label"]]
                unit = 100 if line["text"].endswith("%") else 1
                for value, known in ((now, line["value"]), (before, line["before"])):
                    if known is None:
                        self.assertIsNone(value)
                    else:
                        self.assertAlmostEqual(value * unit, known)
                self.assertEqual(change or "", line["change_text"])
                known = {True: "better", False: "worse", None: ""}[line["is_better"]]
                self.assertEqual(verdict or "", known)
        # by hand: 2 of 7 active customers recommend us
        self.assertAlmostEqual(rows["Advocate rate"][1], 2 / 7)
        for stage in self._block("stages")["stages"]:
            if stage["count"]:
                self.assertIn(stage["label"], rows)
        # customers by stage, stages over time, losses
        self.assertEqual(len(sheet._charts), 3)
        self.assertEqual(rows["Price"][1:3], (1000, 1))

    def test_customers(self):
        sheet = self._content()["Customers"]
        rows = {row["Customer"]: row for row in self._rows(sheet)}
        self.assertEqual(len(rows), 12)
        amber = rows["Amber"]
        self.assertEqual(amber["Contact Person"], self.seller.name)
        self.assertEqual(amber["Stage"], self.stages["active"].name)
        # 10:00 UTC is 11:00 in Berlin
        self.assertEqual(amber["Last Contact"], datetime(2026, 11, 10, 11, 0))
        self.assertEqual(amber["Next Contact Due"], datetime(2026, 12, 10))
        self.assertEqual(amber["Customer Value"], 900)
        self.assertEqual(amber["Risk"], 80)

    def test_rows_are_those_behind_the_figures(self):
        book = self._content()
        self.assertEqual(
            self._names(book["Contact gaps"], "Who"),
            sorted(["Birch", "Fern", "Ginger", "Lilac"]),
        )
        self.assertEqual(
            self._names(book["Messages"], "Customer"),
            ["Amber", "Amber", "Birch", "Iris"],
        )
        hours = [
            row["Average Response Time (Hours)"] for row in self._rows(book["Messages"])
        ]
        # who has no answer yet has no time of one, rather than the best
        self.assertEqual(sorted(filter(None, hours)), [2, 4, 9])
        self.assertEqual(hours.count(None), 1)
        self.assertEqual(len(self._rows(book["Hand-overs"])), 3)
        self.assertEqual(self._names(book["Referrals"], "Recommended By"), ["Iris"])
        self.assertEqual(
            self._names(book["Win-back"], "Customer"), ["Amber", "Birch", "Cedar"]
        )
        moves = self.env["retention.journey.transition"].search_count(
            [("date", ">=", "2026-10-31 23:00:00"), ("company_id", "=", self.hand.id)]
        )
        self.assertEqual(len(self._rows(book["Journey"])), moves)
        cohorts = self._block("cohorts")
        found = self._rows(book["Cohorts"])
        self.assertEqual(
            [row["First bought in"] for row in found],
            [line["label"] for line in cohorts["lines"]],
        )
        self.assertEqual(found[0]["Month 0"], cohorts["lines"][0]["shares"][0] / 100)

    def test_explanations_have_room(self):
        """Not every program makes rows as high as their text needs it."""
        book = self._content()
        glossary = book["Glossary"]
        rows = [row[2] for row in glossary.iter_rows(min_row=2) if row[2].value]
        long = [cell for cell in rows if len(cell.value) > 2 * 110]
        self.assertTrue(long)
        for cell in long:
            height = glossary.row_dimensions[cell.row].height
            self.assertGreaterEqual(height, 15 * len(cell.value) / 110)
        summary = book["Summary"]
        how = [row for row in summary.merged_cells.ranges if row.min_col == 7]
        self.assertEqual(len(how), 1 + 8)

    def test_chosen_customers(self):
        chosen = self.customers["Amber"] | self.customers["Fern"]
        book = self._content(profile_ids=chosen.ids)
        self.assertEqual(self._names(book["Customers"], "Customer"), ["Amber", "Fern"])
        self.assertEqual(self._names(book["Contact gaps"], "Who"), ["Fern"])
        self.assertEqual(set(self._names(book["Messages"], "Customer")), {"Amber"})
        rows = {row[0]: row for row in book["Summary"].iter_rows(values_only=True)}
        self.assertEqual(rows["Whose customers"][1], "2 customers that were chosen")
        # figures of everybody would mislead
        self.assertNotIn("Advocate rate", rows)

    # ------------------------------------------------------------------
    # Right in Excel
    # ------------------------------------------------------------------

    def test_text_stays_text(self):
        names = ["=1+1", "+49 30", "-5", "@SUM(A1)", "https://evil.example", "007"]
        keys = ("Amber", "Birch", "Cedar", "Daisy", "Elder", "Fern")
        for key, name in zip(keys, names, strict=True):
            self.customers[key].partner_id.name = name
        cells = self._content()["Customers"]["A"]
        found = {cell.value: cell for cell in cells}
        for name in names:
            with self.subTest(name):
                self.assertEqual(found[name].data_type, "s")
                self.assertIsNone(found[name].hyperlink)

    def test_dates_are_those_of_the_reader(self):
        self.manager.tz = "Pacific/Auckland"
        self.env.ref("base.lang_de").active = True
        self.manager.lang = "de_DE"
        env = self.env(
            user=self.manager,
            context={"lang": "de_DE", "allowed_company_ids": self.hand.ids},
        )
        env["retention.workbook"].start({})
        job = env["retention.workbook.job"].search([], limit=1)
        book = load_workbook(io.BytesIO(job.attachment_id.raw))
        self.assertIn("Kunden", book.sheetnames)
        head, *rows = book["Kunden"].iter_rows()
        places = {cell.value: number for number, cell in enumerate(head)}
        [amber] = [row for row in rows if row[0].value == "Amber"]
        cell = amber[places["Letzter Kontakt"]]
        # 10:00 UTC on 10 November
        self.assertEqual(cell.value, datetime(2026, 11, 10, 23, 0))
        self.assertEqual(cell.number_format, "dd.mm.yyyy hh:mm")

    def test_money_has_its_currency(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        other = self.env["res.company"].create({"name": "Osaka", "currency_id": yen.id})
        self.manager.company_ids = [Command.link(other.id)]
        partner = self.env["res.partner"].create({"name": "Kumo"})
        profile = self._add_profile(
            partner, company_id=other.id, user_id=self.manager.id
        )
        profile.customer_value = 5000
        env = self.env(
            user=self.manager,
            context={"allowed_company_ids": (self.hand | other).ids},
        )
        env["retention.workbook"].start({})
        job = env["retention.workbook.job"].search([], limit=1)
        sheet = load_workbook(io.BytesIO(job.attachment_id.raw))["Customers"]
        head, *rows = sheet.iter_rows()
        place = [cell.value for cell in head].index("Customer Value")
        formats = {row[0].value: row[place].number_format for row in rows}
        self.assertEqual(formats["Kumo"], workbook_writer.money_format(yen))
        self.assertIn(".00", formats["Amber"])
        self.assertNotIn(".", formats["Kumo"])

    def test_days_before_excel(self):
        """What Excel has no number for is written as text."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_profile SET start_date = '1899-12-30 08:00:00'"
            " WHERE id = %s",
            [self.customers["Amber"].id],
        )
        self.env.invalidate_all()
        rows = {
            row["Customer"]: row for row in self._rows(self._content()["Customers"])
        }
        self.assertTrue(rows["Amber"]["Known Since"].startswith("1899-12-30 "))

    # ------------------------------------------------------------------
    # Who may see what
    # ------------------------------------------------------------------

    def test_salesperson_gets_own_customers(self):
        own = ["Amber", "Birch", "Cedar", "Daisy", "Elder", "Fern"]
        for options in ({}, {"user_id": self.colleague.id}):
            book = self._content(self.seller, **options)
            self.assertEqual(self._names(book["Customers"], "Customer"), own)
            self.assertEqual(
                set(self._names(book["Messages"], "Customer")), {"Amber", "Birch"}
            )
            for row in self._rows(book["Journey"]):
                self.assertIn(row["Customer"], own)
        # a colleague's customer is left out, whatever is asked for
        ids = (self.customers["Amber"] | self.customers["Ginger"]).ids
        book = self._content(self.seller, profile_ids=ids)
        self.assertEqual(self._names(book["Customers"], "Customer"), ["Amber"])
        with self.assertRaises(UserError):
            self._content(self.seller, profile_ids=self.customers["Ginger"].ids)

    def test_manager_chooses_a_person(self):
        book = self._content(user_id=self.colleague.id)
        self.assertEqual(
            self._names(book["Customers"], "Customer"),
            ["Ginger", "Hazel", "Iris", "Jade", "Kale"],
        )

    def test_other_companies_are_left_out(self):
        partner = self.env["res.partner"].create({"name": "Elsewhere"})
        self._add_profile(partner, company_id=self.company.id)
        names = self._names(self._content()["Customers"], "Customer")
        self.assertNotIn("Elsewhere", names)

    def test_outsiders_get_none(self):
        portal = new_test_user(self.env, "workbook_portal", groups="base.group_portal")
        plain = new_test_user(self.env, "workbook_plain", groups="base.group_user")
        for user in (portal, plain, self.env.ref("base.public_user")):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env(user=user)["retention.workbook"].start({})

    def test_others_do_not_get_mine(self):
        self._content(self.seller)
        job = self.env["retention.workbook.job"].search([], limit=1)
        self.assertEqual(job.user_id, self.seller)
        for user in (self.colleague, self.manager):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    job.with_user(user).action_download()
                with self.assertRaises(AccessError):
                    job.attachment_id.with_user(user).raw  # noqa: B018
        with self.assertRaises(AccessError):
            job.with_user(self.seller).write({"state": "done"})

    # ------------------------------------------------------------------
    # Too little, too much
    # ------------------------------------------------------------------

    def test_nobody_to_tell_about(self):
        newcomer = new_test_user(
            self.env,
            "workbook_newcomer",
            groups="base.group_user,sales_team.group_sale_salesman",
            company_id=self.hand.id,
            company_ids=[Command.set(self.hand.ids)],
        )
        with self.assertRaisesRegex(UserError, "no customer to put into"):
            self.env(user=newcomer)["retention.workbook"].start({})

    def test_more_than_excel_holds(self):
        # as many rows as there are customers, without the heading
        self.patch(retention_workbook, "MAX_ROWS", 12)
        with self.assertRaisesRegex(UserError, "Customers would have 12 rows"):
            self._content()
        self.patch(retention_workbook, "MAX_ROWS", 13)
        self.assertEqual(self._content().sheetnames, SHEETS)

    def test_bad_dates(self):
        with self.assertRaises(UserError):
            self._content(period="own", date_from="2026-11-05", date_to="2026-11-01")

    def test_no_row_stays_in_memory(self):
        """Read some at a time."""
        read = []
        ask = type(self.env["retention.profile"]).read

        def noted(records, *args, **kwargs):
            read.append(len(records))
            return ask(records, *args, **kwargs)

        self.patch(retention_workbook_tables, "BATCH", 5)
        with patch.object(self.registry["retention.profile"], "read", noted):
            self._content()
        self.assertEqual(read, [5, 5, 2])
