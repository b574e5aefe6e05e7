from datetime import timedelta

from odoo.tests import tagged

from .common import NOW, RetentionCase


def ago(days, **delta):
    return NOW - timedelta(days=days, **delta)


@tagged("post_install", "-at_install")
class TestMeasures(RetentionCase):
    """The figures of a customer follow from its contacts."""

    def setUp(self):
        super().setUp()
        with self._at(ago(400)):
            self.profile = self._add_profile(self.customer)
        self.enterContext(self._at(NOW))

    def _contacts(self, *days, **values):
        return [self._log(self.profile, ago(day), **values) for day in days]

    def test_dates_by_direction(self):
        self._contacts(50, 30, direction="in")
        self._contacts(60, 40)
        self.assertRecordValues(
            self.profile,
            [
                {
                    "first_contact_date": ago(60),
                    "last_inbound_date": ago(30),
                    "last_outbound_date": ago(40),
                    "last_contact_date": ago(30),
                    "gap_days": 30,
                }
            ],
        )

    def test_machines_are_no_personal_contact(self):
        self._contacts(30)
        lead = self._new_lead(self.anna, self.seller)
        lead.message_notify(partner_ids=self.anna.ids, body="Automatic")
        self._flush()
        self._run()
        self.assertEqual(self.profile.touchpoint_ids.mapped("automated"), [True, False])
        self.assertEqual(self.profile.last_contact_date, ago(30))
        self.assertEqual(self.profile.outbound_count, 1)

    def test_counts_cover_ninety_days(self):
        self._contacts(91, 90, 2, direction="in")
        self._contacts(92, 1)
        self.assertEqual(self.profile.inbound_count, 2)
        self.assertEqual(self.profile.outbound_count, 1)

    def test_run_counts_down_when_a_contact_is_too_old(self):
        self._contacts(89)
        for days, count in ((1, 1), (2, 0)):
            with self._at(NOW + timedelta(days=days)):
                self._run()
                self.assertEqual(self.profile.outbound_count, count)

    def test_counts_by_purpose(self):
        for count, purpose in enumerate(
            ("relationship", "sales", "service", "payment", "marketing", "survey"), 1
        ):
            self._contacts(*range(count), purpose=purpose)
        self._contacts(100, purpose="sales")
        self.assertRecordValues(
            self.profile,
            [
                {
                    "relationship_count": 1,
                    "sales_count": 2,
                    "service_count": 3,
                    "payment_count": 4,
                    "marketing_count": 5,
                    "survey_count": 6,
                }
            ],
        )

    def test_last_beyond_payment_and_service(self):
        self._contacts(20, purpose="sales")
        self._contacts(10, purpose="service")
        self._contacts(5, purpose="payment")
        self.assertEqual(self.profile.last_other_purpose_date, ago(20))
        self.assertEqual(self.profile.last_routine_date, ago(5))

    def test_rhythm_from_four_contacts_on(self):
        self._contacts(70, 60, 40)
        self.assertFalse(self.profile.rhythm_days)
        self._contacts(10)
        self.assertEqual(self.profile.rhythm_days, 20, "median of 10, 20 and 30")

    def test_two_contacts_on_a_day_are_no_rhythm(self):
        self._contacts(40, 40, 20, 20)
        self.assertFalse(self.profile.rhythm_days)

    def test_own_contact_person(self):
        self.profile.user_id = self.seller
        self._contacts(50, user_id=self.seller.id)
        self._contacts(10, user_id=self.colleague.id)
        self._contacts(5, user_id=self.seller.id, direction="in", channel="email")
        self.assertEqual(self.profile.last_own_contact_date, ago(50))
        self.assertEqual(
            self.profile.own_contact_due_date, ago(50).date() + timedelta(days=90)
        )
        self.profile.user_id = self.colleague
        self.assertEqual(self.profile.last_own_contact_date, ago(10))

    def test_without_contact_counted_from_the_day_it_is_known(self):
        self.assertEqual(
            self.profile.next_contact_date, ago(400).date() + timedelta(days=90)
        )
        self.assertEqual(self.profile.gap_days, 0)
        self.assertIn("No personal contact yet", self.profile.gap_text)

    def test_deleted_contact_is_forgotten(self):
        self._contacts(30)
        [mistake] = self._contacts(2)
        self.assertEqual(self.profile.gap_days, 2)
        mistake.unlink()
        self.assertEqual(self.profile.gap_days, 30)

    def test_gap_is_never_stored(self):
        self._contacts(30)
        self.assertFalse(self.profile._fields["gap_days"].store)
        with self._at(NOW + timedelta(days=3)):
            self.profile.invalidate_recordset()
            self.assertEqual(self.profile.gap_days, 33)

    def test_search_by_gap_agrees_with_the_gap(self):
        # late in the evening of the day thirty days ago, in Berlin
        self._log(self.profile, ago(30) + timedelta(hours=11, minutes=30))
        self.assertEqual(self.profile.gap_days, 30)
        for operator, value, found in (
            (">=", 30, True),
            (">=", 31, False),
            (">", 29, True),
            (">", 30, False),
            ("<=", 30, True),
            ("<", 30, False),
            ("<", 31, True),
            ("=", 30, True),
            ("=", 29, False),
            ("!=", 30, False),
            ("in", [29, 30], True),
        ):
            with self.subTest(operator=operator, value=value):
                profiles = self.profile.search([("gap_days", operator, value)])
                self.assertEqual(self.profile in profiles, found)

    def test_gap_text_says_the_agreed_days(self):
        for days, text in (
            (30, "30 days without contact (agreed: 90)"),
            (1, "1 day without contact (agreed: 90)"),
            (0, "In contact today (agreed: 90)"),
        ):
            self._contacts(days)
            self.assertEqual(self.profile.gap_text, text)

    def test_second_run_measures_nothing_again(self):
        self._contacts(40, 30, 20, 10)
        self._run()
        self.assertFalse(self._run().get("measure_count"))
        self.assertFalse(self._run().get("customer_count"))
