from odoo.tests import tagged

from .capture import CaptureCase


@tagged("post_install", "-at_install")
class TestTouchpointPrepared(CaptureCase):
    """Plain messages are captured by statements that are planned once for each
    connection."""

    def setUp(self):
        super().setUp()
        self._lose()
        self.addCleanup(self._lose)

    def _lose(self):
        """Have the connection as if it were new."""
        self.env.cr.execute("DEALLOCATE ALL")
        vars(self.env.cr.connection).pop("retention_prepared", None)

    def _prepared(self, what=""):
        """How often each statement was used that says something."""
        self.env.cr.execute(
            "SELECT name, generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE name LIKE 'retention\\_%%' AND statement LIKE %s",
            [f"%{what}%"],
        )
        return dict(self.env.cr.fetchall())

    def test_the_next_message_uses_what_is_planned(self):
        self._post(self.lead, self.seller, self.anna)
        planned = self._prepared()
        self.assertEqual(list(planned.values()), [1])
        self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self._prepared(), dict.fromkeys(planned, 2))
        self.assertEqual(len(self._contacts()), 2)
        self._assert_run_agrees()

    def test_what_ends_is_planned_too(self):
        for moment in ("2026-10-12 10:00:00", "2027-03-15 10:00:00"):
            with self._at(moment):
                self._run()
                alert = self.env["retention.alert"].search(
                    [("profile_id", "=", self.profile.id), ("state", "=", "open")]
                )
                self.assertEqual(alert.kind, "contact_gap")
                self._post(self.lead, self.seller, self.anna)
                self.assertEqual(alert.state, "resolved")
        self.assertEqual(sorted(self._prepared().values()), [2, 2])

    def test_several_at_once_are_not_prepared(self):
        other = self._new_lead(self.anna, self.seller)
        for lead in (self.lead, other):
            lead.with_user(self.seller).message_post(
                body="Good morning",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.anna.ids,
            )
        self._flush()
        self.assertEqual(len(self._contacts()), 2)
        self.assertFalse(self._prepared("INSERT INTO retention_touchpoint"))

    def test_a_pooler_gives_another_server(self):
        """What was prepared is not there: the message is posted all the same, the
        run finds it, and nothing is prepared any more."""
        self._post(self.lead, self.seller, self.anna)
        self.env.cr.execute("DEALLOCATE ALL")
        logger = "odoo.addons.retention_suite.models.retention_touchpoint_hook"
        with self.assertLogs(logger, "WARNING"):
            message = self._post(self.lead, self.seller, self.anna)
        self.assertEqual(message.notification_ids.res_partner_id, self.anna)
        self.assertEqual(len(self._contacts()), 1)
        self._post(self.lead, self.seller, self.anna)
        self.assertEqual(len(self._contacts()), 2)
        self.assertFalse(self._prepared())
        self._run()
        self.assertEqual(len(self._contacts()), 3)
