from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import formatLang
from odoo.tools.misc import format_date

# Figures, with what is told beside them. A stock is what there is at the end of the
# span, so its columns say what there was when each span began; a share has no
# percentage of change, which would read as points.
STOCKS = (
    "kpi_retention_advocate_rate",
    "kpi_retention_unanswered",
    "kpi_retention_contact_gap",
)
SHARES = ("kpi_retention_advocate_rate", "kpi_retention_churn_rate")
APART = {*STOCKS, *SHARES}
ACTIONS = {
    "kpi_retention_advocate_rate": "retention_advocate_report_action",
    "kpi_retention_unanswered": "digest_unanswered_action",
    "kpi_retention_contact_gap": "digest_contact_gap_action",
    "kpi_retention_churn_rate": "retention_churn_report_action",
    "kpi_retention_winback": "digest_winback_action",
}


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_retention_advocate_rate = fields.Boolean("Advocate Rate")
    kpi_retention_advocate_rate_value = fields.Float(
        "Advocate Rate (%)",
        digits=(16, 1),
        compute="_compute_kpi_retention_advocate_rate_value",
        help="Active customers who have recommended us, as a percentage of all "
        "active customers, at the end of the span.",
    )
    kpi_retention_unanswered = fields.Boolean("Unanswered Messages")
    kpi_retention_unanswered_value = fields.Integer(
        "Number of Unanswered Messages",
        compute="_compute_kpi_retention_unanswered_value",
        help="Documents with a customer's message that waits for an answer, at the "
        "end of the span.",
    )
    kpi_retention_contact_gap = fields.Boolean("Contact Gaps")
    kpi_retention_contact_gap_value = fields.Integer(
        "Number of Contact Gaps",
        compute="_compute_kpi_retention_contact_gap_value",
        help="Customers without personal contact for longer than agreed, at the end "
        "of the span.",
    )
    kpi_retention_churn_rate = fields.Boolean("Churn Rate")
    kpi_retention_churn_rate_value = fields.Float(
        "Churn Rate (%)",
        digits=(16, 1),
        compute="_compute_kpi_retention_churn_rate_value",
        help="Customers lost in the span, as a percentage of those there were when "
        "it began.",
    )
    kpi_retention_winback = fields.Boolean("Customers Won Back")
    kpi_retention_winback_value = fields.Integer(
        "Number of Customers Won Back",
        compute="_compute_kpi_retention_winback_value",
        help="Win-back cases that were won in the span.",
    )

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _compute_kpi_retention_advocate_rate_value(self):
        self._retention_compute("kpi_retention_advocate_rate")

    def _compute_kpi_retention_unanswered_value(self):
        self._retention_compute("kpi_retention_unanswered")

    def _compute_kpi_retention_contact_gap_value(self):
        self._retention_compute("kpi_retention_contact_gap")

    def _compute_kpi_retention_churn_rate_value(self):
        self._retention_compute("kpi_retention_churn_rate")

    def _compute_kpi_retention_winback_value(self):
        self._retention_compute("kpi_retention_winback")

    def _retention_compute(self, name):
        for digest in self:
            digest[f"{name}_value"] = digest._retention_figure(name) or 0

    def _retention_figure(self, name):
        """Return a figure of the digest's company, of what the reader may see.

        The span is in the context, as Odoo gives it; without one it is the last day.

        :param str name: of the field that switches it on
        :return: a number, in percent if it is a share; None if there is nothing to
            count
        :raise AccessError: Odoo leaves the figure out then
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        user = self.env.user
        if (
            not user.has_group("retention_suite.group_retention_user")
            or company not in user.company_ids
        ):
            raise AccessError(self.env._("Only who looks after customers sees this."))
        start, end, _companies = self._get_kpi_compute_parameters()
        end = fields.Datetime.to_datetime(end) or fields.Datetime.now()
        start = fields.Datetime.to_datetime(start) or fields.Datetime.subtract(
            end, days=1
        )
        as_of = self.env["retention.as.of"].with_context(
            allowed_company_ids=company.ids
        )
        match name:
            case "kpi_retention_advocate_rate":
                return as_of._advocate_share(company, end)
            case "kpi_retention_unanswered":
                return as_of._alert_count(company, "unanswered", end)
            case "kpi_retention_contact_gap":
                return as_of._alert_count(company, "contact_gap", end)
            case "kpi_retention_churn_rate":
                return as_of._churn_share(company, start, end)
            case _:
                return as_of._winback_count(company, start, end)

    # ------------------------------------------------------------------
    # In the mail
    # ------------------------------------------------------------------

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("retention_suite.retention_menu_root").id
        for name, action in ACTIONS.items():
            actions[name] = f"retention_suite.{action}?menu_id={menu}"
        return actions

    def _get_kpi_fields(self):
        names = super()._get_kpi_fields()
        if self.env.context.get("retention_apart"):
            return [name for name in names if name not in APART]
        return names

    def _compute_kpis(self, company, user):
        """Odoo shows numbers and how many percent they have changed. What that does
        not say rightly is told here."""
        self.ensure_one()
        names = self._get_kpi_fields()
        others = self.with_context(retention_apart=True)
        kpis = super(DigestDigest, others)._compute_kpis(company, user)
        actions = self._compute_kpis_actions(company, user)
        for name in filter(APART.__contains__, names):
            try:
                columns = self._retention_columns(name, company, user)
            except AccessError:
                continue
            field = self.env["ir.model.fields"]._get(self._name, name)
            kpis.append(
                {
                    "kpi_name": name,
                    "kpi_fullname": field.field_description,
                    "kpi_action": actions[name],
                    **columns,
                }
            )
        return sorted(kpis, key=lambda kpi: names.index(kpi["kpi_name"]))

    def _retention_columns(self, name, company, user):
        """Return what the columns of a figure show, see ``_compute_kpis``."""
        reader = self.with_user(user).with_company(company)
        columns = {}
        for index, (label, spans) in enumerate(self._compute_timeframes(company), 1):
            now, before = (
                reader.with_context(
                    start_datetime=start, end_datetime=end
                )._retention_figure(name)
                for start, end in spans
            )
            before = self._retention_text(name, before)
            if name in STOCKS:
                # Odoo's moments are in UTC, whatever zone they name
                start = fields.Datetime.to_datetime(
                    fields.Datetime.to_string(spans[0][0])
                )
                day = format_date(self.env, company._retention_day(start))
                label = self.env._("Now. On %(day)s: %(value)s", day=day, value=before)
            else:
                label = self.env._(
                    "%(span)s. Before: %(value)s", span=label, value=before
                )
            columns[f"kpi_col{index}"] = {
                "value": self._retention_text(name, now),
                "margin": 0,
                "col_subtitle": label,
            }
        return columns

    @api.model
    def _retention_text(self, name, value):
        """Return a figure as people read it."""
        if value is None:
            return "–"
        if name in SHARES:
            return self.env._("%s %%", formatLang(self.env, value, digits=1))
        return str(value)
