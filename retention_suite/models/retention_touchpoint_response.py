from odoo import api, models
from odoo.tools import SQL

from .working_time import WorkingTime

# So many messages get their times in one go.
TIME_BATCH = 50000


class RetentionTouchpointResponse(models.AbstractModel):
    """Until when answers are due, and how long they took."""

    _name = "retention.touchpoint.response"
    _description = "Times of Answers"

    @api.private
    def _time_answers(self, scope=None):
        """Compute until when answers are due and how long they took, in working
        hours, for messages of which it is not known.

        Each calendar is read once for all of them.

        :param SQL scope: a condition on the contacts ``t``; None for all
        :return: how many messages were looked at
        """
        rows = self._untimed(scope or SQL("TRUE"))
        if not rows:
            return 0
        first = min(row[1] for row in rows)
        times = {}
        found = []
        for id_, date, due, answered, company_id, team_id in rows:
            if (company_id, team_id) not in times:
                times[company_id, team_id] = self._target(company_id, team_id)
            target, calendar = times[company_id, team_id]
            if calendar not in times:
                times[calendar] = WorkingTime(calendar, first)
            worked = times[calendar]
            due = due or worked.plan(date, target)
            hours = worked.hours(date, answered) if answered else None
            found.append((id_, due, hours, team_id))
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_touchpoint t
                   SET answer_due_date = v.due, response_hours = v.hours,
                       team_id = v.team_id
                  FROM unnest(%s::int[], %s::timestamp[], %s::float8[], %s::int[])
                       v(id, due, hours, team_id)
                 WHERE t.id = v.id
                """,
                *(list(column) for column in zip(*found, strict=True)),
            )
        )
        self.env["retention.touchpoint"].invalidate_model(flush=False)
        return len(rows)

    def _untimed(self, scope):
        """Return ``(id, date, due, answered, company, team)`` of messages."""
        # by their order, so that PostgreSQL uses the index of those few
        untimed = self.env.execute_query(
            SQL(
                """
                SELECT t.id, t.res_model FROM retention_touchpoint t
                 WHERE t.needs_answer AND (t.answer_due_date IS NULL
                       OR (t.answered_date IS NOT NULL AND t.response_hours IS NULL))
                   AND %s
                 ORDER BY t.id LIMIT %s
                """,
                scope,
                TIME_BATCH,
            )
        )
        if not untimed:
            return []
        models_ = list({row[1] for row in untimed if row[1]})
        return self.env.execute_query(
            SQL(
                """
                SELECT t.id, t.date, t.answer_due_date, t.answered_date, t.company_id,
                       CASE WHEN t.answer_due_date IS NULL
                            THEN COALESCE(team.team_id, our.sale_team_id)
                            ELSE t.team_id END
                  FROM retention_touchpoint t
                  LEFT JOIN res_users our ON our.id = t.user_id
                  LEFT JOIN %s team
                    ON team.model = t.res_model AND team.res_id = t.res_id
                 WHERE t.id = ANY(%s)
                """,
                self._teams_sql(models_),
                [row[0] for row in untimed],
            )
        )

    def _teams_sql(self, models_):
        """Return a subquery ``(model, res_id, team_id)`` of documents."""
        parts = [
            SQL(
                "SELECT %s::varchar AS model, id AS res_id, team_id FROM %s",
                name,
                SQL.identifier(self.env[name]._table),
            )
            for name in models_
            if name in self.env
            and self.env[name]._auto
            and self._is_column(self.env[name], "team_id", "crm.team")
        ]
        parts.append(
            SQL(
                "SELECT NULL::varchar AS model, NULL::int AS res_id,"
                " NULL::int AS team_id WHERE FALSE"
            )
        )
        return SQL("(%s)", SQL(" UNION ALL ").join(parts))

    def _target(self, company_id, team_id):
        """Return within how many hours, on which calendar, an answer is due."""
        company = self.env["res.company"].browse(company_id)
        team = self.env["crm.team"].browse(team_id)
        return (
            team._retention_response_target(company),
            team._retention_calendar(company),
        )
