"""Comparing two groups: shares, revenue per head, and what they tell.

Pure functions without a library: they are few, and checked with published figures.
A group is a number of customers and how many of them came back (``hits``). Intervals
are two-sided.
"""

from math import ceil, cos, exp, lgamma, pi, sqrt, tan
from statistics import NormalDist
from typing import NamedTuple

# With fewer customers in a group two or three more or less turn the verdict round.
MIN_GROUP = 10


class Difference(NamedTuple):
    """The first group's figure less the second's, and its interval."""

    difference: float
    low: float
    high: float


class Verdict(NamedTuple):
    """What a comparison tells.

    ``code`` is ``helps``, ``harms``, ``close`` or ``few``. ``more_1`` and ``more_2``
    say how many more customers it would take in each group: for ``close`` to tell
    the shares apart if they are what they seem to be, for ``few`` to say anything;
    None where no number of customers would do, since the shares are equal.
    """

    code: str
    difference: Difference | None
    more_1: int | None = 0
    more_2: int | None = 0


def wilson(hits, count, confidence=0.95):
    """Return the score interval of a share, ``(low, high)``.

    E. B. Wilson, "Probable inference" (JASA 22, 1927), without correction for
    continuity. Of nobody nothing is known: the interval is 0 to 1.

    :param int hits: how many did
    :param int count: of how many
    :param float confidence: between 0 and 1
    :raise ValueError: for figures that cannot be
    """
    _check_group(hits, count)
    z = _normal_quantile(confidence)
    if not count:
        return 0.0, 1.0
    share = hits / count
    middle = share + z * z / (2 * count)
    width = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    # the bounds of none and of all are exact, whatever the rounding makes of them
    return (
        max(0.0, (middle - width) / scale) if hits else 0.0,
        min(1.0, (middle + width) / scale) if hits < count else 1.0,
    )


def newcombe(hits_1, count_1, hits_2, count_2, confidence=0.95):
    """Return the difference of two shares, the first less the second, with its
    hybrid score interval; None if a group is empty.

    Method 10 of R. G. Newcombe, "Interval estimation for the difference between
    independent proportions" (Statistics in Medicine 17, 1998).

    :param int hits_1: how many of the first group did
    :param int count_1: of how many
    :param int hits_2: likewise
    :param int count_2: likewise
    :param float confidence: between 0 and 1
    :return: :class:`Difference`
    :raise ValueError: for figures that cannot be
    """
    low_1, high_1 = wilson(hits_1, count_1, confidence)
    low_2, high_2 = wilson(hits_2, count_2, confidence)
    if not count_1 or not count_2:
        return None
    share_1, share_2 = hits_1 / count_1, hits_2 / count_2
    return Difference(
        share_1 - share_2,
        share_1 - share_2 - sqrt((share_1 - low_1) ** 2 + (high_2 - share_2) ** 2),
        share_1 - share_2 + sqrt((high_1 - share_1) ** 2 + (share_2 - low_2) ** 2),
    )


def sample_size(share_1, share_2, alpha=0.05, power=0.8, ratio=1.0):
    """Return how many customers the first group needs to tell two shares apart.

    The normal approximation with the pooled variance under equality, without
    correction for continuity: Fleiss, Levin and Paik, "Statistical Methods for Rates
    and Proportions" (3rd edition, 2003), chapter 4, for equal and unequal groups.

    :param float share_1: expected share of the first group, 0 to 1
    :param float share_2: likewise
    :param float alpha: chance of seeing a difference where there is none, two-sided
    :param float power: chance of seeing the difference there is
    :param float ratio: customers in the second group for one in the first
    :raise ValueError: for shares that are equal, and figures that cannot be
    """
    for share in (share_1, share_2):
        if not 0 <= share <= 1:
            raise ValueError(f"A share is between 0 and 1, not {share}.")
    if share_1 == share_2:
        raise ValueError("Equal shares cannot be told apart.")
    if not 0 < power < 1:
        raise ValueError(f"The power is between 0 and 1, not {power}.")
    if not ratio > 0:
        raise ValueError(f"The ratio of the groups is above 0, not {ratio}.")
    pooled = (share_1 + ratio * share_2) / (1 + ratio)
    equal = sqrt((1 + ratio) * pooled * (1 - pooled))
    unequal = sqrt(ratio * share_1 * (1 - share_1) + share_2 * (1 - share_2))
    wanted = _normal_quantile(1 - alpha) * equal
    wanted += NormalDist().inv_cdf(power) * unequal
    return ceil(wanted**2 / (ratio * (share_1 - share_2) ** 2))


