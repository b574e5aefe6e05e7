from odoo import fields, models

from . import retention_run_step


class RetentionRunRisk(models.AbstractModel):
    """The step of a run that derives who may leave."""

    _name = "retention.run.risk"
    _description = "Steps of a Run: Risk"

    def _step_risk(self, run):
        """Who may leave, and who has to look after it.

        Time moves every risk, but slowly: once a day all customers are gone
        through, in batches, by the runs from the first of the day on until they
        are through. Apart from that, only those with whom something happened.
        """
        Profile = self.env["retention.profile"]
        batch = retention_run_step.MEASURE_BATCH
        self.env.flush_all()
        position = self.env["retention.watermark"]._get("risk")
        today = fields.Date.today()
        if position.date != today:
            position.write({"date": today, "confirmed_id": 0})
        ids = Profile._risk_ids_after(position.confirmed_id, batch)
        if ids:
            written = Profile._refresh_risk(ids)
            position.confirmed_id = ids[-1]
            return {"measure_count": written}, True
        ids = Profile._risk_marked_ids(batch)
        written = Profile._refresh_risk(ids)
        if len(ids) == batch:
            return {"measure_count": written}, True
        written += Profile._refresh_risk(Profile._risk_changed_ids(self._since(run)))
        Alert = self.env["retention.alert"]
        closed = Alert._close_risks()
        figures = {
            "measure_count": written,
            "closed_count": closed,
            "raised_count": Alert._raise_risks(),
        }
        return figures, False
