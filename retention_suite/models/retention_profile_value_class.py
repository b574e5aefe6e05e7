from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Those who together bring so much of the revenue, the best first.
SHARE_A = 0.80
SHARE_B = 0.95
VALUE_CLASSES = [
    ("a", "A: first 80 % of the revenue"),
    ("b", "B: next 15 %"),
    ("c", "C: all others"),
]


class RetentionProfileValueClass(models.AbstractModel):
    """Which customers bring most of the revenue: told when asked, as it depends on
    what all others buy."""

    _name = "retention.profile.value.class"
    _description = "Value Class of a Customer"

    value_class = fields.Selection(
        VALUE_CLASSES,
        compute="_compute_value_class",
        search="_search_value_class",
        help="Customers of a company by their revenue of 12 months, the best first. A: "
        "who together bring the first 80 % of it, B: the next 15 %, C: all others, "
        "with those who have bought nothing in that time.",
    )

    @api.depends("company_id", "year_revenue")
    def _compute_value_class(self):
        classes = {}
        if self.ids:
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, value_class FROM (%s) c WHERE id = ANY(%s)",
                    self._value_class_sql(),
                    self.ids,
                )
            )
            classes = dict(rows)
        for profile in self:
            profile.value_class = classes.get(profile._origin.id, "c")

    def _search_value_class(self, operator, value):
        if operator != "in":
            return NotImplemented
        # who has bought nothing is in the last class, and not in the select
        all_others = "c" in value
        named = tuple(
            {"a", "b"} - set(value) if all_others else {"a", "b"} & set(value)
        )
        if not named:
            return Domain.TRUE if all_others else Domain.FALSE
        found = SQL(
            "(SELECT id FROM (%s) c WHERE value_class IN %s)",
            self._value_class_sql(),
            named,
        )
        return Domain("id", "not in" if all_others else "in", found)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let reports group by it: the classes of all are told once and joined."""
        if field_expr == "value_class" and query is not None:
            joined = query.make_alias(alias, "value_class")
            query.add_join(
                "LEFT JOIN",
                joined,
                SQL("(%s)", self._value_class_sql()),
                SQL(
                    "%s = %s",
                    SQL.identifier(joined, "id"),
                    SQL.identifier(alias, "id"),
                ),
            )
            return SQL("COALESCE(%s, 'c')", SQL.identifier(joined, "value_class"))
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _value_class_sql(self):
        """A select ``id, value_class`` of all customers who have bought something in
        twelve months, whoever may see them."""
        Profile = self.env["retention.profile"]
        return SQL(
            """
            SELECT id, CASE WHEN better < total * %(a)s THEN 'a'
                            WHEN better < total * %(b)s THEN 'b'
                            ELSE 'c' END AS value_class
              FROM (SELECT p.id, SUM(%(revenue)s) OVER (PARTITION BY %(company)s)
                               AS total,
                           SUM(%(revenue)s) OVER (
                               PARTITION BY %(company)s ORDER BY %(revenue)s DESC, p.id
                               ROWS UNBOUNDED PRECEDING) - %(revenue)s AS better
                      FROM retention_profile p
                     WHERE %(revenue)s > 0) ranked
            """,
            a=SHARE_A,
            b=SHARE_B,
            company=Profile._field_to_sql("p", "company_id"),
            revenue=Profile._field_to_sql("p", "year_revenue"),
        )
