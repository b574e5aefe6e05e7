from odoo import fields, models
from odoo.tools import SQL


class RetentionWatermark(models.Model):
    """How far a growing table of Odoo's has been read.

    Ids are handed out before they become visible: a long transaction may
    commit a low id after a run has seen a higher one. So what a run has read
    is a *candidate* first, and is confirmed only when every transaction that
    was open at that moment has ended. Until then it is read again, which finds
    the latecomers and, for the rest, nothing to do.
    """

    _name = "retention.watermark"
    _description = "Reading position of the retention run"

    name = fields.Char(required=True, readonly=True)
    confirmed_id = fields.Integer(readonly=True)
    candidate_id = fields.Integer(readonly=True)
    candidate_snapshot = fields.Char(
        readonly=True,
        help="First transaction that had not begun when the candidate was read.",
    )

    date = fields.Date(
        readonly=True, help="The day whose pass over all records has got so far."
    )

    _name_uniq = models.UniqueIndex("(name)")

    def _get(self, name):
        """Return the position called ``name``, made when it is new.

        One that another run has made since this transaction began cannot be
        seen: the database then reports a concurrent change, and the batch is
        done again.
        """
        found = self.search([("name", "=", name)])
        if found:
            return found
        self.env.cr.execute(
            SQL(
                "INSERT INTO retention_watermark (name, confirmed_id, candidate_id)"
                " VALUES (%s, 0, 0) ON CONFLICT DO NOTHING",
                name,
            )
        )
        return self.search([("name", "=", name)])

    def _confirm(self):
        """Confirm the candidates behind which nothing can appear any more.

        To be called after reading up to the candidate: in the same transaction
        both see the same moment.
        """
        waiting = self.filtered(lambda w: w.confirmed_id != w.candidate_id)
        if not waiting:
            return
        [[oldest_open]] = self.env.execute_query(
            SQL("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        )
        for watermark in waiting:
            if oldest_open >= int(watermark.candidate_snapshot):
                watermark.confirmed_id = watermark.candidate_id

    def _propose(self, highest_id, snapshot):
        """Note what was read, if that is more than was known.

        :param int highest_id: the highest id that could be seen
        :param int snapshot: first transaction not begun by then
        """
        self.ensure_one()
        if highest_id > self.candidate_id:
            self.write(
                {"candidate_id": highest_id, "candidate_snapshot": str(snapshot)}
            )

    def _read_position(self, table):
        """Return ``(highest id, first transaction not begun)`` of a table."""
        [row] = self.env.execute_query(
            SQL(
                "SELECT COALESCE(MAX(id), 0),"
                " pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM %s",
                SQL.identifier(table),
            )
        )
        return row
