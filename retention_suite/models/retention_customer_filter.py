import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools import safe_eval as safe_eval_module
from odoo.tools.safe_eval import safe_eval

_logger = logging.getLogger(__name__)


class RetentionCustomerFilter(models.AbstractModel):
    """Which customers a decision is for: a filter that a manager sets, and that
    may break later, for instance because an app is gone.

    A broken one is left out, and its managers are asked to choose again.
    """

    _name = "retention.customer.filter"
    _description = "Choice of Customers"

    domain = fields.Char(
        string="For Customers",
        default="[]",
        required=True,
        help="Which customers it is for. Empty: all.",
    )
    domain_error = fields.Char(
        readonly=True,
        copy=False,
        help="Why the filter no longer works. It is left out until it is mended.",
    )

    @api.constrains("domain")
    def _check_domain(self):
        for record in self:
            try:
                with self.env.cr.savepoint(flush=False):
                    record._matching_query_unchecked()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of %(name)s does not work: %(error)s "
                        "Choose the customers again in the filter editor.",
                        name=record.display_name,
                        error=error,
                    )
                ) from error

    def write(self, vals):
        if "domain" in vals:
            vals = dict(vals, domain_error=False)
            self.filtered("domain_error")._repair_activities().unlink()
        return super().write(vals)

    def unlink(self):
        self._repair_activities().unlink()
        return super().unlink()

    def _domain_context(self):
        """What a domain may speak of besides fields."""
        return {
            "uid": self.env.uid,
            "datetime": safe_eval_module.datetime,
            "relativedelta": safe_eval_module.dateutil.relativedelta.relativedelta,
            "context_today": lambda: fields.Date.context_today(self),
        }

    def _matching_query_unchecked(self):
        """Return the query of the customers that the domain names, put away or not.

        :raise Exception: what is wrong with the domain
        """
        self.ensure_one()
        domain = Domain(safe_eval(self.domain or "[]", self._domain_context()))
        Profile = self.env["retention.profile"].sudo()
        # who asks for active ones says so once for all filters: PostgreSQL reads less
        query = Profile._search(domain, active_test=False)
        # Compile it and have the database look at it: a wrong value fails here.
        self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        return query

    def _matching_query(self):
        """Return the query of the customers that the domain names, put away or not,
        or None if the domain broke."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint(flush=False):
                query = self._matching_query_unchecked()
        except Exception as error:  # noqa: BLE001 (a domain may raise anything)
            message = str(error) or type(error).__name__
            if self.domain_error != message:
                _logger.warning("%s %s rests: %s", self._name, self.id, message)
                self._tell_managers()
                self.domain_error = message
            return None
        if self.domain_error:
            self.domain_error = False
        return query

    def _tell_managers(self):
        """Put a broken filter on the list of whoever last changed it, or of
        all managers if that is none of them any more."""
        if self.domain_error:
            return
        managers = self.env.ref("retention_suite.group_retention_manager").all_user_ids
        managers = managers.filtered(lambda user: user.active and not user.share)
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "activity_type_id": todo.id,
                    "user_id": user.id,
                    "automated": True,
                    "summary": self.with_context(lang=user.lang).env._(
                        "This is paused: its filter does not work"
                    ),
                }
                for user in (self.write_uid & managers) or managers
            ]
        )

    def _repair_activities(self):
        """The activities that ask to repair these filters."""
        # sudo: repaired or gone, whoever was asked to do it
        return (
            self.env["mail.activity"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        )

    @api.model
    def _first_match_sql(self, ranked, is_for_all=False):
        """What the first of some queries that finds a customer stands for.

        :param list ranked: of (query of customers, what it stands for, and
            another condition on ``retention_profile`` or None)
        :param bool is_for_all: it is asked for all customers: what looks further is
            read once, not looked up for each
        :return: the expression on ``retention_profile``, and what is joined to it
        """
        whens, joins = [], []
        for number, (query, meaning, other) in enumerate(ranked):
            condition = query.where_clause or SQL("TRUE")
            # one that looks further is joined: as a condition it would be looked
            # up customer by customer
            if "FROM" in condition.code or len(query._joins):
                alias = SQL.identifier(f"match_{number}")
                condition = SQL("%s.id IS NOT NULL", alias)
                joins.append(
                    SQL(
                        "LEFT JOIN (SELECT id FROM %s found %s) %s"
                        " ON %s.id = retention_profile.id",
                        query.subselect(),
                        # PostgreSQL does not look behind it
                        SQL("OFFSET 0") if is_for_all else SQL(),
                        alias,
                        alias,
                    )
                )
            if other is not None:
                condition = SQL("%s AND (%s)", other, condition)
            whens.append(SQL("WHEN %s THEN %s", condition, meaning))
        if not whens:
            return SQL("NULL::int"), SQL()
        return SQL("CASE %s END", SQL(" ").join(whens)), SQL(" ").join(joins)
