from odoo import fields, models
from odoo.tools import SQL

KINDS = [("once", "One-off"), ("recurring", "Recurring")]


class RetentionValueEvent(models.Model):
    """Money that came in from a customer, dated.

    It follows from Odoo's own records and can be made again from them: where an
    amount changes, or an opportunity was not won after all, so does the purchase.
    """

    _name = "retention.value.event"
    _inherit = ("retention.value.source",)
    _description = "Purchase"
    _order = "date desc, id desc"
    _rec_name = "profile_id"

    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(related="profile_id.user_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Datetime(required=True, readonly=True)
    amount = fields.Monetary(
        required=True,
        readonly=True,
        help="In the company's currency, at the rate of the day.",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    period = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Which period of a recurring purchase this is, from 0 on.",
    )
    res_model = fields.Char("Document Type", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Document", model_field="res_model", required=True, readonly=True
    )

    _document_uniq = models.UniqueIndex("(res_model, res_id, kind, period)")
    _profile_date_idx = models.Index("(profile_id, date)")

    def action_open_document(self):
        """Open what was bought by."""
        self.ensure_one()
        self.check_access("read")
        return self.env[self.res_model].browse(self.res_id)._get_records_action()

    def _sync(self, ids):
        """Have the purchases of some customers be as their sources tell.

        :param list ids: of the customers
        :return: ids of the customers whose purchases changed
        """
        if not ids:
            return []
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH %(facts)s, due AS (
                    SELECT * FROM fact WHERE date <= %(moment)s
                ), gone AS (
                    DELETE FROM retention_value_event e
                     WHERE e.profile_id = ANY(%(ids)s) AND NOT EXISTS (
                           SELECT FROM due WHERE %(same)s)
                 RETURNING e.profile_id
                ), kept AS (
                    INSERT INTO retention_value_event AS e (
                           profile_id, company_id, date, amount, kind, period,
                           res_model, res_id, create_date, write_date)
                    SELECT profile_id, company_id, date, amount, kind, period,
                           res_model, res_id, %(now)s, %(now)s
                      FROM due
                        ON CONFLICT (res_model, res_id, kind, period) DO UPDATE
                           SET profile_id = EXCLUDED.profile_id,
                               company_id = EXCLUDED.company_id,
                               date = EXCLUDED.date, amount = EXCLUDED.amount,
                               write_date = EXCLUDED.write_date
                         WHERE (e.profile_id, e.company_id, e.date, e.amount)
                               IS DISTINCT FROM (
                               EXCLUDED.profile_id, EXCLUDED.company_id,
                               EXCLUDED.date, EXCLUDED.amount)
                 RETURNING e.profile_id
                )
                SELECT profile_id FROM gone UNION SELECT profile_id FROM kept
                 UNION
                -- whose it was before
                SELECT e.profile_id FROM due JOIN retention_value_event e ON %(same)s
                 WHERE e.profile_id <> due.profile_id
                """,
                facts=self._facts_sql(ids),
                ids=ids,
                same=SQL(
                    "(due.res_model, due.res_id, due.kind, due.period)"
                    " = (e.res_model, e.res_id, e.kind, e.period)"
                ),
                moment=fields.Datetime.now(),
                now=self.env.cr.now(),
            )
        )
        changed_ids = [row[0] for row in self.env.cr.fetchall()]
        if changed_ids:
            self.invalidate_model()
            self.env["retention.profile"].invalidate_model(["value_event_ids"])
        return changed_ids
