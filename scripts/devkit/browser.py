"""The browser for the tours."""

import shutil

from .packages import install

# The names that Odoo's tests look for.
NAMES = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")


def find():
    """The path of a browser for the tours, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def ensure():
    """Have a Chromium, as Odoo would skip the tours without one; returns its path."""
    if not find():
        install(["chromium"], "Chromium, which the browser tours run in,")
    return find()