def mean_difference(group_1, group_2, confidence=0.95):
    """Return the difference of two means, the first less the second, with its
    interval; None if a group has fewer than two, or if neither has any spread.

    B. L. Welch, "The generalization of Student's problem when several different
    population variances are involved" (Biometrika 34, 1947): Student's t with
    Satterthwaite's degrees of freedom. For revenue, which a few large customers
    make skewed, it holds for groups of some dozens.

    :param tuple group_1: how many, the sum of their figures, the sum of the squares
    :param tuple group_2: likewise
    :param float confidence: between 0 and 1
    :return: :class:`Difference`
    :raise ValueError: for figures that cannot be
    """
    _check_share("confidence", confidence)
    moments = [_moments(*group) for group in (group_1, group_2)]
    if None in moments:
        return None
    (mean_1, error_1, free_1), (mean_2, error_2, free_2) = moments
    error = error_1 + error_2
    if not error:
        return None
    free = error**2 / (error_1**2 / free_1 + error_2**2 / free_2)
    width = student_quantile(confidence, free) * sqrt(error)
    difference = mean_1 - mean_2
    return Difference(difference, difference - width, difference + width)


def verdict(hits_1, count_1, hits_2, count_2, confidence=0.95, power=0.8):
    """Return what the comparison of a measure with those left out of it tells.

    :param int hits_1: how many came back of those who got the measure
    :param int count_1: how many got it
    :param int hits_2: how many came back of those who were left out
    :param int count_2: how many were left out
    :param float confidence: of the interval that decides
    :param float power: with which the additional customers would tell the shares
        apart, if they are what they seem to be
    :return: :class:`Verdict`
    :raise ValueError: for figures that cannot be
    """
    found = newcombe(hits_1, count_1, hits_2, count_2, confidence)
    if min(count_1, count_2) < MIN_GROUP:
        more = (max(0, MIN_GROUP - count) for count in (count_1, count_2))
        return Verdict("few", found, *more)
    if found.low > 0:
        return Verdict("helps", found)
    if found.high < 0:
        return Verdict("harms", found)
    if not found.difference:
        return Verdict("close", found, None, None)
    # the groups keep their ratio: a small one takes long to fill
    ratio = count_2 / count_1
    needed = sample_size(
        hits_1 / count_1, hits_2 / count_2, 1 - confidence, power, ratio
    )
    return Verdict(
        "close",
        found,
        max(1, needed - count_1),
        max(1, ceil(needed * ratio) - count_2),
    )


def student_quantile(confidence, free):
    """Return within how many standard errors Student's t lies with a confidence.

    Its density becomes that of a power of the cosine by ``t = √free · tan(angle)``;
    that is summed by Simpson's rule, and the angle found by halving.

    :param float confidence: between 0 and 1, two-sided
    :param float free: degrees of freedom, at least 1; need not be whole
    """
    scale = exp(lgamma((free + 1) / 2) - lgamma(free / 2)) / sqrt(pi)
    # with many degrees all of it lies within a narrow angle, which needs its own steps
    low, high = 0.0, min(pi / 2, 40 / sqrt(free))
    for _step in range(60):
        angle = (low + high) / 2
        if 2 * scale * _cosine_integral(angle, free - 1) < confidence:
            low = angle
        else:
            high = angle
    return sqrt(free) * tan(low)


def _cosine_integral(angle, power, steps=400):
    """Return the integral of a power of the cosine from 0 to an angle."""
    width = angle / steps
    inner = sum(
        (4 if number % 2 else 2) * cos(number * width) ** power
        for number in range(1, steps)
    )
    return (1 + inner + cos(angle) ** power) * width / 3


def _moments(count, total, squares):
    """Return the mean, its squared standard error and the degrees of freedom of a
    group; None if it is too small for them."""
    if count < 0:
        raise ValueError(f"There cannot be {count} customers.")
    if count < 2:
        return None
    spread = squares - total * total / count
    # what is left of rounding is no spread
    if abs(spread) <= 1e-12 * abs(squares):
        spread = 0.0
    if spread < 0:
        raise ValueError("The sum of squares is smaller than the sum allows.")
    return total / count, spread / (count - 1) / count, count - 1


def _normal_quantile(confidence):
    """Return within how many standard deviations a normal figure lies."""
    _check_share("confidence", confidence)
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _check_share(what, share):
    if not 0 < share < 1:
        raise ValueError(f"The {what} is between 0 and 1, not {share}.")


def _check_group(hits, count):
    if count < 0 or hits < 0:
        raise ValueError(f"There cannot be {hits} of {count} customers.")
    if hits > count:
        raise ValueError(f"{hits} is more than all {count} customers.")
