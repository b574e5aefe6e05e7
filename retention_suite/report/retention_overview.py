from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_datetime

# What the screen is made of, in its order.
BLOCKS = ("figures", "stages", "flow", "cohorts", "losses", "today", "danger")


class RetentionOverview(models.AbstractModel):
    """How the company keeps its customers, at a glance.

    It has no figures of its own: they are those of the reports and of the customers,
    read with the rights of whoever looks. Each block of the screen is one request, and
    none of them writes: a replica can answer.
    """

    _name = "retention.overview"
    _inherit = (
        "retention.overview.scope",
        "retention.overview.figures",
        "retention.overview.measures",
        "retention.overview.charts",
        "retention.overview.today",
    )
    _description = "Overview"

    @api.model
    @api.readonly
    def get_frame(self):
        """Return what the screen needs before its blocks.

        :return: dict: ``is_manager``, ``user_id``, ``users`` and ``teams`` that a
            manager can choose from, ``periods``, ``has_customers``, and ``last_run``
            in words
        :raise AccessError: for whoever is no member of the app
        """
        self._check_member()
        is_manager = self._is_manager()
        return {
            "is_manager": is_manager,
            "user_id": self.env.uid,
            "users": self._named(self._users()) if is_manager else [],
            "teams": self._named(self._teams()) if is_manager else [],
            "periods": [
                {"key": key, "label": label}
                for key, label in self._period_labels().items()
            ],
            "has_customers": bool(self.env["retention.profile"].search([], limit=1)),
            "last_run": self._last_run(),
        }

    @api.model
    @api.readonly
    def get_block(self, name, options=None):
        """Return one block of the screen.

        :param str name: one of ``BLOCKS``
        :param dict options: ``period`` (month, last_month, quarter, year, own),
            ``date_from`` and ``date_to`` for own, ``user_id`` and ``team_id`` for
            managers
        :return: dict, with ``empty``: False, or why there is nothing, and what to do
        :raise AccessError: for whoever is no member of the app
        :raise UserError: for options that make no sense
        """
        self._check_member()
        self._check_block(name)
        self.env.flush_all()
        return getattr(self, f"_block_{name}")(self._scope(options))

    @api.model
    @api.readonly
    def get_action(self, name, options=None, key=False, second_key=False):
        """Return the action that opens the records behind a part of the screen: as
        many as it counts.

        :param str name: the block
        :param dict options: see ``get_block``
        :param key: of the figure, the stage, the line or the cohort; of the flow the
            stage that customers left
        :param second_key: number of the month of a stock, stage that customers went to,
            or months after the first purchase
        :return: dict of an act_window
        :raise AccessError: for whoever is no member of the app
        :raise UserError: for what is no part of the screen
        """
        self._check_member()
        self._check_block(name)
        scope = self._scope(options)
        return getattr(self, f"_action_{name}")(scope, key, second_key)

    # ------------------------------------------------------------------
    # Who looks
    # ------------------------------------------------------------------

    def _check_member(self):
        if not self.env.user.has_group("retention_suite.group_retention_user"):
            raise AccessError(
                self.env._("Only members of Retention see how customers are kept.")
            )

    def _check_block(self, name):
        if name not in BLOCKS:
            raise UserError(self.env._("There is no such part of the overview."))

    def _users(self):
        group = self.env.ref("retention_suite.group_retention_user")
        return self.env["res.users"].search(
            [
                ("share", "=", False),
                ("all_group_ids", "in", group.ids),
                ("company_ids", "in", self.env.companies.ids),
            ],
            order="name, id",
        )

    def _teams(self):
        return self.env["crm.team"].search(
            [("company_id", "in", [False, *self.env.companies.ids])], order="name, id"
        )

    def _named(self, records):
        return [{"id": record.id, "name": record.display_name} for record in records]

    def _last_run(self):
        # sudo: how fresh the figures are is no secret to those who see them
        run = self.env["retention.run"].sudo().search([("state", "=", "done")], limit=1)
        if not run:
            return False
        return format_datetime(self.env, run.end_date or run.start_date)

    # ------------------------------------------------------------------
    # Opening records
    # ------------------------------------------------------------------

    def _open(self, title, model, domain, views=("list", "pivot", "graph"), **context):
        """An action that opens records."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "views": [[False, view] for view in views],
            "view_mode": ",".join(views),
            "domain": list(domain),
            "context": context,
            "target": "current",
        }

    def _open_one(self, model, record_id):
        """An action that opens one record, if whoever asks may read it.

        :raise AccessError: else
        :raise UserError: if there is none
        """
        record = self.env[model].browse(self._key_id(record_id)).exists()
        if not record:
            raise UserError(self.env._("It is gone by now. Reload the overview."))
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": model,
            "res_id": record.id,
            "views": [[False, "form"]],
            "view_mode": "form",
            "domain": [("id", "=", record.id)],
            "context": {},
            "target": "current",
        }

    def _key_id(self, key):
        """The number that a key is.

        :raise UserError: if it is none
        """
        try:
            return int(key or 0)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("There is no such part of the overview.")
            ) from None

    def _no_customers(self):
        """Why there is nothing at all, and what to do about it."""
        if self._is_manager():
            return self.env._(
                "No customer yet. Everybody with a lead appears here with the next "
                'run: press "Run now" under Configuration, or add a customer by hand.'
            )
        return self.env._(
            "You look after no customer yet. Take over a lead, or add a customer under "
            "Customers and enter yourself as contact person."
        )

    def _month_of(self, day):
        return fields.Date.start_of(day, "month")
