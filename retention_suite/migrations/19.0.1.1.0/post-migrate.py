def migrate(cr, version):
    """Have the next run look at every customer: since when it is silent, where
    it stands on its journey and who waits for an answer are new to it."""
    if not version:
        return
    cr.execute("UPDATE retention_profile SET refresh_date = CURRENT_DATE")
    # the unique pair of contact and company serves the same look-ups
    cr.execute("DROP INDEX IF EXISTS retention_profile__partner_id_index")
