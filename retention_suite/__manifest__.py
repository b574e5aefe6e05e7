# Copyright 2026 Retention Suite developers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Retention Suite",
    "summary": "See which customers have not been spoken to for too long, and act",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Retention Suite developers",
    "website": "https://github.com/OCA/crm",
    "application": True,
    "depends": ["crm"],
    "data": [
        "security/retention_groups.xml",
        "security/ir.model.access.csv",
        "security/retention_rules.xml",
        "data/retention_channel_data.xml",
        "data/retention_purpose_rule_data.xml",
        "data/retention_contact_policy_data.xml",
        "data/ir_cron_data.xml",
        "wizards/retention_log_contact_views.xml",
        "wizards/retention_alert_close_views.xml",
        "views/retention_touchpoint_views.xml",
        "views/retention_alert_views.xml",
        "views/retention_profile_views.xml",
        "views/retention_contact_policy_views.xml",
        "views/retention_purpose_rule_views.xml",
        "views/retention_run_views.xml",
        "views/res_partner_views.xml",
        "views/crm_lead_views.xml",
        "views/res_config_settings_views.xml",
        "report/retention_contact_report_views.xml",
        "views/retention_menus.xml",
    ],
    "demo": [
        
    ],
    "assets": {
        "web.assets_backend": [
            "retention_suite/static/src/**/*",
        ],
        "web.assets_tests": [
            "retention_suite/static/tests/tours/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
