from odoo.tests import tagged

from .answer_common import AnswerCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestAnswerReport(AnswerCase):
    """How well messages are answered."""

    def setUp(self):
        super().setUp()
        self.Report = self.env["retention.answer.report"]
        # response times of 1, 2, 3, 4 and 10 hours with 3 allowed; one waits
        rows = [(1, 3), (2, 3), (3, 3), (4, 3), (10, 3), (None, 3)]
        contacts = []
        for number in range(len(rows)):
            lead = self._new_lead(self.anna, self.seller)
            self.ours = self._post(lead, self.seller, self.anna)
            message = self._write_in(date=f"Mon, 15 Jun 2026 12:{number + 10}:00 +0200")
            contacts.append(self._contact(message))
        self.env.flush_all()
        for contact, (hours, target) in zip(contacts, rows, strict=True):
            self.env.cr.execute(
                "UPDATE retention_touchpoint SET response_hours = %s,"
                " answered_date = date + %s * interval '1 hour',"
                " answer_due_date = date + %s * interval '1 hour',"
                " answer_user_id = %s WHERE id = %s",
                [hours, hours, target, self.seller.id if hours else None, contact.id],
            )
        self.env.invalidate_all()
        self.lead_model = self.env["ir.model"]._get("crm.lead")

    def _figures(self, groupby=(), domain=()):
        return self.Report._read_group(
            list(domain),
            list(groupby),
            [
                "__count",
                "answered_share:avg",
                "in_time_share:avg",
                "median_hours:avg",
                "ninetieth_hours:avg",
                "response_hours:avg",
            ],
        )

    def test_shares_and_percentiles(self):
        [[count, answered, in_time, median, ninetieth, mean]] = self._figures()
        self.assertEqual(count, 6)
        self.assertAlmostEqual(answered, 500 / 6)
        # what still has time counts as neither
        self.assertAlmostEqual(in_time, 60)
        self.assertEqual(median, 3)
        self.assertAlmostEqual(ninetieth, 7.6)
        self.assertEqual(mean, 4)

    def test_overdue_is_not_in_time(self):
        with self._at(NOW.replace(day=16)):
            [[_count, answered, in_time, *_rest]] = self._figures()
        self.assertAlmostEqual(answered, 500 / 6)
        self.assertAlmostEqual(in_time, 50)

    def test_by_team_person_document_and_month(self):
        for name in ("team_id", "user_id", "model_id", "date:month"):
            [[group, count, *_rest]] = self._figures([name])
            self.assertEqual(count, 6, name)
            self.assertTrue(group, name)
        self.assertEqual(self._figures(["model_id"])[0][0], self.lead_model)

    def test_screens_open(self):
        for view in ("pivot", "graph", "list", "search"):
            self.Report.get_view(view_type=view)
        data = self.Report.formatted_read_group(
            [], ["team_id"], ["median_hours:avg", "__count"]
        )
        self.assertEqual(data[0]["median_hours:avg"], 3)

    def test_line_opens_the_document(self):
        line = self.Report.search([], limit=1)
        action = line.action_open_document()
        self.assertEqual(action["res_model"], "crm.lead")
