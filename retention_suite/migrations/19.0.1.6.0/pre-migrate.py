from odoo.tools.sql import column_exists, table_exists


def migrate(cr, version):
    """Give the plays there are a currency: that of their company, or of the company
    of whoever made them."""
    if (
        not version
        or not table_exists(cr, "retention_play")
        or column_exists(cr, "retention_play", "currency_id")
    ):
        return
    cr.execute("ALTER TABLE retention_play ADD COLUMN currency_id int4")
    cr.execute(
        """
        UPDATE retention_play play SET currency_id = company.currency_id
          FROM retention_play p
          LEFT JOIN res_users maker ON maker.id = p.create_uid
          JOIN res_company company ON company.id = COALESCE(
               p.company_id, maker.company_id, (SELECT MIN(id) FROM res_company))
         WHERE p.id = play.id
        """
    )
