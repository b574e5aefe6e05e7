from datetime import timedelta

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models import retention_handover_fact, retention_run_step
from .common import NOW
from .handover_common import HandoverCase

LATER = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestSettle(HandoverCase):
    """Following a lead keeps nobody from saving it."""

    def _refuse(self, operation="INSERT", code="P0001"):
        """Have the database refuse to note hand-overs."""
        self.env.cr.execute(
            f"""
            CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'refused' USING ERRCODE = '{code}'; END $$;
            CREATE TRIGGER refuse BEFORE {operation} ON retention_handover
            FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()
            """
        )

    def _accept_again(self):
        self.env.cr.execute("DROP FUNCTION pg_temp.refuse CASCADE")

    def _warned(self):
        return self.assertLogs("odoo.addons.retention_suite.models.attempt", "WARNING")

    @mute_logger("odoo.sql_db")
    def test_error_keeps_no_lead_from_being_saved(self):
        self._refuse()
        with self._warned():
            self._hand_over()
        self.env.invalidate_all()
        self.assertEqual(self.lead.user_id, self.seller)
        self.assertFalse(self._all())
        self._accept_again()
        self._run()
        self.assertRecordValues(
            self._all(),
            [
                {
                    "from_user_id": self.marketer.id,
                    "to_user_id": self.seller.id,
                    "state": "offered",
                }
            ],
        )
        self._run()
        self.assertEqual(len(self._all()), 1)

    @mute_logger("odoo.sql_db")
    def test_error_while_the_lead_is_read_again(self):
        """As a form does after saving, in the same transaction."""
        self._refuse()
        lead = self.lead.with_user(self.manager)
        lead.user_id = self.seller
        with self._warned():
            self.assertFalse(lead.retention_handover_state)
        self.assertEqual(lead.user_id, self.seller)

    @mute_logger("odoo.sql_db")
    def test_taken_lead_is_handed_to_nobody_by_the_run(self):
        self._hand_over()
        self._refuse("UPDATE")
        with self._warned():
            self.lead.with_user(self.colleague).sudo().user_id = self.colleague
            self._flush()
        self._accept_again()
        self._run()
        self.assertEqual(self._all().state, "passed_on")

    @mute_logger("odoo.sql_db")
    def test_winning_and_accepting_are_made_up_for(self):
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=2)[-1]
        for state in ("accepted", "succeeded"):
            lead = self._new_lead(self.bert, self.marketer, type="opportunity")
            self._flush()
            handover = self._hand_over(lead)
            self._refuse("UPDATE")
            with self._warned(), self._at(NOW + LATER):
                theirs = lead.with_user(self.seller)
                if state == "accepted":
                    theirs.with_context(tracking_disable=False).message_post(
                        body="Looks promising", message_type="comment"
                    )
                    theirs.stage_id = stage
                else:
                    theirs.action_set_won()
                self._flush()
            self.assertEqual(handover.state, "offered")
            self._accept_again()
            with self._at(NOW + 2 * LATER):
                self._run()
            self.assertEqual(handover.state, state)


@tagged("post_install", "-at_install")
class TestPastOdoo(HandoverCase):
    """Salespeople whom somebody wrote into the database."""

    def _assign(self, lead, user):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET user_id = %s WHERE id = %s", [user.id or None, lead.id]
        )
        self.env.invalidate_all()

    def test_own_lead_given_to_somebody(self):
        self._assign(self.lead, self.seller)
        self._run()
        self.assertRecordValues(
            self._all(),
            [
                {
                    "from_user_id": self.marketer.id,
                    "to_user_id": self.seller.id,
                    "customer_id": self.customer.id,
                    "state": "offered",
                    "offered_date": NOW,
                }
            ],
        )
        handover = self._all()
        self._run()
        self.assertEqual(self._all(), handover)

    def test_lead_of_nobody(self):
        lead = self._new_lead(self.bert, team_id=self.sales.id)
        self._assign(lead, self.seller)
        self._run()
        self.assertFalse(self._all(lead).from_user_id)
        self.assertEqual(self._all(lead).to_user_id, self.seller)

    def test_handed_on(self):
        first = self._hand_over()
        self._assign(self.lead, self.colleague)
        self._run()
        self.assertEqual(first.state, "passed_on")
        self.assertEqual(self._open().to_user_id, self.colleague)
        self.assertEqual(self._open().from_user_id, self.seller)

    def test_back_with_the_giver(self):
        first = self._hand_over()
        self._assign(self.lead, self.marketer)
        self._run()
        self.assertEqual(first.state, "taken_back")
        self.assertEqual(self._all(), first)

    def test_of_nobody_any_more(self):
        first = self._hand_over()
        self._assign(self.lead, self.env["res.users"])
        self._run()
        self.assertEqual(first.state, "taken_back")
        self.assertEqual(self._all(), first)

    def test_won_and_lost_ones_are_not(self):
        self.lead.action_set_lost()
        self._assign(self.lead, self.seller)
        self._run()
        self.assertFalse(self._all())

    def test_what_odoo_writes_is_known(self):
        """Also what it writes without a trace."""
        lead = self._new_lead(self.bert, self.seller)
        lead.with_user(self.colleague).with_context(tracking_disable=True).write(
            {"user_id": self.colleague.id}
        )
        self._flush()
        self.assertFalse(self._open(lead))
        self._run()
        self.assertFalse(self._open(lead))

    def test_many_in_batches(self):
        leads = self.env["crm.lead"].create([{"name": f"Lead {n}"} for n in range(5)])
        for lead in leads:
            self._assign(lead, self.seller)
        self.patch(retention_handover_fact, "OFFER_BATCH", 2)
        self.patch(retention_run_step, "OFFER_BATCH", 2)
        self._run()
        self.assertEqual(self.Handover.search_count([("lead_id", "in", leads.ids)]), 5)


