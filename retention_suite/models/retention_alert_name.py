from odoo import api, fields, models
from odoo.tools.mail import email_split_tuples


class RetentionAlertName(models.AbstractModel):
    """Whom and what an alert is about, in words."""

    _name = "retention.alert.name"
    _description = "Whom Alerts Are About"

    document_name = fields.Char(string="About", compute="_compute_document_name")
    customer_name = fields.Char(
        string="Who",
        compute="_compute_customer_name",
        help="The customer. As long as there is none, whoever wrote or is named in "
        "the lead.",
    )

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        documents = self._documents()
        for alert in self:
            # sudo: who has to answer may read what the document is called
            document = documents[alert.id].sudo()
            alert.document_name = document.display_name if document else False

    def _document(self):
        """Return the document it is about, or an empty contact."""
        self.ensure_one()
        return self._documents()[self.id]

    def _documents(self):
        """Return, by the id of each, the document it is about, or an empty
        contact."""
        nothing = self.env["res.partner"]
        found = {alert.id: nothing for alert in self}
        for model_name, alerts in self.filtered("res_id").grouped("res_model").items():
            if model_name in self.env:
                # there may be several about one
                ids = set(alerts.mapped("res_id"))
                documents = self.env[model_name].browse(ids).exists().grouped("id")
                for alert in alerts:
                    found[alert.id] = documents.get(alert.res_id, nothing)
        return found

    @api.depends("profile_id", "message_id", "res_model", "res_id")
    def _compute_customer_name(self):
        lead_names = self._lead_names()
        for alert in self:
            alert.customer_name = (
                # sudo: who sees the alert may know about whom it is
                alert.sudo().partner_id.display_name
                or alert._sender_name()
                or lead_names.get(alert.id)
                or alert.document_name
            )

    def _sender_name(self):
        """Return the name of who wrote the message that waits, else the address."""
        # sudo: who has to answer may know whom
        message = self.message_id.sudo()
        if message.author_id:
            return message.author_id.name
        for name, address in email_split_tuples(message.email_from or ""):
            return name or address
        return message.email_from or ""

    def _lead_names(self):
        """Return, by alert id, the company or person that a lead without a
        customer names."""
        alerts = self.filtered(lambda a: a.res_model == "crm.lead" and not a.profile_id)
        # sudo: see above
        leads = self.env["crm.lead"].sudo().browse(alerts.mapped("res_id")).exists()
        names = {
            lead.id: lead.partner_name or lead.contact_name or lead.email_from
            for lead in leads
        }
        return {alert.id: names.get(alert.res_id) for alert in alerts}

    @api.depends("profile_id", "kind", "res_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self:
            alert.display_name = self.env._(
                "%(customer)s: %(reason)s",
                customer=alert.customer_name or "",
                reason=kinds.get(alert.kind, ""),
            )
