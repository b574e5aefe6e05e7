from odoo import Command

from .capture import CaptureCase

ANNA = "Anna <anna@azur.example>"
BERT = "Bert <bert@azur.example>"


class AnswerCase(CaptureCase):
    """It is Monday noon in Berlin; ours work from 9 to 17 from Monday to Friday,
    and answer within one working hour."""

    def setUp(self):
        super().setUp()
        self.calendar = self._new_calendar("Office", "Europe/Berlin")
        self.company.resource_calendar_id = self.calendar
        self.company.retention_response_target_hours = 1
        with self._at("2026-06-02 08:00:00"):
            self.ours = self._post(self.lead, self.seller, self.anna)

    def _new_calendar(self, name, zone, hours=((9, 17),), company=None):
        return self.env["resource.calendar"].create(
            {
                "name": name,
                "tz": zone,
                "company_id": (company or self.company).id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": f"{day} {start}",
                                "dayofweek": str(day),
                                "hour_from": start,
                                "hour_to": stop,
                                "day_period": "morning",
                            }
                        )
                        for day in range(5)
                        for start, stop in hours
                    ),
                ],
            }
        )

    def _new_holiday(self, day, calendar=None, company=None):
        """A day off by Berlin's clock, in summer."""
        company = company or self.company
        return (
            self.env["resource.calendar.leaves"]
            .with_company(company)
            .create(
                {
                    "name": "Holiday",
                    "calendar_id": calendar.id if calendar else False,
                    "company_id": company.id,
                    "date_from": f"{day} 00:00:00",
                    "date_to": f"{day} 21:59:59",
                }
            )
        )

    def _write_in(self, sender=ANNA, date="Mon, 15 Jun 2026 12:10:00 +0200", **headers):
        """A customer answers us in the opportunity."""
        mail = self._mail(sender, answers=self.ours, Date=date, **headers)
        return self._receive(mail)

    def _contact(self, message):
        contact = self._contacts(message_id=message.id)
        self.assertEqual(len(contact), 1)
        return contact

    def _unanswered(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.Alert.search([("kind", "=", "unanswered"), *domain])
