from odoo import api, models
from odoo.tools import SQL

from .among import among
from .cached import forget
from .retention_alert_life import OPEN_ALERT_FIELDS, OPEN_STATES


class RetentionAlertCount(models.AbstractModel):
    """How many open alerts customers have, and how many are about a message of
    theirs that waits for an answer.

    It is stored with the customer, because a board of 100,000 customers sums it
    for each of its columns, and each message that is posted asks for it. So
    whatever raises, ends, moves or deletes alerts has to count them.
    """

    _name = "retention.alert.count"
    _description = "Counting Alerts"

    @api.model_create_multi
    def create(self, vals_list):
        alerts = super().create(vals_list)
        alerts._count_again(alerts.profile_id.ids)
        return alerts

    def write(self, vals):
        if not self._changes_count(vals):
            return super().write(vals)
        profile_ids = self.profile_id.ids
        result = super().write(vals)
        self._count_again([*profile_ids, *self.profile_id.ids])
        return result

    def unlink(self):
        profile_ids = self.profile_id.ids
        result = super().unlink()
        self._count_again(profile_ids)
        return result

    def _counted_sql(self, changed, step):
        """A part of a statement that has customers count the alerts which another
        part of it raised or ended.

        :param str changed: the name of that part, which returns ``profile_id`` and
            ``kind``
        :param int step: 1 if they were raised, -1 if they were ended
        """
        return SQL(
            """
            counted AS (
                UPDATE retention_profile p
                   SET open_alert_count =
                           COALESCE(p.open_alert_count, 0) + %(step)s * n.count,
                       question_count =
                           COALESCE(p.question_count, 0) + %(step)s * n.questions
                  FROM (SELECT profile_id, COUNT(*) AS count,
                               COUNT(*) FILTER (WHERE kind = 'unanswered') AS questions
                          FROM %(changed)s WHERE profile_id IS NOT NULL
                         GROUP BY profile_id) n
                 WHERE p.id = n.profile_id)
            """,
            step=step,
            changed=SQL.identifier(changed),
        )

    def _changes_count(self, vals):
        """Whether writing this makes some of the alerts count more, or less."""
        if "profile_id" in vals or "state" not in vals:
            return "profile_id" in vals
        is_open = vals["state"] in OPEN_STATES
        return any((alert.state in OPEN_STATES) != is_open for alert in self)

    @api.private
    def _count_again(self, profile_ids=None):
        """Have customers count their open alerts anew.

        :param list profile_ids: of the customers; None for all
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p
                   SET open_alert_count = n.count, question_count = n.questions
                  FROM (SELECT p.id, COUNT(a.id) AS count,
                               COUNT(a.id) FILTER (WHERE a.kind = 'unanswered')
                               AS questions
                          FROM retention_profile p
                          LEFT JOIN retention_alert a
                            ON a.profile_id = p.id AND a.state IN %s
                         WHERE %s GROUP BY p.id) n
                 WHERE p.id = n.id
                   AND (p.open_alert_count, p.question_count)
                       IS DISTINCT FROM (n.count, n.questions)
                """,
                OPEN_STATES,
                among("p.id", profile_ids),
            )
        )
        if self.env.cr.rowcount:
            forget(self.env, "retention.profile", field_names=OPEN_ALERT_FIELDS)
