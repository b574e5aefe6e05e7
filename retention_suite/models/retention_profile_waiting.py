from odoo import api, fields, models
from odoo.tools import SQL


class RetentionProfileWaiting(models.AbstractModel):
    """Whether anything of a customer's waits for a message of ours.

    Every message that is posted has to know, and for most customers nothing does.
    So it is stored with them.
    """

    _name = "retention.profile.waiting"
    _description = "Customers Who Wait"

    # Kept with ``open_alert_count``.
    question_count = fields.Integer(
        string="Unanswered Messages to Do", readonly=True, copy=False
    )
    # Only False is certain: hand-overs say so at once when one begins to wait, and
    # a run finds out which wait no longer. Until then there is more to look up.
    has_handover = fields.Boolean(
        string="May Wait after a Hand-over", default=True, readonly=True, copy=False
    )

    _handed_idx = models.Index("(id) WHERE has_handover IS NOT FALSE")

    def _handed_sql(self, partner, company):
        """Whether a lead of a customer's was handed over without a contact since.

        :param SQL partner: the customer's commercial partner
        :param SQL company: the customer's company
        """
        return SQL(
            "EXISTS (SELECT FROM retention_handover h WHERE h.customer_id = %s"
            " AND h.company_id = %s AND %s)",
            partner,
            company,
            self.env["retention.handover"]._uncontacted_sql,
        )

    @api.private
    def _settle_handed(self):
        """Find out for which customers hand-overs wait. It also makes up for those
        that began to wait without saying so."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p SET has_handover = n.has_handover
                  FROM (SELECT p.id, %s AS has_handover
                          FROM (SELECT p.id, p.partner_id, p.company_id
                                  FROM retention_profile p
                                 WHERE p.has_handover IS NOT FALSE
                                 UNION
                                SELECT p.id, p.partner_id, p.company_id
                                  FROM retention_profile p
                                 WHERE p.partner_id IN (SELECT h.customer_id
                                                          FROM retention_handover h
                                                         WHERE %s)) p) n
                 WHERE p.id = n.id AND p.has_handover IS DISTINCT FROM n.has_handover
                """,
                self._handed_sql(SQL("p.partner_id"), SQL("p.company_id")),
                self.env["retention.handover"]._uncontacted_sql,
            )
        )
        if self.env.cr.rowcount:
            self.env["retention.profile"].invalidate_model(
                ["has_handover"], flush=False
            )

    @api.private
    def _await_contact(self, handovers):
        """Note that hand-overs may wait for a contact.

        Always written: a run that just finds nothing to wait for must not win.

        :param handovers: the hand-overs, flushed
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p SET has_handover = TRUE
                  FROM retention_handover h
                 WHERE h.id = ANY(%s) AND p.partner_id = h.customer_id
                   AND p.company_id = h.company_id AND %s
                """,
                handovers.ids,
                self.env["retention.handover"]._uncontacted_sql,
            )
        )
