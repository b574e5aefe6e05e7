# Run in Odoo's shell: nothing but the suite is in the picture.
env["res.users"].search([]).odoobot_state = "disabled"  # noqa: F821
company = env["res.company"].search([], limit=1)  # noqa: F821
company.name = "Möbelwerk"
company.retention_onboarding = {"is_closed": True}
env.cr.commit()  # noqa: F821
