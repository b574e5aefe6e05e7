from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

OPEN_STEPS = ("identified", "reason", "running")
# What a case takes over from one that it is merged with, if it lacks it. What the
# offers cost adds up: both were made.
TAKEN_OVER = (
    "reason_id",
    "competitor_id",
    "user_id",
    "play_id",
    "start_date",
    "offer",
    "cancel_date",
    "cancel_partner_id",
    "wish",
    "notice_days",
    "end_date",
    "is_from_portal",
)


class RetentionWinbackLife(models.AbstractModel):
    """How cases end, and go on."""

    _name = "retention.winback.life"
    _description = "How Win-back Ends"

    @api.private
    def _close(self, result, note=None, dates=None):
        """Close open cases, and have their customers be where they are then.

        Won: the customers have come back, and the watch of their second loyalty
        begins. Lost: they are given up; who has cancelled and has days left as a
        customer is lost after these.

        :param str result: ``won`` or ``lost``
        :param str note: why so, as people read it
        :param dict dates: when each was decided, by id; now for those not told
        :return: the cases that were closed
        """
        # sudo: closing writes what nobody writes by hand
        cases = self.sudo().filtered("is_open")
        cases.write(
            {
                "result": result,
                "result_note": note,
                "step": "loyalty" if result == "won" else "decided",
            }
        )
        now = fields.Datetime.now()
        for case in cases:
            case.close_date = (dates or {}).get(case.id, now)
        cases._end_activities()
        if result == "won":
            cases._begin_watch()
            self._move_closed(cases, "recovered", note)
            cases._ask_for_cause()
        else:
            staying = cases._with_days_left()
            staying._move_at_risk()
            self._move_closed(cases - staying, "lost", note)
        return cases

    def _move_closed(self, cases, kind, note):
        """Move the customers of closed cases, with the reason as the note."""
        for reason, own in cases.grouped("reason_id").items():
            parts = [reason.name if kind == "lost" else "", note or ""]
            text = ", ".join(part for part in parts if part)
            own.profile_id._move_to_kind(kind, text)

    def _end_activities(self):
        """Nobody has to do what was planned for a case that is closed."""
        # sudo: whoever was asked to do it
        activities = self.env["mail.activity"].sudo()
        activities.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()

    def action_reopen(self):
        """Go on with closed cases. The customers stay where they are.

        :raise UserError: if another case is open
        """
        self.check_access("write")
        # sudo: see above; an open case may be a colleague's
        cases = self.sudo().filtered(lambda case: not case.is_open)
        for case in cases:
            if case.profile_id.winback_ids.filtered("is_open"):
                raise UserError(
                    self.env._(
                        "There is an open case for %s already. Work that one.",
                        case.display_name,
                    )
                )
            step = "reason" if case._is_known(case.reason_id.id) else "identified"
            case.write(
                {
                    "result": False,
                    "result_note": False,
                    "close_date": False,
                    "loyalty_until": False,
                    "is_watch_over": False,
                    "is_withdrawn": False,
                    "is_by_itself": False,
                    "is_lost_again": False,
                    "is_cause_dealt": False,
                    "is_stay_asked": False,
                    "is_decision_due": False,
                    "decision_date": False,
                    "step": "running" if case.start_date else step,
                }
            )
        cases._end_activities()

    def _take_over(self, other):
        """Become one with another open case of the same customer, which ends.

        :param other: the younger one
        """
        values = {
            name: other._fields[name].convert_to_write(other[name], other)
            for name in TAKEN_OVER
            if other[name] and not self[name]
        }
        if other.offer_cost:
            values["offer_cost"] = self.offer_cost + other.offer_cost
        if other.kind == "cancellation":
            values["kind"] = "cancellation"
        if other.step == "running" and self.step != "running":
            values.update(step="running", result=False, start_date=other.start_date)
            if other.play_id:
                # which one runs, not which one was meant to
                values["play_id"] = other.play_id.id
        elif "reason_id" in values and self.step == "identified":
            values.update(step="reason", result=False)
        self.env.flush_all()
        for table, model, column in (
            ("mail_message", "model", "res_id"),
            ("mail_activity", "res_model", "res_id"),
            ("ir_attachment", "res_model", "res_id"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE %s = %s AND %s = %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    self.id,
                    SQL.identifier(model),
                    self._name,
                    SQL.identifier(column),
                    other.id,
                )
            )
        self.env["retention.play.sending"]._move_case(other, self)
        self.env.invalidate_all(flush=False)
        other.unlink()
        members = self.env["retention.play.member"]
        plays = members.search([("case_id", "=", self.id)]).play_id
        # of two plays the figures of each count what its own offer cost
        self.with_context(retention_own_costs=len(plays) > 1).write(values)
