# Copyright 2026 Retention Suite developers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Retention Suite: Website",
    "summary": "The page of a referral link with the header and footer of the website",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Retention Suite developers",
    "depends": ["retention_suite", "website"],
    "data": [
        "views/retention_referral_templates.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "retention_suite_website/static/tests/tours/**/*",
        ],
    },
    "auto_install": True,
    "installable": True,
}
