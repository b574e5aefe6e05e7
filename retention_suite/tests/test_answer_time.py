from datetime import datetime, timedelta

from odoo.tests import tagged

from .answer_common import AnswerCase


@tagged("post_install", "-at_install")
class TestAnswerTime(AnswerCase):
    """Until when an answer is due, and how long it took."""

    FRIDAY = datetime(2026, 6, 12, 14, 30)  # 16:30 in Berlin
    MONDAY = datetime(2026, 6, 15, 7, 30)
    TUESDAY = datetime(2026, 6, 16, 7, 30)

    def _planned(self, moment=None, hours=1, calendar=None):
        return self.company._retention_plan_hours(
            moment or self.FRIDAY, hours, calendar
        )

    def test_friday_evening_is_due_on_monday(self):
        self.assertEqual(self._planned(), self.MONDAY)

    def test_public_holiday_on_monday(self):
        self._new_holiday("2026-06-15")
        self.assertEqual(self._planned(), self.TUESDAY)
        self.assertEqual(
            self.company._retention_work_hours(self.FRIDAY, self.TUESDAY), 1
        )

    def test_holiday_of_another_company_or_calendar_is_none(self):
        other = self.env["res.company"].create({"name": "Other"})
        leave = self._new_holiday("2026-06-15", company=other)
        self.assertEqual(leave.company_id, other)
        calendar = self._new_calendar("Shop", "Europe/Berlin")
        self._new_holiday("2026-06-15", calendar=calendar)
        self.assertEqual(self._planned(), self.MONDAY)
        self.assertEqual(self._planned(calendar=calendar), self.TUESDAY)

    def test_lunch_break(self):
        calendar = self._new_calendar("Lunch", "Europe/Berlin", ((9, 12), (13, 17)))
        noon = datetime(2026, 6, 15, 9, 30)  # 11:30 in Berlin
        self.assertEqual(
            self._planned(noon, calendar=calendar), datetime(2026, 6, 15, 11, 30)
        )
        self.assertEqual(
            self.company._retention_work_hours(
                noon, datetime(2026, 6, 15, 12), calendar
            ),
            1.5,
        )

    def test_same_as_odoo(self):
        self._new_holiday("2026-06-15")
        calendar = self._new_calendar("Lunch", "America/New_York", ((8, 12), (13, 17)))
        for hours in (0.25, 3, 8, 40, 400):
            for day in range(1, 29):
                moment = datetime(2026, 3, day, day % 24, 17)
                planned = self._planned(moment, hours, calendar)
                self.assertEqual(
                    planned, calendar.plan_hours(hours, moment, compute_leaves=True)
                )
                self.assertAlmostEqual(
                    self.company._retention_work_hours(moment, planned, calendar),
                    calendar.get_work_hours_count(moment, planned),
                )

    def test_calendar_without_hours_counts_by_the_clock(self):
        self.calendar.attendance_ids.unlink()
        self.assertEqual(self._planned(), datetime(2026, 6, 12, 15, 30))
        self.assertEqual(
            self.company._retention_work_hours(self.FRIDAY, self.MONDAY), 65
        )
        message = self._write_in()
        self.assertEqual(
            self._contact(message).answer_due_date, datetime(2026, 6, 15, 11, 10)
        )
        self.assertIn("by the clock", self._unanswered().reason)

    def test_message_is_due_in_working_hours(self):
        message = self._write_in(date="Fri, 12 Jun 2026 16:30:00 +0200")
        self.assertEqual(self._contact(message).answer_due_date, self.MONDAY)
        self.assertEqual(self._unanswered().due_date, self.MONDAY)

    def test_message_before_a_holiday(self):
        """To the minute, whoever looks at it from wherever."""
        self._new_holiday("2026-06-15")
        self.seller.tz = self.manager.tz = "Pacific/Auckland"
        message = self._write_in(date="Fri, 12 Jun 2026 16:30:00 +0200")
        self.assertEqual(self._contact(message).answer_due_date, self.TUESDAY)
        alert = self._unanswered().with_user(self.manager)
        self.assertEqual(alert.due_date, self.TUESDAY)
        for minutes, late in ((0, False), (1, True)):
            with self._at(self.TUESDAY + timedelta(minutes=minutes)):
                self.env.invalidate_all()
                self.assertEqual(alert.is_late, late)
                self.assertEqual(self._contact(message).is_answer_late, late)

    def test_message_before_the_break(self):
        self.company.resource_calendar_id = self._new_calendar(
            "Lunch", "Europe/Berlin", ((9, 12), (13, 17))
        )
        message = self._write_in(date="Mon, 15 Jun 2026 11:30:00 +0200")
        due = datetime(2026, 6, 15, 11, 30)  # 13:30 in Berlin
        self.assertEqual(self._contact(message).answer_due_date, due)
        with self._at("2026-06-15 12:00:00"):
            self._post(self.lead, self.seller, self.anna)
            self._run()
            self.assertEqual(self._contact(message).response_hours, 1.5)

    def test_company_works_where_nobody_of_us_is(self):
        self.company.resource_calendar_id = self._new_calendar(
            "New York", "America/New_York"
        )
        self.seller.tz, self.manager.tz = "Asia/Tokyo", "Europe/Berlin"
        message = self._write_in(date="Fri, 12 Jun 2026 16:30:00 -0400")
        due = datetime(2026, 6, 15, 13, 30)  # Monday 9:30 there
        self.assertEqual(self._contact(message).answer_due_date, due)
        with self._at("2026-06-15 14:00:00"):
            self._post(self.lead.with_context(tz="Asia/Tokyo"), self.seller, self.anna)
            self._run()
        self.assertEqual(self._contact(message).response_hours, 1.5)

    def test_team_goes_before_company(self):
        team = self.env["crm.team"].create(
            {
                "name": "New York",
                "company_id": self.company.id,
                "response_target_hours": 2,
                "resource_calendar_id": self._new_calendar(
                    "New York", "America/New_York"
                ).id,
            }
        )
        self.lead.team_id = team
        self.seller.tz = "Asia/Tokyo"
        contact = self._contact(self._write_in())
        self.assertEqual(contact.team_id, team)
        # 9 to 17 in New York begins at 13:00 UTC
        self.assertEqual(contact.answer_due_date, datetime(2026, 6, 15, 15))
        self._assert_run_agrees()

    def test_team_without_target_has_the_companys(self):
        self.lead.team_id.response_target_hours = 0
        contact = self._contact(self._write_in())
        self.assertEqual(contact.answer_due_date, datetime(2026, 6, 15, 11, 10))

    def test_response_time_is_working_time(self):
        message = self._write_in(date="Fri, 12 Jun 2026 16:30:00 +0200")
        self._flush()
        self._post(self.lead, self.seller, self.anna)  # Monday noon
        self._run()
        contact = self._contact(message)
        self.assertEqual(contact.answered_date, datetime(2026, 6, 15, 10))
        self.assertEqual(contact.response_hours, 3.5)

    def test_history_takes_few_queries(self):
        """However many messages: their working hours are computed at once."""

        def queries():
            self.env.cr.execute(
                "UPDATE retention_touchpoint SET answer_due_date = NULL"
                " WHERE needs_answer"
            )
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Touchpoint._time_answers()
            return self.env.cr.sql_log_count - start

        self._write_in()
        few = queries()
        for hour in range(10):
            lead = self._new_lead(self.anna, self.seller, team_id=self.lead.team_id.id)
            self.ours = self._post(lead, self.seller, self.anna)
            self._write_in(date=f"Mon, 15 Jun 2026 1{hour % 3}:00:00 +0200")
        self.assertEqual(queries(), few)
