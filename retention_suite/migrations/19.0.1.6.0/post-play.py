def migrate(cr, version):
    """Have the figures of plays count what the offers really cost, which is entered in
    the cases."""
    if not version:
        return
    cr.execute(
        """
        UPDATE retention_play_member m SET cost = c.offer_cost
          FROM retention_winback c
         WHERE c.id = m.case_id AND c.play_id = m.play_id AND m.group = 'treated'
           AND c.offer_cost IS NOT NULL AND m.cost IS DISTINCT FROM c.offer_cost
        """
    )
