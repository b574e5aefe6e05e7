"""The public page of a referral link against Odoo's own login page."""

from functools import partial

from werkzeug.test import Client

from odoo import http
from odoo.tools import config

from ..report import ratio
from ..timing import alternate, stopwatch

# At least as many requests per second: at most as long for each.
ALLOWED = 1
REQUESTS = 100
REPEAT = 7
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def measure(bench):
    """Return the time of both pages, without a network in between."""
    database = bench.suite
    with database.env() as env:
        link = env["retention.referral.link"]._of(
            env["res.partner"].search([], limit=1),
            env.ref("retention_suite.referral_program_default"),
        )
        path = f"/refer/{link.code}"
    config["db_name"] = [database.name]
    client = Client(http.root)
    for page in (path, "/web/login"):
        _load(client, page, 5)  # fills Odoo's caches
    times = alternate(
        partial(_load, client, path, REQUESTS),
        partial(_load, client, "/web/login", REQUESTS),
        REPEAT,
    )
    return [ratio(f"{REQUESTS} times a referral page, a login page", *times, ALLOWED)]


def _load(client, path, requests):
    """Load a page as a browser does that was there before."""
    return stopwatch(_requests, client, path, requests)


def _requests(client, path, requests):
    for _number in range(requests):
        response = client.get(path, headers={"User-Agent": BROWSER})
        if response.status_code != 200:
            raise RuntimeError(f"{path} answers {response.status}")
        response.close()
