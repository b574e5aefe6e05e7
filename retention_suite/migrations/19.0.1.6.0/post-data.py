from ast import literal_eval

from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Bring what is configured up to date, where nobody has changed it."""
    if not version:
        return
    env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    _dormant_by_rhythm(env)
    _watch_by_rhythm(env)


def _dormant_by_rhythm(env):
    """Customers become dormant by their own rhythm, no longer after a year each."""
    rule = env.ref(
        "retention_suite.journey_rule_long_silence", raise_if_not_found=False
    )
    if rule and _parsed(rule.domain) == [("gap_days", ">", 365)]:
        rule.domain = "[('is_long_silent', '=', True)]"


def _watch_by_rhythm(env):
    """Those who came back are contacted by their own rhythm, which may ask for more
    than once in thirty days."""
    policy = env.ref(
        "retention_suite.contact_policy_recovered", raise_if_not_found=False
    )
    if policy and not policy.use_rhythm and policy.max_gap_days == 30:
        policy.write({"use_rhythm": True, "rhythm_factor": 1, "min_gap_days": 7})


def _parsed(domain):
    """Return a domain as a list of tuples, however it is written, or None."""
    try:
        leaves = literal_eval(domain)
    except (SyntaxError, ValueError):
        return None
    return [tuple(leaf) if isinstance(leaf, list) else leaf for leaf in leaves]
