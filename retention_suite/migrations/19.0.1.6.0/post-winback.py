from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Mark the cases that ended by themselves, which used to be known by their note
    alone."""
    if not version:
        return
    env = Environment(cr, SUPERUSER_ID, {})
    languages = [code for code, _name in env["res.lang"].get_installed()]
    cases = env["retention.winback"]
    notes = {cases.with_context(lang=code)._say_by_itself() for code in languages}
    cr.execute(
        """
        UPDATE retention_winback SET is_by_itself = TRUE
         WHERE kind = 'dormancy' AND result = 'won' AND start_date IS NULL
           AND result_note = ANY(%s) AND is_by_itself IS NOT TRUE
        """,
        [list(notes)],
    )
