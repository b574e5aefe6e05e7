from odoo import fields, models


class RetentionCompetitor(models.Model):
    """Whom customers go to."""

    _name = "retention.competitor"
    _description = "Competitor"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint(
        "UNIQUE(name)", "There is a competitor with this name already."
    )
