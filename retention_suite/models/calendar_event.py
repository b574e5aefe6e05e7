from odoo import models
from odoo.tools import SQL


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def unlink(self):
        touchpoint = self.env["retention.touchpoint"]
        profile_ids = []
        if self.ids:
            profile_ids = touchpoint._mark_changed(
                SQL("t.event_id = ANY(%s)", self.ids)
            )
        result = super().unlink()
        touchpoint._follow_deleted(profile_ids)
        return result
