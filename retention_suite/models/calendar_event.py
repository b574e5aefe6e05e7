from odoo import models
from odoo.tools import SQL


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def unlink(self):
        if self.ids:
            self.env["retention.touchpoint"]._mark_changed(
                SQL("t.event_id = ANY(%s)", self.ids)
            )
        return super().unlink()
