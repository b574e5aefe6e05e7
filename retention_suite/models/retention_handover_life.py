from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, plaintext2html

from .crm_team import ACCEPT_HOURS, CONTACT_HOURS


class RetentionHandoverLife(models.AbstractModel):
    """How hand-overs begin and end, as what is done to leads tells it."""

    _name = "retention.handover.life"
    _description = "How Hand-overs Begin and End"

    @api.model_create_multi
    def create(self, vals_list):
        handovers = super().create(vals_list)
        self.env["retention.profile"]._await_contact(handovers)
        return handovers

    def write(self, vals):
        result = super().write(vals)
        if "customer_id" in vals:
            self.flush_recordset()
            self.env["retention.profile"]._await_contact(self)
        return result

    # ------------------------------------------------------------------
    # Beginning
    # ------------------------------------------------------------------

    def _offer(self, offers):
        """Make hand-overs, in one go.

        :param list offers: of ``(lead, giver, previous team, date)``
        """
        planned = {}
        values = []
        for lead, giver, team, date in offers:
            company = lead._retention_company()
            key = (company, lead.team_id, date)
            if key not in planned:
                planned[key] = self._due_dates(*key)
            values.append(
                {
                    "lead_id": lead.id,
                    "customer_id": lead.partner_id.commercial_partner_id.id,
                    "company_id": company.id,
                    "from_user_id": giver.id,
                    "from_team_id": (team or giver.sale_team_id).id,
                    "to_user_id": lead.user_id.id,
                    "to_team_id": lead.team_id.id,
                    "offered_date": date,
                    **planned[key],
                }
            )
        return self.create(values)

    def _hours(self, team):
        """The working hours to accept and to contact."""
        if not team:
            return ACCEPT_HOURS, CONTACT_HOURS
        return team.retention_accept_hours, team.retention_contact_hours

    def _due_dates(self, company, team, date):
        """When a lead that was handed over should be accepted and contacted.

        :param team: that it was handed over to, whose working hours count
        """
        accept_hours, contact_hours = self._hours(team)
        calendar = team._retention_calendar(company)

        def due(hours):
            return bool(hours) and company._retention_plan_hours(date, hours, calendar)

        return {
            "accept_due_date": due(accept_hours),
            "contact_due_date": due(contact_hours),
            "expire_due_date": due(2 * max(accept_hours, contact_hours)),
        }

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------

    def _accept(self):
        self.write({"state": "accepted", "accepted_date": fields.Datetime.now()})
        self._close_alerts()

    def _close_as(self, state, **values):
        """End hand-overs. Those that have expired stay so."""
        self.filtered("is_open").write(
            {"state": state, "closed_date": fields.Datetime.now(), **values}
        )
        self._close_alerts()

    def _close_alerts(self):
        """Take off the To do list what is met."""
        if self:
            self.env["retention.alert"]._close_handovers(self.lead_id.ids)

    def _return(self, reason, resume_date):
        """Give leads back to whoever nurtures them.

        :param reason: why
        :param date resume_date: when they come up again
        """
        self._close_as("returned", return_reason_id=reason.id, resume_date=resume_date)
        for handover in self:
            lead = handover.lead_id
            team = handover.from_team_id or lead.team_id
            lead.write({"user_id": False, "team_id": team.id})
        self.env["crm.lead"]._retention_settle()

    def _tell_giver(self, note=None):
        """Note in the lead why it came back, and let the giver know.

        :param str note: what the user has to say to it
        """
        self.ensure_one()
        text = self._describe()
        self.lead_id.message_post(
            body=plaintext2html(f"{text}\n\n{note}" if note else text),
            partner_ids=self.from_user_id.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    # ------------------------------------------------------------------
    # What leads tell
    # ------------------------------------------------------------------

    @api.private
    def _follow_leads(self, changes):
        """Begin, go on with and end hand-overs as leads were changed.

        :param dict changes: by lead id, as ``crm.lead`` notes them
        """
        leads = self.env["crm.lead"].browse(changes).exists()
        handovers = self.search(
            [("lead_id", "in", leads.ids), ("closed_date", "=", False)]
        )
        open_ones = {handover.lead_id.id: handover for handover in handovers}
        ended, offers = defaultdict(self.browse), []
        for lead in leads:
            handover = open_ones.get(lead.id, self.browse())
            change = changes[lead.id]
            state = handover and handover._ended_by(lead, change)
            if state:
                ended[state] |= handover
            elif handover:
                handover._follow_lead(lead, change)
            if (state or not handover) and lead._retention_is_pending():
                giver = self._giver(lead, change)
                if giver is not None:
                    team = self.env["crm.team"].browse(change.get("team_id"))
                    offers.append((lead, giver, team, change["date"]))
        for state, theirs in ended.items():
            theirs._close_as(state)
        if offers:
            self._offer(offers)
        handovers.filtered(
            lambda h: (
                not (h.closed_date or h.customer_id or h.contacted_date)
                and changes[h.lead_id.id]["acted"]
            )
        )._follow_written()
        # those that were deleted, too
        self.env["retention.alert"]._follow_leads(list(changes))

    def _ended_by(self, lead, change):
        """Return the state in which the lead's change ends it, if it does."""
        self.ensure_one()
        if lead.won_status == "won":
            return "succeeded"
        if lead.won_status == "lost" or not lead.active:
            return "lost"
        if lead.user_id == self.to_user_id:
            return None
        if not lead.user_id and change.get("uid") == self.to_user_id.id:
            return "returned"
        if not lead.user_id or lead.user_id == self.from_user_id:
            return "taken_back"
        return "passed_on"

    def _follow_lead(self, lead, change):
        customer = lead.partner_id.commercial_partner_id
        if self.customer_id != customer:
            self.customer_id = customer
        if self.state == "offered" and self.to_user_id.id in change["acted"]:
            self.write({"state": "accepted", "accepted_date": fields.Datetime.now()})

    def _giver(self, lead, change):
        """Return who hands the lead over (nobody: the team does), or None if
        this is no hand-over: the salesperson has not changed, or took it."""
        if "user_id" not in change or not lead.user_id:
            return None
        previous = self.env["res.users"].browse(change["user_id"])
        actor = self.env["res.users"].browse(change["uid"])
        if lead.user_id in (previous, actor):
            return None
        for giver in previous | actor:
            if giver._is_internal() and not giver._is_superuser():
                return giver
        return previous.browse()

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    @api.private
    def _move_to(self, target, sources):
        """Take the history of merged leads along. One can be open: the
        target's own, else the newest.

        :param target: the lead that stays
        :param sources: the leads that go
        """
        handovers = self.search([("lead_id", "in", (sources | target).ids)])
        moved = handovers.filtered(lambda h: h.lead_id in sources)
        if not moved:
            return
        open_ones = handovers.filtered("is_open").sorted(
            lambda h: (h.lead_id == target, h.offered_date, h.id), reverse=True
        )
        moved._close_alerts()
        self.env["retention.alert"]._close_of_leads(sources.ids)
        open_ones[1:]._close_as("passed_on")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE retention_handover SET lead_id = %s WHERE id = ANY(%s)",
                target.id,
                moved.ids,
            )
        )
        self.invalidate_model(["lead_id"])
