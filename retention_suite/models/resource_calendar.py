from odoo import models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        if "tz" in vals:
            # the companies' time zones are cached
            self.env.registry.clear_cache()
        return result
