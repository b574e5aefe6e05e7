def migrate(cr, version):
    """Companies that have worked with the suite before need no first steps."""
    if not version:
        return
    cr.execute(
        """
        UPDATE res_company SET retention_onboarding = '{"is_closed": true}'
         WHERE NOT retention_is_new AND retention_onboarding IS NULL
        """
    )
