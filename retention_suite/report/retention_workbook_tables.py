from collections import namedtuple

from odoo import models
from odoo.fields import Domain

from .workbook_writer import Column

BATCH = 2000
# A table of records: what its sheet is called, of which model, which of them, and what
# is told of each.
Table = namedtuple("Table", "key title model domain names order")

# What is told of each, the one that says whose it is first.
NAMES = {
    "customers": (
        "partner_id user_id journey_stage_id journey_stage_date contact_policy_id"
        " last_contact_date last_inbound_date last_outbound_date agreed_days"
        " next_contact_date contact_state open_alert_count risk_score risk_level"
        " customer_value year_revenue last_purchase_date open_revenue"
        " email phone country_id start_date company_id"
    ),
    "gaps": (
        "customer_name kind reason user_id team_id date deadline_date state"
        " snooze_date policy_id agreed_days last_contact_date escalation_date"
        " priority_score company_id"
    ),
    "messages": (
        "profile_id partner_id date user_id contact_user_id team_id state due_date"
        " answered_date response_hours company_id"
    ),
    "handovers": (
        "lead_id customer_id date from_user_id from_team_id to_user_id to_team_id"
        " state return_reason_id accept_hours contact_hours company_id"
    ),
    "moves": (
        "profile_id lead_id date from_stage_id to_stage_id cause user_id rule_id"
        " reason company_id"
    ),
    "referrals": (
        "referrer_id date partner_id lead_id channel program_id state won_date revenue"
        " thank_due_date thanked_date thanked_user_id thank_kind reward_state"
        " company_id"
    ),
    "winback": (
        "profile_id kind step result user_id reason_id competitor_id value chance"
        " open_date end_date start_date close_date play_id offer offer_cost wish"
        " loyalty_until company_id"
    ),
}

# Nothing is told of these where another says that there is none yet: Odoo reads 0.
GIVEN_BY = {
    "accept_hours": "accepted_count",
    "contact_hours": "contacted_count",
    "response_hours": "answered_date",
    "risk_score": "risk_level",
}


class RetentionWorkbookTables(models.AbstractModel):
    """The tables of records in the workbook."""

    _name = "retention.workbook.tables"
    _description = "Tables of the Workbook"

    def _table_titles(self):
        _ = self.env._
        return {
            "customers": _("Customers"),
            "gaps": _("Contact gaps"),
            "messages": _("Messages"),
            "handovers": _("Hand-overs"),
            "moves": _("Journey"),
            "referrals": _("Referrals"),
            "winback": _("Win-back"),
        }

    def _tables(self, scope, profiles):
        """Return the tables that the user may see.

        :param scope: ``Scope`` of the overview
        :param profiles: the customers that were chosen; None for all of the scope
        """
        titles = self._table_titles()
        return [
            Table(key, titles[key], model, domain, NAMES[key].split(), order)
            for key, (model, domain, order) in self._sources(scope, profiles).items()
            if self.env[model].has_access("read")
        ]

    def _sources(self, scope, profiles):
        """By table the model, which records, and in which order."""

        def whose(name, of="profile_id"):
            """Of these people, or of the customers that were chosen."""
            if profiles is None:
                return scope.of(name)
            companies = Domain("company_id", "in", list(scope.company_ids))
            return companies & Domain(of, "in", profiles.ids)

        open_then = Domain("close_date", "=", False) | Domain(
            "close_date", ">=", scope.now.start
        )
        given = whose("to_user_id")
        if profiles is not None:
            given = Domain("company_id", "in", list(scope.company_ids))
            given &= Domain("customer_id", "child_of", profiles.partner_id.ids)
        return {
            "customers": (
                "retention.profile",
                whose("user_id", "id"),
                "next_contact_date, id",
            ),
            "gaps": (
                "retention.alert",
                whose("user_id")
                & Domain("kind", "in", ("contact_gap", "first_contact"))
                & Domain("state", "in", ("open", "snoozed")),
                "priority_score desc, id",
            ),
            "messages": (
                "retention.answer.report",
                whose("user_id") & scope.now.within("date"),
                "date desc, id desc",
            ),
            "handovers": (
                "retention.handover.report",
                given & scope.now.within("date"),
                "date desc, id desc",
            ),
            "moves": (
                "retention.journey.transition",
                whose("profile_id.user_id") & scope.now.within("date"),
                "date desc, id desc",
            ),
            "referrals": (
                "retention.referral",
                whose("profile_id.user_id") & scope.now.within("date"),
                "date desc, id desc",
            ),
            "winback": (
                "retention.winback",
                whose("user_id") & Domain("open_date", "<", scope.now.stop) & open_then,
                "open_date desc, id desc",
            ),
        }

    def _columns(self, table):
        """The columns that the user may see, as the screens call them."""
        fields = self.env[table.model].fields_get(
            table.names, ["string", "help", "type", "selection"]
        )
        return [
            Column(
                name,
                fields[name]["string"],
                fields[name]["type"],
                dict(fields[name].get("selection") or ()),
                fields[name].get("help") or "",
            )
            for name in table.names
            if name in fields
        ]

    def _batches(self, table, columns, on_rows):
        """Read the rows of a table, some at a time, and keep none.

        :param on_rows: called with how many were read
        """
        Model = self.env[table.model]
        names = [column.name for column in columns]
        if any(column.kind == "monetary" for column in columns):
            names.append("currency_id")
        given_by = {name: GIVEN_BY[name] for name in names if name in GIVEN_BY}
        names += set(given_by.values()).difference(names)
        ids = Model.search(table.domain, order=table.order).ids
        for start in range(0, len(ids), BATCH):
            records = Model.browse(ids[start : start + BATCH])
            rows = records.read(names)
            for row in rows:
                row.update((name, None) for name, by in given_by.items() if not row[by])
            yield rows
            on_rows(len(records))
            # what was read leaves the memory
            self.env.invalidate_all(flush=False)
