from odoo.tests import BaseCase, tagged

from ..models.proportion import (
    mean_difference,
    newcombe,
    sample_size,
    student_quantile,
    verdict,
    wilson,
)


def moments(*figures):
    """What is needed of a group: how many, their sum, the sum of their squares."""
    return len(figures), sum(figures), sum(figure * figure for figure in figures)


@tagged("post_install", "-at_install")
class TestProportion(BaseCase):
    """Shares and their difference, against published figures."""

    def assertFigures(self, found, *expected):
        """The same to four decimals, as they are published."""
        self.assertEqual(tuple(round(figure, 4) for figure in found), expected)

    def test_wilson(self):
        # the examples of R. G. Newcombe, Statistics in Medicine 17 (1998)
        self.assertFigures(wilson(81, 263), 0.2553, 0.3662)
        self.assertFigures(wilson(15, 148), 0.0624, 0.1605)
        self.assertFigures(wilson(0, 20), 0, 0.1611)
        self.assertFigures(wilson(1, 29), 0.0061, 0.1718)

    def test_wilson_of_all_and_of_nobody(self):
        self.assertEqual(wilson(0, 7)[0], 0)
        self.assertEqual(wilson(7, 7)[1], 1)
        self.assertEqual(wilson(0, 0), (0, 1))

    def test_newcombe(self):
        # the examples of the paper on differences
        self.assertFigures(newcombe(56, 70, 48, 80), 0.2, 0.0524, 0.3339)
        self.assertFigures(newcombe(9, 10, 3, 10), 0.6, 0.1705, 0.8090)
        self.assertFigures(newcombe(10, 10, 0, 20), 1, 0.6791, 1)
        self.assertFigures(newcombe(10, 10, 0, 10), 1, 0.6075, 1)
        self.assertFigures(newcombe(0, 10, 0, 20), 0, -0.1611, 0.2775)

    def test_newcombe_turned_round(self):
        found, turned = newcombe(9, 10, 3, 10), newcombe(3, 10, 9, 10)
        self.assertFigures(
            turned, *(round(-figure, 4) for figure in (found[0], found[2], found[1]))
        )

    def test_confidence_widens(self):
        ninety = newcombe(56, 70, 48, 80, 0.9)
        self.assertGreater(ninety.low, newcombe(56, 70, 48, 80).low)
        self.assertLess(wilson(81, 263, 0.9)[1], wilson(81, 263)[1])

    def test_empty_group_has_no_difference(self):
        self.assertIsNone(newcombe(0, 0, 3, 10))
        self.assertIsNone(newcombe(3, 10, 0, 0))

    def test_sample_size(self):
        self.assertEqual(sample_size(0.1, 0.12), 3841)
        self.assertEqual(sample_size(0.1, 0.15), 686)
        self.assertEqual(sample_size(0.15, 0.1), 686)

    def test_sample_size_of_unequal_groups(self):
        """The larger one makes up for the smaller one, but not wholly."""
        large = sample_size(0.1, 0.15, ratio=0.25)
        small = sample_size(0.15, 0.1, ratio=4)
        self.assertEqual((large, small), (1638, 410))
        self.assertGreater(large + small, 2 * 686)

    def test_more_power_takes_more(self):
        self.assertGreater(sample_size(0.1, 0.15, power=0.9), 686)
        self.assertGreater(sample_size(0.1, 0.15, alpha=0.01), 686)

    def test_bad_figures(self):
        for call in (
            lambda: wilson(-1, 10),
            lambda: wilson(0, -1),
            lambda: wilson(11, 10),
            lambda: wilson(5, 10, 0),
            lambda: wilson(5, 10, 1),
            lambda: newcombe(1, 0, 3, 10),
            lambda: newcombe(3, 10, 11, 10),
            lambda: sample_size(0.1, 0.1),
            lambda: sample_size(-0.1, 0.1),
            lambda: sample_size(0.1, 1.1),
            lambda: sample_size(0.1, 0.2, alpha=0),
            lambda: sample_size(0.1, 0.2, power=1),
            lambda: sample_size(0.1, 0.2, ratio=0),
            lambda: verdict(-1, 10, 3, 10),
            lambda: mean_difference((-1, 0, 0), (5, 1, 1)),
            lambda: mean_difference((5, 10, 10), (5, 1, 1)),
            lambda: mean_difference((5, 1, 1), (5, 1, 1), 2),
        ):
            with self.assertRaises(ValueError):
                call()


