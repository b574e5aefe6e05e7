"""A test that is skipped has checked nothing: it counts as failed."""

import pytest


def _fail_skipped(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = (
            report.longrepr[2]
            if isinstance(report.longrepr, tuple)
            else report.longrepr
        )
        report.outcome = "failed"
        report.longrepr = f"{reason} (a skipped test counts as failed)"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Odoo skips browser tests when it finds no browser; here they fail."""
    return _fail_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """The same for a whole file."""
    return _fail_skipped((yield))
