from unittest.mock import patch

from odoo import Command, api, fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestOverviewTour(HttpCase):
    """The overview in a real browser.

    ======== =========== ========== ===================================
    customer salesperson stage      what was
    ======== =========== ========== ===================================
    Azur     Sally       active     nobody has spoken to them
    Boreal   Olaf        active     nobody has spoken to them
    Cedar    Sally       lost       left for a competitor, today
    ======== =========== ========== ===================================
    """

    def setUp(self):
        super().setUp()
        self.company = self.env.ref("base.main_company")
        self.env["retention.profile"].search([]).unlink()
        self.seller = self._user("seller", "Sally Seller", "sale_salesman")
        self.other = self._user("other", "Olaf Other", "sale_salesman")
        self._user("newcomer", "Nora Newcomer", "sale_salesman")
        self.manager = self._user("manager", "Mary Manager", "sale_manager")
        self.company.retention_onboarding = {"is_closed": True}

    def _user(self, login, name, group):
        return new_test_user(
            self.env,
            login=f"overview_{login}",
            name=name,
            groups=f"base.group_user,sales_team.group_{group}",
        )

    def _customers(self):
        self._customer("Azur", self.seller)
        self._customer("Boreal", self.other)
        cedar = self._customer("Cedar", self.seller)
        self.env["retention.run"]._run_all(commit=False)
        reason = self.env.ref("retention_suite.lost_reason_competitor")
        reason.name = "Competitor"
        case = self.env["retention.winback"].create(
            {"profile_id": cedar.id, "kind": "save", "reason_id": reason.id}
        )
        action = case.action_lost()
        self.env["retention.winback.close"].with_context(**action["context"]).create(
            {"note": "They are gone"}
        ).action_close()
        self.env["retention.run"]._run_all(commit=False)

    def _customer(self, name, user):
        """A customer known for 400 days, whom nobody has ever spoken to."""
        partner = self.env["res.partner"].create({"name": name, "is_company": True})
        profile = self.env["retention.profile"].create(
            {"partner_id": partner.id, "user_id": user.id}
        )
        known_since = fields.Datetime.subtract(fields.Datetime.now(), days=400)
        profile.write({"start_date": known_since, "refresh_date": fields.Date.today()})
        profile.journey_stage_id = self.env.ref("retention_suite.journey_stage_active")
        # in the stock of the year's first day as well
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_journey_transition SET date = %s WHERE profile_id = %s",
            [known_since, profile.id],
        )
        self.env.invalidate_all()
        return profile

    def test_manager_looks_behind_the_figures(self):
        self._customers()
        self.start_tour("/odoo", "retention_overview_tour", login="overview_manager")

    def test_salesperson_sees_own_customers(self):
        self._customers()
        self.start_tour("/odoo", "retention_overview_own_tour", login="overview_seller")

    def test_without_customers_it_says_what_to_do(self):
        self.start_tour(
            "/odoo", "retention_overview_empty_tour", login="overview_manager"
        )

    def test_manager_takes_the_figures_along(self):
        self._customers()
        # the second one is for the background
        Workbook = self.registry["retention.workbook"]
        check, calls = Workbook._check, []

        def counted(workbook, options):
            calls.append(options)
            return check(workbook, options) + (len(calls) - 1) * 10**6

        with patch.object(Workbook, "_check", counted):
            self.start_tour(
                "/odoo", "retention_workbook_tour", login="overview_manager"
            )
        self.env.invalidate_all()
        later, made = self.env["retention.workbook.job"].search([])
        self.assertEqual((later.state, later.user_id), ("waiting", self.manager))
        self.assertEqual(later.options, {"period": "year"})
        self.assertEqual((made.state, made.options["period"]), ("done", "month"))

    def test_newcomer_is_told_once(self):
        # there are customers, nobody's among them, but none is the newcomer's
        self._customers()
        self._customer("Dune", self.env["res.users"])
        self.start_tour(
            "/odoo", "retention_overview_newcomer_tour", login="overview_newcomer"
        )

    def test_part_that_fails_leaves_the_others_alone(self):
        self._customers()
        Overview = self.registry["retention.overview"]
        answer, calls = Overview.get_block, []

        @api.model
        @api.readonly
        def get_block(overview, name, options):
            if name == "losses":
                calls.append(name)
                if len(calls) == 1:
                    raise UserError("Gone fishing")  # pylint: disable=translation-required
            return answer(overview, name, options)

        with patch.object(Overview, "get_block", get_block):
            self.start_tour(
                "/odoo", "retention_overview_failing_tour", login="overview_manager"
            )
        self.assertEqual(len(calls), 2)

    def test_first_steps(self):
        self._customers()
        admin = self._user("admin", "Ada Admin", "sale_manager")
        admin.group_ids = [Command.link(self.env.ref("base.group_system").id)]
        self.company.write({"retention_onboarding": False, "retention_is_new": True})

        self.start_tour("/odoo", "retention_onboarding_tour", login="overview_admin")

        self.env.invalidate_all()
        self.assertFalse(self.company.retention_is_new)
        marks = self.company.retention_onboarding
        self.assertEqual(
            marks, {"customers": "skipped", "policies": "done", "is_closed": True}
        )
