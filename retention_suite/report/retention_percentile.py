from odoo import models
from odoo.tools import SQL, frozendict


class RetentionPercentile(models.AbstractModel):
    """Percentiles in reports, where Odoo knows averages only."""

    _name = "retention.percentile"
    _description = "Percentiles of a Report"

    # What is computed for a group: of which field, with what share at or below it.
    _percentiles = frozendict()

    def _read_group_select(self, aggregate_spec, query):
        """A percentile of a group is one of all its values, not a mean of those
        of its parts."""
        if aggregate_spec not in self._percentiles:
            return super()._read_group_select(aggregate_spec, query)
        name, share = self._percentiles[aggregate_spec]
        return SQL(
            "percentile_cont(%s) WITHIN GROUP (ORDER BY %s)",
            share,
            self._field_to_sql(self._table, name, query),
        )
