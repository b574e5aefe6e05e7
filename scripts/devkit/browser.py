"""The browser for the tours."""

import shutil

from .packages import install

# The names that Odoo's tests look for.
NAMES = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")


def ensure():
    """Have a Chromium on the path; Odoo would skip the tours without one."""
    if not any(shutil.which(name) for name in NAMES):
        install(["chromium"], "Chromium, which the browser tours run in,")