@tagged("post_install", "-at_install")
class TestOdoosImport(HandoverCase):
    """What Odoo does without a trace, and on its own."""

    def test_import(self):
        rows = "name,user_id\nFair 1,Seller\nFair 2,Seller\n"
        wizard = (
            self.env["base_import.import"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": "crm.lead",
                    "file": rows.encode(),
                    "file_type": "text/csv",
                    "file_name": "leads.csv",
                }
            )
        )
        result = wizard.execute_import(
            ["name", "user_id"],
            ["name", "user_id"],
            {"has_headers": True, "separator": ",", "quoting": '"'},
        )
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"])
        self._flush()
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(len(leads), 2)
        handovers = self.Handover.search([("lead_id", "in", leads.ids)])
        self.assertEqual(len(handovers), 2)
        self.assertEqual(handovers.from_user_id, self.manager)
        self.assertEqual(handovers.to_user_id, self.seller)

    def test_cron_assigns(self):
        self.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        self.env["crm.team"].search([]).assignment_optout = True
        self.sales.assignment_optout = False
        self.sales.member_ids = [Command.set((self.seller | self.colleague).ids)]
        self.sales.crm_team_member_ids.assignment_max = 300
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Website {n}",
                    "type": "lead",
                    "team_id": self.sales.id,
                    "user_id": False,
                    "email_from": f"{n}@web.example",
                    "create_date": NOW - timedelta(days=1),
                }
                for n in range(4)
            ]
        )
        self._flush()
        self.env["crm.team"]._cron_assign_leads()
        self._flush()
        taken = leads.filtered("user_id")
        self.assertTrue(taken)
        handovers = self.Handover.search([("lead_id", "in", leads.ids)])
        self.assertEqual(handovers.lead_id, taken)
        self.assertFalse(handovers.from_user_id)
        self.assertEqual(
            [h.to_user_id for h in handovers], [h.lead_id.user_id for h in handovers]
        )


@tagged("post_install", "-at_install")
class TestSettleInRequest(HttpCase):
    """What a person does is repeated when it met somebody else's change."""

    def test_hand_over_is_repeated(self):
        admin = self.env.ref("base.user_admin")
        lead = self.env["crm.lead"].create({"name": "Fair", "user_id": False})
        other = self.env["res.users"].create({"login": "other", "name": "Other"})
        # the first try fails as if a run had been faster
        self.env.cr.execute(
            """
            CREATE TEMP SEQUENCE tries;
            CREATE FUNCTION pg_temp.meet() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
                IF nextval('tries') = 1 THEN
                    RAISE 'met' USING ERRCODE = '40001';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER meet BEFORE INSERT ON retention_handover
            FOR EACH ROW EXECUTE FUNCTION pg_temp.meet()
            """
        )
        self.authenticate("admin", "admin")
        with mute_logger("odoo.sql_db"):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw/crm.lead/write",
                {
                    "model": "crm.lead",
                    "method": "write",
                    "args": [lead.ids, {"user_id": other.id}],
                    "kwargs": {},
                },
            )
        self.env.cr.execute("SELECT last_value FROM tries")
        self.assertEqual(self.env.cr.fetchone()[0], 2)
        handover = self.env["retention.handover"].search([("lead_id", "=", lead.id)])
        self.assertEqual(handover.from_user_id, admin)
        self.assertEqual(handover.to_user_id, other)
