def migrate(cr, version):
    """Who was given up after cancelling was lost at once: the end of the notice is to
    lose nobody again who has come back since."""
    if not version:
        return
    cr.execute(
        """
        UPDATE retention_winback SET has_left = TRUE
         WHERE result = 'lost' AND cancel_date IS NOT NULL AND has_left IS NOT TRUE
           AND end_date < CURRENT_DATE
        """
    )