@tagged("post_install", "-at_install")
class TestMeanDifference(BaseCase):
    """Revenue per head of two groups."""

    def test_published_figures(self):
        """The example of R's ``t.test``: hours of sleep gained with two drugs."""
        found = mean_difference(
            moments(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2),
            moments(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
        )
        self.assertAlmostEqual(found.difference, -1.58, 7)
        self.assertAlmostEqual(found.low, -3.3654832, 7)
        self.assertAlmostEqual(found.high, 0.2054832, 7)

    def test_student_quantile(self):
        """As in the tables."""
        for free, confidence, quantile in (
            (1, 0.95, 12.706),
            (2, 0.999, 31.599),
            (5, 0.95, 2.571),
            (10, 0.99, 3.169),
            (30, 0.95, 2.042),
            (1e6, 0.95, 1.960),
        ):
            with self.subTest(free=free):
                found = student_quantile(confidence, free)
                self.assertAlmostEqual(found, quantile, 3)

    def test_only_one_group_has_a_spread(self):
        """Its degrees of freedom are those that count."""
        found = mean_difference(moments(0, 0, 0, 0), moments(1, 3))
        # a standard error of 1, and one degree of freedom
        self.assertAlmostEqual(found.high, -2 + 12.7062, 4)

    def test_nothing_to_say(self):
        self.assertIsNone(mean_difference((0, 0, 0), moments(1, 2)))
        self.assertIsNone(mean_difference(moments(1, 2), moments(1)))
        self.assertIsNone(mean_difference(moments(0, 0), moments(5, 5)))

    def test_rounding_is_no_spread(self):
        self.assertIsNone(mean_difference(moments(*[0.1] * 1000), moments(0, 0)))


@tagged("post_install", "-at_install")
class TestVerdict(BaseCase):
    """What the comparison tells."""

    def test_helps_and_harms(self):
        found = verdict(56, 70, 48, 80)
        self.assertEqual((found.code, found.more_1, found.more_2), ("helps", 0, 0))
        self.assertAlmostEqual(found.difference.low, 0.0524, 4)
        self.assertEqual(verdict(48, 80, 56, 70).code, "harms")

    def test_close_says_how_many_more(self):
        """3,841 in each group tell 10 % from 12 %."""
        found = verdict(30, 300, 36, 300)
        self.assertEqual(
            (found.code, found.more_1, found.more_2), ("close", 3541, 3541)
        )

    def test_close_with_a_small_group_left_out(self):
        """The ratio of the groups stays: one to nine."""
        found = verdict(90, 900, 8, 100)
        self.assertEqual(found.code, "close")
        self.assertEqual(found.more_1, sample_size(0.1, 0.08, ratio=1 / 9) - 900)
        self.assertAlmostEqual((900 + found.more_1) / (100 + found.more_2), 9, 2)

    def test_close_and_equal(self):
        """No number of customers tells equal shares apart."""
        found = verdict(5, 50, 5, 50)
        self.assertEqual(
            (found.code, found.more_1, found.more_2), ("close", None, None)
        )
        self.assertEqual(verdict(0, 50, 0, 50).code, "close")

    def test_few(self):
        """Ten in each group are needed to say anything."""
        found = verdict(3, 9, 1, 20)
        self.assertGreater(found.difference.low, 0)
        self.assertEqual((found.code, found.more_1, found.more_2), ("few", 1, 0))
        found = verdict(0, 0, 0, 0)
        self.assertEqual((found.code, found.difference), ("few", None))
        self.assertEqual((found.more_1, found.more_2), (10, 10))
        self.assertEqual(verdict(9, 10, 3, 10).code, "helps")
