import re

from odoo import models
from odoo.tools import SQL

BY_PERSON = re.compile(r"user_id(?: (asc|desc))?", re.IGNORECASE)


class RetentionProfileGroup(models.AbstractModel):
    """Customers in groups by contact person, as fast with many as with few."""

    _name = "retention.profile.group"
    _description = "Customers in Groups"

    def _read_group_orderby(self, order, groupby_terms, query):
        # Odoo groups by what it orders by, the persons' names and logins. PostgreSQL
        # cannot tell that these add no groups, and sorts all customers for them.
        found = BY_PERSON.fullmatch(order or "")
        if not found or "user_id" not in groupby_terms:
            return super()._read_group_orderby(order, groupby_terms, query)
        self._order_to_sql(order, query)
        names = list(query._order_groupby)
        query._order_groupby.clear()
        is_descending = (found[1] or "").upper() == "DESC"
        direction = SQL("DESC") if is_descending else SQL("ASC")
        return SQL(", ").join(SQL("MIN(%s) %s", name, direction) for name in names)
