from odoo import fields, models
from odoo.tools import SQL

from . import retention_alert_task
from .retention_handover_fact import OFFER_BATCH

# Sizes of the batches: large enough to be fast, small enough that nobody waits
# for their locks and that a killed run has little to do again.
HISTORY_BATCH = 5000
RECORD_BATCH = 100000
MEASURE_BATCH = 25000
# Records that change after their creation are looked at again for a day, in
# case their transaction was a long one.
OVERLAP_DAYS = 1
# With more changed partners than this, looking at all is faster.
PARTNER_LIMIT = 20000
# With more documents than this of a model as well.
DOCUMENT_LIMIT = 20000
# On the first run, so many of the newest rows are read twice: a transaction
# that was open then may have been writing them.
FIRST_OVERLAP = 20000


class RetentionRunStep(models.AbstractModel):
    """The steps of a run. Each returns ``(figures, whether there is more)``."""

    _name = "retention.run.step"
    _description = "Steps of a Run"

    def _step_names(self):
        """Return the steps in their order: facts, measures, decisions, actions.

        Other addons put theirs where they belong.
        """
        return [
            "customers",
            "history",
            "messages",
            "notifications",
            "changed",
            "answers",
            "measures",
            "values",
            "journey",
            # whose stages it reads, and before the policies, which read what it moves
            "winback",
            "policies",
            "agreed",
            "answer_times",
            "handovers",
            "referrals",
            "risk",
            "returns",
            "plays",
            "close",
            "raise",
            "unanswered",
            "escalate",
            "hand_out",
            "settle",
        ]

    def _step_labels(self):
        """Return what a person reads while a step is under way."""
        return {
            "customers": self.env._("Looking for customers"),
            "history": self.env._("Reading the history of new customers"),
            "messages": self.env._("Reading new messages"),
            "notifications": self.env._("Reading what we sent"),
            "changed": self.env._("Reading calls and meetings"),
            "answers": self.env._("Matching messages and answers"),
            "answer_times": self.env._("Computing response times"),
            "measures": self.env._("Computing figures"),
            "values": self.env._("Reading purchases"),
            "journey": self.env._("Moving customers along their journey"),
            "winback": self.env._("Watching win-back"),
            "policies": self.env._("Matching contact policies"),
            "agreed": self.env._("Computing what was agreed"),
            "handovers": self.env._("Watching hand-overs"),
            "referrals": self.env._("Watching recommendations"),
            "risk": self.env._("Looking for customers at risk"),
            "returns": self.env._("Looking for who came back"),
            "plays": self.env._("Sending messages of plays"),
            "close": self.env._("Closing what is done"),
            "raise": self.env._("Looking for contact gaps"),
            "unanswered": self.env._("Looking for unanswered messages"),
            "escalate": self.env._("Escalating"),
            "hand_out": self.env._("Handing out activities"),
            "settle": self.env._("Finishing"),
        }

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def _step_customers(self, run):
        """Who is a customer, whose contacts moved along, who looks after them:
        whatever follows from Odoo's contacts, leads and users."""
        self._begin_reading()
        Profile = self.env["retention.profile"]
        partner_ids = self._partners_to_look_at(run)
        changed = 0
        for company in self.env["res.company"].search([]):
            # a setting of one's own may speak of anything
            look_at_all = company.retention_is_new or not company._is_default_setting()
            changed += Profile._sync_customers(
                company, None if look_at_all else partner_ids
            )
            if company.retention_is_new:
                company.retention_is_new = False
        ids = self._profiles_of(partner_ids)
        changed += Profile._adopt_moved(ids)
        changed += Profile._sync_people(ids)
        return {"customer_count": changed}, False

    def _partners_to_look_at(self, run):
        """Return the commercial partners whose relationships may have changed,
        or None to look at all: once a day, and when there are many."""
        if self._is_first_today(run):
            return None
        partner_ids = self.env["retention.profile"]._changed_partners(self._since(run))
        return partner_ids if len(partner_ids) <= PARTNER_LIMIT else None

    def _profiles_of(self, partner_ids):
        """The customers that some partners are; None for all."""
        if partner_ids is None:
            return None
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM retention_profile WHERE partner_id = ANY(%s)",
                partner_ids,
            )
        )
        return [row[0] for row in rows]

    def _is_first_today(self, run):
        last = self._last_done(run)
        return not last or last.start_date.date() < fields.Date.today()

    def _begin_reading(self):
        """On the very first run, what there is now is left to the history of
        the new customers, and new records are read from about here on."""
        for table in self._id_tables():
            watermark = self.env["retention.watermark"]._get(table)
            if not watermark.candidate_id:
                highest, snapshot = watermark._read_position(table)
                watermark._propose(highest, snapshot)
                watermark.confirmed_id = max(0, highest - FIRST_OVERLAP)

    def _id_tables(self):
        sources = self.env["retention.touchpoint"]._sources().values()
        return sorted({source.table for source in sources if source.table})

    def _step_history(self, run):
        Profile = self.env["retention.profile"].with_context(active_test=False)
        profiles = Profile.search(
            [("is_history_captured", "=", False)], order="id", limit=HISTORY_BATCH
        )
        if not profiles:
            return {}, False
        changed = profiles._capture_history()
        self.env["retention.touchpoint"]._capture_strangers(SQL("TRUE"))
        return {"contact_count": len(changed)}, len(profiles) == HISTORY_BATCH

    def _step_messages(self, run):
        return self._read_table("mail_message")

    def _step_notifications(self, run):
        return self._read_table("mail_notification")

    def _read_table(self, table, only_known=False):
        """Capture from the rows of a table that were added since last time.

        :param str table: of Odoo's, with ids that grow
        :param bool only_known: only read again what is not confirmed yet
        """
        touchpoint = self.env["retention.touchpoint"]
        watermark = self.env["retention.watermark"]._get(table)
        highest, snapshot = watermark._read_position(table)
        start = watermark.confirmed_id
        if only_known:
            highest = min(highest, watermark.candidate_id)
        end = min(highest, watermark.candidate_id + RECORD_BATCH)
        if end <= start:
            return {}, False
        documents = self._documents_between(table, start, end)
        sources = touchpoint._sources(documents, documents).values()
        columns = {source.column for source in sources if source.table == table}
        changed = touchpoint._capture(
            # all that tell of the same record at once, as when it is captured
            [source for source in sources if source.column in columns],
            lambda source: self._between_sql(source, table, start, end),
        )
        if table == "mail_message":
            touchpoint._capture_strangers(SQL("m.id > %s AND m.id <= %s", start, end))
        self._mark_for_measures(changed)
        watermark._confirm()
        watermark._propose(end, snapshot)
        return {"contact_count": len(changed)}, end < highest

    def _between_sql(self, source, table, start, end):
        """What a source tells of the rows of a table, by their ids."""
        if source.table == table:
            return SQL(
                "%(key)s > %(start)s AND %(key)s <= %(end)s",
                key=source.key,
                start=start,
                end=end,
            )
        records = self._records_between_sql(table, start, end)
        return SQL("%s IN (%s)", source.record, records)

    def _records_between_sql(self, table, start, end):
        message = "mail_message_id" if table == "mail_notification" else "id"
        return SQL(
            "SELECT %s FROM %s WHERE id > %s AND id <= %s",
            SQL.identifier(message),
            SQL.identifier(table),
            start,
            end,
        )

    def _documents_between(self, table, start, end):
        """The documents that the rows of a table are about, by their ids: a dict of
        the ids by model, None where they are many."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT model, array_agg(DISTINCT COALESCE(res_id, 0)) FROM mail_message
                 WHERE id IN (%s) AND model IS NOT NULL GROUP BY model
                """,
                self._records_between_sql(table, start, end),
            )
        )
        return {
            model: ids if len(ids) <= DOCUMENT_LIMIT else None for model, ids in rows
        }

    def _step_changed(self, run):
        """Calls and meetings, and whatever else becomes a contact by changing
        after its creation."""
        touchpoint = self.env["retention.touchpoint"]
        since = self._since(run)
        changed = touchpoint._mend_meetings(since)
        for source in touchpoint._sources(touchpoint._thread_models()).values():
            if source.changed:
                changed += touchpoint._capture(
                    [source], lambda s: SQL(s.changed, since=since)
                )
        self._mark_for_measures(changed)
        return {"contact_count": len(set(changed))}, False

    def _since(self, run):
        """From when on changed records are looked at again."""
        start = self._last_done(run).start_date or fields.Datetime.now()
        return fields.Datetime.subtract(start, days=OVERLAP_DAYS)

    def _last_done(self, run):
        return self.search(
            [("state", "=", "done"), ("id", "!=", run.id)], order="id desc", limit=1
        )

    def _mark_for_measures(self, profile_ids):
        if not profile_ids:
            return
        today = fields.Date.today()
        self.env.cr.execute(
            SQL(
                "UPDATE retention_profile SET refresh_date = %s WHERE id = ANY(%s)"
                " AND (refresh_date IS NULL OR refresh_date > %s)",
                today,
                list(set(profile_ids)),
                today,
            )
        )

    # ------------------------------------------------------------------
    # Measures and decisions
    # ------------------------------------------------------------------

    def _step_journey(self, run):
        """Place new customers by their history, then apply the rules."""
        Profile = self.env["retention.profile"]
        rules = self.env["retention.journey.rule"].search([])
        moved = 0
        for company in self.env["res.company"].search([]):
            moved += Profile._place(company)
            moved += rules._move_customers(company)
        return {"moved_count": moved}, False

    def _step_policies(self, run):
        changed = self.env["retention.profile"]._match_policies()
        return {"customer_count": changed}, False

    def _step_measures(self, run):
        Profile = self.env["retention.profile"].with_context(active_test=False)
        self.env.flush_all()
        ids = Profile.search(
            [("refresh_date", "<=", fields.Date.today())],
            order="id",
            limit=MEASURE_BATCH,
        ).ids
        if not ids:
            return {}, False
        # with what ends their being new: a contact that comes after this is
        # seen by the next run
        self.env["retention.touchpoint"]._match_answers(
            SQL("t.profile_id = ANY(%s)", ids)
        )
        written, closed = Profile._refresh(ids)
        figures = {"measure_count": written, "closed_count": closed}
        return figures, len(ids) == MEASURE_BATCH

    def _step_values(self, run):
        """What customers have bought: those whose purchases change by themselves,
        then those with whom something happened."""
        Profile = self.env["retention.profile"]
        self.env.flush_all()
        due_ids = Profile._value_due_ids(MEASURE_BATCH)
        written = Profile._refresh_value(due_ids)
        if len(due_ids) == MEASURE_BATCH:
            return {"measure_count": written}, True
        changed_ids = Profile._value_changed_ids(self._since(run))
        changed_ids = self.env["retention.value.event"]._sync(changed_ids)
        written += Profile._measure_value(changed_ids)
        valued = self.env["retention.watermark"]._get("values")
        if valued.date != fields.Date.today():
            self.env["res.company"]._retention_measure_rates()
            written += Profile._value_again()
            valued.date = fields.Date.today()
        return {"measure_count": written}, False

    def _step_agreed(self, run):
        """A policy may ask for the rhythm, and what is due asks for the policy:
        those with another policy than before are measured again."""
        return self._step_measures(run)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def _step_handovers(self, run):
        """What became of leads that were handed over, and who waits too long."""
        handover = self.env["retention.handover"]
        handover._follow_facts()
        self.env["retention.profile"]._settle_handed()
        more = handover._offer_unknown() == OFFER_BATCH
        Alert = self.env["retention.alert"]
        closed = Alert._close_handovers() + Alert._close_first_contacts()
        raised = Alert._raise_handovers() + Alert._raise_first_contacts()
        return {"closed_count": closed, "raised_count": raised}, more

    def _step_referrals(self, run):
        """How recommendations stand, which rewards have become due, and who is to
        be thanked."""
        referral = self.env["retention.referral"]
        if self._is_first_today(run):
            referral._derive()
        else:
            referral._follow(referral._changed_since(self._since(run)))
        self.env["retention.referral.click"]._sum_up()
        Alert = self.env["retention.alert"]
        closed = Alert._close_thanks()
        Alert._follow_thankers()
        return {"closed_count": closed, "raised_count": Alert._raise_thanks()}, False

    def _step_close(self, run):
        Alert = self.env["retention.alert"]
        Alert._wake_up()
        closed = Alert._close_put_away()
        # what new figures meet has been closed with them
        if self._is_first_today(run):
            closed += Alert._close_met()
            # in case anything else has deleted some
            Alert._count_again()
        return {"closed_count": closed}, False

    def _step_raise(self, run):
        Alert = self.env["retention.alert"]
        raised = Alert._raise_contact_gaps()
        # what changed during the day has moved along already
        if self._is_first_today(run):
            Alert._update_priorities()
        return {"raised_count": raised}, False

    def _step_escalate(self, run):
        escalated = self.env["retention.alert"]._escalate()
        return {"escalated_count": escalated}, self._is_full(escalated)

    def _step_hand_out(self, run):
        handed_out = self.env["retention.alert"]._hand_out()
        return {"activity_count": handed_out}, self._is_full(handed_out)

    def _is_full(self, count):
        """Whether there may be more activities to make."""
        return count == retention_alert_task.ACTIVITY_BATCH

    def _step_settle(self, run):
        """What was read is settled by reading it again once all transactions
        that were open then have ended: mostly at once."""
        found = 0
        for table in self._id_tables():
            figures, _more = self._read_table(table, only_known=True)
            found += figures.get("contact_count", 0)
        return {"contact_count": found}, False
