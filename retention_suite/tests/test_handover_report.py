from odoo.tests import tagged

from .handover_common import HandoverCase


@tagged("post_install", "-at_install")
class TestReport(HandoverCase):
    def test_counts_and_hours(self):
        source = self.env["utm.source"].create({"name": "Fair"})
        self.lead.source_id = source
        first = self._hand_over()
        with self._later(hours=2):
            first.with_user(self.seller).action_accept()
        with self._later(hours=5):
            self._post(self.lead, self.seller, self.anna)
            self._return(first)
        second = self._hand_over(self._new_lead(self.bert), self.colleague)
        rows = self.env["retention.handover.report"].search(
            [("id", "in", (first | second).ids)], order="id"
        )
        self.assertRecordValues(
            rows,
            [
                {
                    "source_id": source.id,
                    "state": "returned",
                    "offered_count": 1,
                    "accepted_count": 1,
                    "contacted_count": 1,
                    "succeeded_count": 0,
                    "returned_count": 1,
                    "expired_count": 0,
                    "late_count": 0,
                    "accept_hours": 2,
                    "contact_hours": 5,
                    "close_hours": 5,
                    "return_reason_id": self.reason.id,
                },
                {
                    "source_id": False,
                    "state": "offered",
                    "offered_count": 1,
                    "accepted_count": 0,
                    "contacted_count": 0,
                    "succeeded_count": 0,
                    "returned_count": 0,
                    "expired_count": 0,
                    "late_count": 0,
                    "accept_hours": 0,
                    "contact_hours": 0,
                    "close_hours": 0,
                    "return_reason_id": False,
                },
            ],
        )
        [(hours, offered)] = self.env["retention.handover.report"]._read_group(
            [("id", "in", rows.ids)],
            [],
            ["accept_hours:avg", "offered_count:sum"],
        )
        self.assertEqual((hours, offered), (2, 2), "only those accepted count")

    def test_too_late(self):
        handover = self._hand_over()
        with self._later(days=2):
            self.env.invalidate_all()
            row = self.env["retention.handover.report"].browse(handover.id)
            self.assertEqual(row.late_count, 1)
            self.assertEqual(
                row.with_user(self.seller).action_open_lead()["res_id"], self.lead.id
            )
