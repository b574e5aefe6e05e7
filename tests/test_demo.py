"""The demo data loads: where it does not, Odoo goes on without it and only warns.

And it tells enough for every screen to show something.
"""

import json
from pathlib import Path

import pytest
from devkit import demo
from devkit.paths import manifest, suite_addons

FAILURES = (
    "SELECT module.name || ': ' || failure.error FROM ir_demo_failure failure"
    " JOIN ir_module_module module ON module.id = failure.module_id"
)
IS_LOADED = f"SELECT demo FROM ir_module_module WHERE name = '{demo.SUITE}'"
READ_FIGURES = Path(__file__).with_name("demo_figures.py")
FIGURES = "SELECT value FROM ir_config_parameter WHERE key = 'demo_figures'"


@pytest.fixture(scope="module")
def db(base_copy):
    """A database with Odoo's demo data and the suite's, after a first run."""
    with base_copy("demo") as own:
        # Afterwards, as by a button in Odoo's settings: half the time that
        # installing all of Odoo with it takes.
        assert not own.runtime.run(["module", "force-demo", "-d", own.name], own.lock)
        own.install([demo.SUITE], "--with-demo")
        own.shell(demo.FIRST_RUN, what="the first retention run")
        yield own


@pytest.fixture(scope="module")
def figures(db):
    """What the screens show."""
    db.shell(READ_FIGURES, what="reading what the screens show")
    return json.loads(db.cluster.sql(FIGURES, db.name))


def test_demo_data_loads(db):
    assert db.cluster.sql(FAILURES, db.name) == ""
    # Not even tried where the demo data of an addon that it needs is missing.
    assert db.cluster.sql(IS_LOADED, db.name) == "t"


def test_something_is_to_do(figures):
    wanted = {
        "contact_gap",
        "first_contact",
        "handover",
        "referral_thanks",
        "risk",
        "unanswered",
    }
    assert wanted <= set(figures["to_do"])


def test_journey_was_lived_before(figures):
    kinds = {
        "Prospect",
        "Onboarding",
        "Active",
        "Ambassador",
        "At risk",
        "Dormant",
        "Lost",
        "Recovered",
    }
    assert set(figures["stages"]) == kinds
    assert len(figures["stock"]) >= 15, "the stock of fifteen months"
    assert len(figures["flow"]) >= 12, "pairs of stages"
    # The past that was told is the one that the rules would have made.
    assert figures["moved_by_the_first_run"] <= 3


def test_customers_were_lost_in_several_months(figures):
    months = [month for month in figures["churn"] if month[2]]
    assert len(figures["churn"]) >= 12
    assert len(months) >= 5
    assert all(opening >= 30 for _month, opening, _lost in figures["churn"][-12:])


def test_cohorts_buy_again(figures):
    assert len(figures["cohorts"]) >= 12
    shares = [share for _number, share in figures["still_buying"][1:13]]
    assert len(shares) == 12
    assert all(shares)


def test_losses_have_a_shape(figures):
    losses = figures["losses"]
    assert len(losses) >= 6
    assert len({group for _name, group, _preventable, _value in losses}) >= 5
    assert {preventable for _name, _group, preventable, _value in losses} == {
        True,
        False,
    }
    values = [value for *_reason, value in losses]
    assert values == sorted(values, reverse=True)
    # a few reasons make up most of it
    assert sum(values[:3]) > 0.7 * sum(values)
    assert len(figures["competitors"]) >= 3, "two, and none"


def test_cases_were_won_and_lost(figures):
    assert min(figures["results"].values()) >= 8
    for kind in ("cancellation", "dormancy", "save"):
        for result in ("won", "lost"):
            assert figures["results_of_kinds"][f"{kind} / {result}"]
    assert len(figures["results_of_plays"]) >= 6
    assert len(figures["results_of_people"]) >= 7
    for _kind, days, revenue, cost in figures["returns"]:
        assert days > 0
        assert revenue > cost
    assert set(figures["cases"]) == {
        "identified",
        "reason",
        "running",
        "decided",
        "loyalty",
    }
    assert figures["watched"] >= 3
    assert figures["lost_again"] >= 1


def test_plays_have_their_verdicts(figures):
    verdicts = figures["verdicts"]
    assert verdicts["A voucher and a call"] == ["helps", 0]
    assert verdicts["Wake up"][0] == "few"
    assert verdicts["Wake up"][1], "still running"
    assert verdicts["Call on the same day"][0] == "alone"
    assert set(figures["messages_of_plays"]) == {"sent", "held"}


def test_customers_differ_in_value_and_risk(figures):
    assert set(figures["value_classes"]) == {"a", "b", "c"}
    several = [risk for risk in figures["risks"] if risk[1] >= 2]
    assert len(several) >= 3
    assert any(trend for _score, _factors, trend in several)
    assert figures["backtests"] == {"few": 1}


def test_customers_recommend(figures):
    [[_company, rate]] = figures["advocates"]
    assert 10 < rate < 40
    assert set(figures["referrals"]) == {"new", "qualified", "won", "lost", "rejected"}
    assert {"call", "note", "gift"} <= set(figures["thanked"])


def test_leads_were_handed_over_and_messages_answered(figures):
    wanted = {
        "offered",
        "accepted",
        "contacted",
        "succeeded",
        "lost",
        "returned",
        "expired",
    }
    assert wanted <= set(figures["handovers"])
    [[_company, hours]] = figures["answers"]
    assert hours > 0


@pytest.mark.parametrize("addon", suite_addons(), ids=lambda addon: addon.name)
def test_demo_files_are_those_of_the_manifest(addon):
    files = {f"demo/{path.name}" for path in (addon / "demo").glob("*.xml")}
    assert set(manifest(addon).get("demo", ())) == files
