from datetime import timedelta

from odoo import Command
from odoo.modules.module import load_script
from odoo.tests import tagged
from odoo.tools import SQL

from .common import NOW, RetentionCase


@tagged("post_install", "-at_install")
class TestMigration(RetentionCase):
    """What is new to customers that were there before an update."""

    def _migrate(self, release, version, name="post-migrate"):
        path = f"retention_suite/migrations/{release}"
        script = load_script(f"{path}/{name}.py", name)
        self.env.flush_all()
        script.migrate(self.env.cr, version)
        self.env.invalidate_all()

    def test_customers_of_the_first_release_are_placed(self):
        with self._at(NOW):
            self._new_lead(self.anna, self.seller)
            self._run()
            profile = self._profile(self.customer)
            self._log(profile, NOW)
            self.env.flush_all()
            # as the first release left it
            self.env.cr.execute(
                "UPDATE retention_profile SET silent_date = NULL,"
                " journey_stage_id = NULL, refresh_date = NULL WHERE id = %s",
                [profile.id],
            )
            self.env.cr.execute("DELETE FROM retention_journey_transition")
            self.env.invalidate_all()
        self._migrate("19.0.1.1.0", "19.0.1.0.0")
        self._run()
        self.assertTrue(profile.silent_date)
        self.assertEqual(profile.journey_stage_id.kind, "prospect")
        self.assertEqual(profile.transition_ids.cause, "start")

    def test_leads_that_people_had_before_are_not_handed_over(self):
        lead = self._new_lead(self.anna, self.seller)
        self._flush()
        self.env["retention.handover"].search([("lead_id", "=", lead.id)]).unlink()
        self.env.flush_all()
        # as it was before
        self.env.cr.execute("ALTER TABLE crm_lead DROP COLUMN retention_known_user_id")
        self.env.invalidate_all()
        self.env["crm.lead"]._retention_know_users()
        self._run()
        self.assertEqual(lead.retention_known_user_id, self.seller)
        self.assertFalse(lead.retention_handover_ids)

    def test_new_installation_needs_nothing(self):
        profile = self._add_profile(self.customer)
        profile.sudo().refresh_date = "2099-01-01"
        self._migrate("19.0.1.1.0", None)
        self.assertEqual(str(profile.refresh_date), "2099-01-01")

    def test_open_alerts_are_counted(self):
        with self._at(NOW):
            self._new_lead(self.anna, self.seller)
            self._run()
        with self._at(NOW + timedelta(days=200)):
            self._run()
        profile = self._profile(self.customer)
        self.assertEqual(profile.open_alert_count, 1)
        # as it was before the number was stored
        self.env.cr.execute("UPDATE retention_profile SET open_alert_count = NULL")
        self.env.invalidate_all()
        self._migrate("19.0.1.2.0", "19.0.1.1.0")
        self.assertEqual(profile.open_alert_count, 1)

    def test_unanswered_messages_are_counted(self):
        with self._at(NOW):
            self._new_lead(self.anna, self.seller)
            self._run()
        with self._at(NOW + timedelta(days=200)):
            self._run()
        profile = self._profile(self.customer)
        alert = profile.open_alert_ids
        # as it was before the number was stored
        self.env.cr.execute(
            "UPDATE retention_alert SET kind = 'unanswered', res_model = 'res.partner',"
            " res_id = %s WHERE id = %s",
            [self.anna.id, alert.id],
        )
        self.env.cr.execute("UPDATE retention_profile SET question_count = NULL")
        self.env.cr.execute(
            "CREATE INDEX retention_profile_unplaced_idx ON retention_profile (id)"
        )
        self.env.invalidate_all()
        self._migrate("19.0.1.5.0", "19.0.1.4.0")
        self.assertEqual(profile.question_count, 1)
        self.assertFalse(
            self.env.execute_query(
                SQL(
                    "SELECT FROM pg_class WHERE relname = %s",
                    "retention_profile_unplaced_idx",
                )
            ),
            "what nothing looks for is not kept up to date",
        )

    def test_value_if_won_back_is_known(self):
        profile = self._add_profile(self.customer)
        with self._at(NOW - timedelta(days=500)):
            lead = self._new_lead(self.anna, self.seller, expected_revenue=1000)
            lead.action_set_won()
            self._flush()
        with self._at(NOW):
            profile._refresh_value(profile.ids)
            case = self.env["retention.winback"].create(
                {"profile_id": profile.id, "kind": "dormancy", "chance": 40}
            )
            self.env.flush_all()
            value = profile.winback_value
            self.assertGreater(value, 0)
            # as it was before
            self.env.cr.execute(
                "UPDATE retention_profile SET winback_value = NULL,"
                " winback_revenue = NULL"
            )
            self.env.cr.execute("UPDATE retention_winback SET value = 0")
            self.env.cr.execute("UPDATE retention_winback SET priority_value = 0")
            self.env.invalidate_all()
            self._migrate("19.0.1.6.0", "19.0.1.5.0", "post-value")
            self.assertEqual(profile.winback_value, value)
            self.assertEqual(str(profile.value_refresh_date), "2026-06-15")
            self.assertEqual(case.value, value)
            self.assertAlmostEqual(case.priority_value, value * 0.4, places=2)
            case.value = 7
            self.env.flush_all()
            self._migrate("19.0.1.6.0", "19.0.1.5.0", "post-value")
            self.assertEqual(case.value, 7, "what somebody entered stays")

    def test_customers_become_dormant_by_their_rhythm(self):
        rule = self.env.ref("retention_suite.journey_rule_long_silence")
        new = "[('is_long_silent', '=', True)]"
        self.assertEqual(rule.domain, new)
        for old, wanted in (
            ("[('gap_days', '>', 365)]", new),
            ('[["gap_days", ">", 365]]', new),
            ("[('gap_days', '>', 200)]", "[('gap_days', '>', 200)]"),
            (
                "[('last_contact_date', '<', context_today())]",
                "[('last_contact_date', '<', context_today())]",
            ),
        ):
            with self.subTest(old):
                rule.domain = old
                self._migrate("19.0.1.6.0", "19.0.1.5.0", "post-data")
                self.assertEqual(rule.domain, wanted)

    def test_who_came_back_is_watched_by_the_rhythm(self):
        policy = self.env.ref("retention_suite.contact_policy_recovered")
        for days, follows in ((30, True), (20, False)):
            policy.write(
                {
                    "use_rhythm": False,
                    "rhythm_factor": 2,
                    "min_gap_days": 14,
                    "max_gap_days": days,
                }
            )
            self._migrate("19.0.1.6.0", "19.0.1.5.0", "post-data")
            self.assertEqual(policy.use_rhythm, follows, "changed by somebody")
            if follows:
                self.assertEqual((policy.rhythm_factor, policy.min_gap_days), (1, 7))

    def test_contacts_there_were_are_named_by_their_first_name(self):
        self.env.flush_all()
        places = "SELECT id, ctid, retention_referral_name FROM res_partner ORDER BY id"
        before = self.env.execute_query(SQL(places))
        # as it was before
        self.env.cr.execute("ALTER TABLE res_partner DROP retention_referral_name")
        self.env.registry.init_models(self.env.cr, ["res.partner"], {}, install=False)
        after = self.env.execute_query(SQL(places))
        self.assertEqual({named for _id, _place, named in after}, {"first"})
        self.assertEqual(
            [row[:2] for row in after],
            [row[:2] for row in before],
            "millions of contacts would be written during the update",
        )

    def test_cases_that_ended_by_themselves_are_known(self):
        self.env["res.lang"]._activate_lang("de_DE")
        profile = self._add_profile(self.customer)
        cases = self.env["retention.winback"]
        by_lang = {
            code: cases.with_context(lang=code)._say_by_itself()
            for code in ("en_US", "de_DE")
        }
        self.assertEqual(len(set(by_lang.values())), 2)
        for note in (*by_lang.values(), "We called"):
            case = cases.create({"profile_id": profile.id, "kind": "dormancy"})
            case._close("won", note)
            cases |= case
        started = cases.create({"profile_id": profile.id, "kind": "dormancy"})
        started.start_date = NOW
        started._close("won", by_lang["en_US"])
        self._migrate("19.0.1.6.0", "19.0.1.5.0", "post-winback")
        self.assertEqual(cases.mapped("is_by_itself"), [True, True, False])
        self.assertFalse(started.is_by_itself)

    def test_who_was_given_up_before_the_last_day_is_lost_once(self):
        profile = self._add_profile(self.customer)
        cases = self.env["retention.winback"]
        for day in ("2026-01-31", "2099-01-31"):
            cases |= cases.create(
                {
                    "profile_id": profile.id,
                    "kind": "cancellation",
                    "cancel_date": "2026-01-01",
                    "end_date": day,
                }
            )
            cases._close("lost")
        # as it was before
        cases.has_left = False
        self._migrate("19.0.1.6.0", "19.0.1.5.0")
        self.assertEqual(cases.sorted("end_date").mapped("has_left"), [True, False])

    def _new_play(self, **values):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Call",
                "company_id": False,
                "res_model": "retention.winback",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id
                        }
                    )
                ],
            }
        )
        return self.env["retention.play"].create(
            {"name": "Call", "activity_plan_id": plan.id, **values}
        )

    def test_plays_there_were_get_a_currency(self):
        """That of their company, else that of whoever made them."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        other = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        other.currency_id = yen
        maker = self._new_user(
            "maker",
            "sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        wanted = {
            self._new_play(company_id=other.id): yen,
            self._new_play(company_id=self.company.id): self.company.currency_id,
            self._new_play(): self.company.currency_id,
        }
        theirs = self._new_play(min_value=5)
        wanted[theirs] = yen
        self.env.flush_all()
        # as it was before
        self.env.cr.execute(
            "UPDATE retention_play SET create_uid = %s WHERE id = %s",
            [maker.id, theirs.id],
        )
        self.env.cr.execute("ALTER TABLE retention_play DROP COLUMN currency_id")
        self.env.invalidate_all(flush=False)
        for _again in range(2):
            self._migrate("19.0.1.6.0", "19.0.1.5.0", "pre-migrate")
        self.assertEqual({play: play.currency_id for play in wanted}, wanted)

    def test_what_offers_have_cost_is_counted(self):
        profile = self._add_profile(self.customer)
        other = self._add_profile(self.env["res.partner"].create({"name": "Other"}))
        play = self._new_play(offer_cost=20)
        play._enlist(profile | other)
        members = self.env["retention.play.member"].search(
            [("play_id", "=", play.id)], order="id"
        )
        members[0].case_id.offer_cost = 5
        self.env.flush_all()
        # as it was before
        self.env.cr.execute("UPDATE retention_play_member SET cost = 20")
        self._migrate("19.0.1.6.0", "19.0.1.5.0", "post-play")
        self.assertEqual(members.mapped("cost"), [5, 20])
