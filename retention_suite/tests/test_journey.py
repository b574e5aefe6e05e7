from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW, RetentionCase


class JourneyCase(RetentionCase):
    """It is ``NOW``; no rule is on but those a test makes."""

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.Rule = self.env["retention.journey.rule"]
        self.Stage = self.env["retention.journey.stage"]
        self.stages = {
            stage.kind: stage
            for stage in self.Stage.search([("company_id", "=", False)])
        }

    def _only_rules(self, *names):
        """Only these of the rules that come with the suite are on."""
        rules = [self.env.ref(f"retention_suite.journey_rule_{name}") for name in names]
        self.Rule.search([]).active = False
        for rule in rules:
            rule.active = True

    def _stage(self, kind):
        return self.stages[kind]

    def _customer(self, name, contact_days=(), won_days=None, lead=True, **values):
        """A customer with calls so many days ago, and an opportunity that was
        perhaps won so many days ago; not placed yet."""
        partner = self.env["res.partner"].create({"name": name, "is_company": True})
        with self._at(NOW - timedelta(days=700)):
            profile = self._add_profile(partner)
            record = self._new_lead(partner, self.seller) if lead else None
        for days in contact_days:
            self._log(profile, NOW - timedelta(days=days), **values)
        if won_days is not None:
            with self._at(NOW - timedelta(days=won_days)):
                record.action_set_won()
                self.env.flush_all()
        return profile

    def assertStage(self, profile, kind):
        self.assertEqual(profile.journey_stage_id.kind, kind)


@tagged("post_install", "-at_install")
class TestJourneyPlacement(JourneyCase):
    """Where the history says that customers stand."""

    def setUp(self):
        super().setUp()
        self._only_rules()

    def _placed(self, *args, **values):
        profile = self._customer(*args, **values)
        self._run()
        return profile

    def test_open_lead_is_a_prospect(self):
        profile = self._placed("New", contact_days=[3])
        self.assertStage(profile, "prospect")
        self.assertEqual(profile.journey_stage_date, profile.start_date)

    def test_fresh_win_is_onboarding(self):
        profile = self._placed("Fresh", contact_days=[3], won_days=20)
        self.assertStage(profile, "onboarding")
        self.assertEqual(profile.journey_stage_date, NOW - timedelta(days=20))

    def test_old_win_with_contact_is_active(self):
        self.assertStage(self._placed("Old", [3], won_days=200), "active")

    def test_silent_customer_is_at_risk(self):
        self.assertStage(self._placed("Silent", [100], won_days=200), "at_risk")

    def test_silence_goes_by_the_own_rhythm(self):
        often = self._placed("Often", [40, 47, 54, 61, 68], won_days=300)
        self.assertEqual(often.rhythm_days, 7)
        self.assertEqual(often.silent_date, (NOW - timedelta(days=26)).date())
        self.assertStage(often, "at_risk")

    def test_long_silent_customer_is_dormant(self):
        profile = self._placed("Gone", [500], won_days=600)
        self.assertStage(profile, "dormant")
        self.assertGreater(profile.journey_stage_date, profile.last_contact_date)

    def test_long_silence_goes_by_the_own_rhythm(self):
        """Weekly contact, then none for half a year."""
        often = self._customer("Often", [180, 187, 194, 201, 208], won_days=300)
        seldom = self._customer("Seldom", [180, 240, 300, 360, 420], won_days=500)
        self._run()
        self.assertEqual(often.rhythm_days, 7)
        self.assertEqual(often.long_silent_date, (NOW - timedelta(days=90)).date())
        self.assertStage(often, "dormant")
        self.assertEqual(
            often.journey_stage_date.date(), (NOW - timedelta(days=90)).date()
        )
        self.assertEqual(seldom.rhythm_days, 60)
        self.assertStage(seldom, "at_risk")

    def test_customer_without_any_lead_is_one(self):
        self.assertStage(self._placed("Bought by mail", [3], lead=False), "active")

    def test_only_lost_opportunities(self):
        profile = self._customer("Lost", [3])
        with self._at(NOW - timedelta(days=5)):
            self.env["crm.lead"].search(
                [("partner_id", "=", profile.partner_id.id)]
            ).action_set_lost()
            self.env.flush_all()
        self._run()
        self.assertStage(profile, "lost")
        self.assertEqual(profile.lost_date, NOW - timedelta(days=5))

    def test_transition_says_why(self):
        profile = self._placed("Silent", [100], won_days=200)
        move = profile.transition_ids
        self.assertEqual(len(move), 1)
        self.assertEqual(
            (move.cause, move.date, move.from_stage_id, move.to_stage_id),
            ("start", NOW, self.Stage, self._stage("at_risk")),
        )
        self.assertEqual(
            move.reason, "Placed by the history: last contact 100 days before"
        )

    def test_second_run_writes_nothing(self):
        profile = self._placed("New", [3])
        self._run()
        self.assertEqual(len(profile.transition_ids), 1)

    def test_nowhere_to_place_leaves_it(self):
        self.Stage.search([("kind", "=", "prospect")]).active = False
        profile = self._placed("New", [3])
        self.assertFalse(profile.journey_stage_id)
        self.assertFalse(profile.transition_ids)


@tagged("post_install", "-at_install")
class TestJourneyRule(JourneyCase):
    """Rules move customers."""

    def _moved(self, profile, kind, rule=None):
        self.assertStage(profile, kind)
        move = profile.transition_ids[0]
        self.assertEqual(move.to_stage_id, self._stage(kind))
        if rule:
            self.assertEqual(
                move.rule_id, self.env.ref(f"retention_suite.journey_rule_{rule}")
            )
        return move

    def test_won_opportunity(self):
        profile = self._customer("New", [3])
        self._run()
        self.assertStage(profile, "prospect")
        with self._at(NOW + timedelta(days=1)):
            self.env["crm.lead"].search(
                [("partner_id", "=", profile.partner_id.id)]
            ).action_set_won()
            self._run()
        move = self._moved(profile, "onboarding", "won")
        self.assertEqual(move.from_stage_id, self._stage("prospect"))
        self.assertEqual(move.reason, "Opportunity won (last contact 4 days before)")

    def test_settled_contact(self):
        profile = self._customer("Fresh", [3, 10], won_days=20)
        self._log(profile, NOW - timedelta(days=5), direction="in")
        self._run()
        self.assertStage(profile, "onboarding")
        self._log(profile, NOW - timedelta(days=4), direction="in")
        self._run()
        self._moved(profile, "active", "settled")

    def test_silence_then_back_in_touch(self):
        profile = self._customer("Good", [30], won_days=200)
        self._run()
        self.assertStage(profile, "active")
        with self._at(NOW + timedelta(days=61)):
            self._run()
            self._moved(profile, "at_risk", "silence")
        with self._at(NOW + timedelta(days=65)):
            # a call of ours alone does not settle it
            self._log(profile, NOW + timedelta(days=64))
            self._run()
            self.assertStage(profile, "at_risk")
            self._log(profile, NOW + timedelta(days=65), direction="in")
            self._run()
            self._moved(profile, "active", "back_in_touch")

    def test_long_silence_then_return(self):
        profile = self._customer("Good", [350], won_days=600)
        self._run()
        self.assertStage(profile, "at_risk")
        with self._at(NOW + timedelta(days=40)):
            self._run()
            self._moved(profile, "dormant", "long_silence")
        with self._at(NOW + timedelta(days=50)):
            self._log(profile, NOW + timedelta(days=49), direction="in")
            self._run()
            self._moved(profile, "recovered", "dormant_back")

    def test_long_silence_by_the_own_rhythm(self):
        """Weekly contact is missed sooner: after 90 days, not after a year."""
        profile = self._customer("Often", [0, 7, 14, 21, 28], won_days=200)
        self._run()
        self.assertStage(profile, "active")
        with self._at(NOW + timedelta(days=15)):
            self._run()
            self._moved(profile, "at_risk", "silence")
        with self._at(NOW + timedelta(days=90)):
            self._run()
            self.assertStage(profile, "at_risk")
        with self._at(NOW + timedelta(days=91)):
            self._run()
        move = self._moved(profile, "dormant", "long_silence")
        self.assertIn("last contact 91 days before, own rhythm 7 days", move.reason)

    def test_long_silence_of_who_only_orders(self):
        """Orders every week and is never spoken to, then orders no more."""
        partner = self.env["res.partner"].create({"name": "Web shop"})
        profile = self._add_profile(partner)
        for days in (28, 21, 14, 7, 0):
            with self._at(NOW - timedelta(days=days)):
                lead = self._new_lead(partner, self.seller, expected_revenue=50)
                lead.action_set_won()
                self._flush()
        self._run()
        self.assertFalse(profile.last_contact_date)
        self.assertStage(profile, "onboarding")
        with self._at(NOW + timedelta(days=90)):
            self._run()
            self.assertEqual(profile.purchase_rhythm_days, 7)
            self.assertStage(profile, "onboarding")
        with self._at(NOW + timedelta(days=91)):
            self._run()
        self._moved(profile, "dormant", "never_heard")

    def test_who_still_buys_is_not_dormant(self):
        profile = self._customer("Good", [350], won_days=600)
        self._run()
        self.assertStage(profile, "at_risk")
        with self._at(NOW + timedelta(days=30)):
            self._new_lead(
                profile.partner_id, self.seller, expected_revenue=50
            ).action_set_won()
            self._flush()
        with self._at(NOW + timedelta(days=40)):
            self._run()
        self.assertStage(profile, "at_risk")

    def test_long_silence_is_shown_as_it_is_searched(self):
        rhythms = (0, 1, 10, 20, 60, 100)
        for rhythm in rhythms:
            for days in (89, 90, 91, 120, 121, 360, 361, 365, 366):
                profile = self._customer(f"{rhythm}, {days}", lead=False)
                # half past midnight of our day is the day before in UTC
                day = NOW.replace(hour=0, minute=30) - timedelta(days=days)
                moment = day.replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
                moment = moment.replace(tzinfo=None)
                profile.sudo().write(
                    {"last_contact_date": moment, "rhythm_days": rhythm}
                )
        profiles = self.env["retention.profile"].search(
            [("partner_id.name", "like", ", ")]
        )
        for profile in profiles:
            rhythm, days = map(int, profile.partner_id.name.split(", "))
            allowed = min(365, max(90, 6 * rhythm)) if rhythm else 365
            with self.subTest(profile.partner_id.name):
                self.assertEqual(profile.gap_days, days)
                self.assertEqual(profile.is_long_silent, days > allowed)
        for operator, wanted in (("=", True), ("!=", True), ("=", False)):
            found = profiles.search(
                [("is_long_silent", operator, wanted), ("id", "in", profiles.ids)]
            )
            self.assertEqual(
                found,
                profiles.filtered(
                    lambda p, x=(operator == "=") == wanted: p.is_long_silent == x
                ),
            )
            self.assertTrue(found)

    def test_lost_customer_buys_again(self):
        profile = self._customer("Left", [3], won_days=200)
        self._run()
        profile.journey_stage_id = self._stage("lost")
        with self._at(NOW + timedelta(days=10)):
            self._log(profile, NOW + timedelta(days=9), direction="in")
            self._run()
            self.assertStage(profile, "lost")
            self._new_lead(profile.partner_id, self.seller).action_set_won()
            self._run()
        self._moved(profile, "recovered", "lost_back")

    def _rule(self, source, target, **values):
        return self.Rule.create(
            {
                "name": f"{source} to {target}",
                "from_stage_ids": self._stage(source).ids,
                "to_stage_id": self._stage(target).id,
                "active": True,
                **values,
            }
        )

    def test_first_rule_wins_and_moves_once(self):
        self._only_rules()
        profile = self._customer("New", [3])
        first = self._rule("prospect", "active", sequence=1)
        self._rule("prospect", "lost", sequence=2)
        self._rule("active", "dormant", sequence=3)
        self._run()
        self.assertStage(profile, "active")
        self.assertEqual(profile.transition_ids[0].rule_id, first)
        self._run()
        self.assertStage(profile, "dormant")

    def test_rules_do_not_toss_a_customer_back_and_forth(self):
        self._only_rules()
        profile = self._customer("New", [3])
        self._rule("prospect", "active", sequence=1)
        self._rule("active", "prospect", sequence=2)
        for _turn in range(4):
            self._run()
        self.assertStage(profile, "active")
        with self._at(NOW + timedelta(days=2)):
            self._run()
        self.assertStage(profile, "prospect")

    def test_kept_here_until(self):
        self._only_rules()
        profile = self._customer("New", [3])
        self._run()
        profile.journey_keep_date = NOW.date()
        self._rule("prospect", "active")
        self._run()
        self.assertStage(profile, "prospect")
        with self._at(NOW + timedelta(days=1)):
            self._run()
        self.assertStage(profile, "active")
        self.assertFalse(profile.journey_keep_date)

    def test_relative_dates_and_others_fields_in_the_domain(self):
        self._only_rules()
        near, far = self._customer("Near", [3]), self._customer("Far", [30])
        near.partner_id.city = far.partner_id.city = "Bonn"
        self._customer("Elsewhere", [3])
        self._rule(
            "prospect",
            "active",
            domain="[('partner_id.city', '=', 'Bonn'),"
            " ('last_contact_date', '>', 'today -7d')]",
        )
        self._run()
        self.assertEqual(
            self.env["retention.profile"].search(
                [("journey_stage_id", "=", self._stage("active").id)]
            ),
            near,
        )

    def test_filters_of_rules_find_what_is_shown(self):
        for days in (1, 14, 30, 200):
            profile = self._customer(f"Called {days} days ago", contact_days=[days])
            profile.journey_stage_date = NOW - timedelta(days=days)
        self._customer("Never called")
        self._run()
        profiles = self.env["retention.profile"].search([])
        self.assertEqual(len(set(profiles.mapped("is_silent"))), 2)
        for wanted in (True, False):
            for operator in ("=", "!="):
                self.assertEqual(
                    profiles.search([("is_silent", operator, wanted)]),
                    profiles.filtered(
                        lambda p, x=(operator == "=") == wanted: p.is_silent == x
                    ),
                )
        placed = profiles.filtered("journey_stage_date")
        self.assertEqual(
            profiles.search([("journey_days", ">=", 14)]),
            placed.filtered(lambda p: p.journey_days >= 14),
        )
        self.assertEqual(
            profiles.search([("journey_days", "=", 14)]),
            placed.filtered(lambda p: p.journey_days == 14),
        )

    def test_rule_of_another_company(self):
        self._only_rules()
        other = self.env["res.company"].create({"name": "Other"})
        profile = self._customer("New", [3])
        self._rule("prospect", "active", company_id=other.id)
        self._run()
        self.assertStage(profile, "prospect")

    def test_archived_customer_stays(self):
        self._only_rules()
        profile = self._customer("New", [3])
        self._run()
        profile.active = False
        self._rule("prospect", "active")
        self._run()
        self.assertStage(profile, "prospect")

    # -- bad input -----------------------------------------------------

    def test_target_in_its_own_source(self):
        with self.assertRaisesRegex(ValidationError, "to where they are"):
            self._rule("prospect", "prospect")

    def test_no_source(self):
        with self.assertRaisesRegex(ValidationError, "from which stages"):
            self._rule("prospect", "active", from_stage_ids=[])

    def test_broken_domain(self):
        for domain in (
            "[('nothing', '=', 1)]",
            "[('create_date', '>', 'soon')]",
            "[('id', '=', 1)",
            "[('id',)]",
            "nobody",
            "__import__('os')",
        ):
            with (
                self.subTest(domain=domain),
                self.assertRaisesRegex(ValidationError, "of Rule does not work: .+"),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._rule("prospect", "active", domain=domain, name="Rule")

    def test_trial_of_a_rule_that_broke_later(self):
        rule = self._rule("prospect", "active", active=False)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_journey_rule SET domain = '[(''nothing'', ''='', 1)]'"
            " WHERE id = %s",
            [rule.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Mend it first"):
            self._trial(rule)

    def test_rule_that_broke_later_rests_and_tells(self):
        self._only_rules()
        profile = self._customer("New", [3])
        rule = self._rule("prospect", "active")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_journey_rule SET domain = %s WHERE id = %s",
            ["[('nothing', '=', 1)]", rule.id],
        )
        self.env.invalidate_all()
        self._run()
        self.assertStage(profile, "prospect")
        self.assertTrue(rule.domain_error)
        self.assertTrue(
            self.env["mail.activity"].search(
                [("res_model", "=", rule._name), ("res_id", "=", rule.id)]
            )
        )

    def test_stage_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        stage = self.Stage.create(
            {"name": "Theirs", "kind": "active", "company_id": other.id}
        )
        with self.assertRaisesRegex(ValidationError, "Other"):
            self._rule("prospect", "active", to_stage_id=stage.id)
        profile = self._customer("New", [3])
        with self.assertRaisesRegex(ValidationError, "Other"):
            profile.journey_stage_id = stage

    def test_rule_with_moves_is_not_deleted(self):
        self._only_rules()
        self._customer("New", [3])
        rule = self._rule("prospect", "active")
        self._run()
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.unlink()

    # -- trial and undo ------------------------------------------------

    def _trial(self, rule):
        return (
            self.env["retention.journey.trial"]
            .with_user(self.manager)
            .with_context(default_rule_id=rule.id)
            .create({})
        )

    def test_trial_moves_nobody_and_tells_all(self):
        self._only_rules()
        profile = self._customer("New", [3])
        self._run()
        self._rule("active", "dormant", sequence=5)
        rule = self._rule("prospect", "active", active=False)
        trial = self._trial(rule)
        self.assertEqual(trial.profile_ids, profile)
        self.assertEqual(trial.move_count, 1)
        self.assertIn("1 from Prospect to Active", trial.summary)
        self.assertIn("1 of them would be moved on by another rule", trial.summary)
        self.assertFalse(rule.active)
        self.assertStage(profile, "prospect")
        self.assertEqual(len(profile.transition_ids), 1)
        self.assertEqual(
            trial.action_view_customers()["domain"], [("id", "in", profile.ids)]
        )
        trial.action_switch_on()
        self.assertTrue(rule.active)

    def _policy(self, kind, days):
        return self.env["retention.contact.policy"].create(
            {
                "name": f"{kind} {days}",
                "sequence": 1,
                "domain": f"[('journey_kind', '=', '{kind}')]",
                "max_gap_days": days,
            }
        )

    def test_trial_tells_what_would_be_to_do(self):
        """With the numbers of the run that follows."""
        self._only_rules()
        self._policy("prospect", 20)
        self._policy("dormant", 5)
        due = self._customer("Due here and there", [30])
        raised = self._customer("Due there alone", [10])
        self._customer("Due nowhere", [3])
        self._customer("Elsewhere", [10]).journey_stage_id = self._stage("lost")
        self._run()
        alert = due.open_alert_ids
        activity = alert.activity_id
        self.assertTrue(activity)
        # not in any stage yet
        self._customer("Due as ever", [300])
        rule = self._rule("prospect", "dormant", active=False)
        summary = self._trial(rule).summary
        self.assertIn("1 of them would come on the To do list", summary)
        self.assertIn("0 of them would come off the To do list", summary)
        # tried, not done
        self.assertEqual(alert.state, "open")
        self.assertTrue(activity.exists())
        self.assertFalse(raised.open_alert_ids)
        rule.active = True
        figures = self._run()
        self.assertEqual(figures["raised_count"], 2)
        self.assertFalse(figures["closed_count"])
        self.assertTrue(raised.open_alert_ids)

    def test_trial_tells_what_would_be_done_with(self):
        self._only_rules()
        self._policy("prospect", 20)
        profile = self._customer("Due here alone", [30])
        self._run()
        alert = profile.open_alert_ids
        activity = alert.activity_id
        rule = self._rule("prospect", "dormant", active=False)
        summary = self._trial(rule).summary
        self.assertIn("0 of them would come on the To do list", summary)
        self.assertIn("1 of them would come off the To do list", summary)
        self.assertEqual(alert.state, "open")
        self.assertTrue(activity.exists())
        rule.active = True
        self.assertEqual(self._run()["closed_count"], 1)
        self.assertEqual(alert.state, "resolved")

    def test_trial_leaves_others_to_earlier_rules(self):
        self._only_rules()
        self._customer("New", [3])
        self._run()
        self._rule("prospect", "lost", sequence=1)
        trial = self._trial(self._rule("prospect", "active", active=False, sequence=9))
        self.assertEqual(trial.move_count, 0)
        self.assertEqual(trial.summary, "No customer would move now.")

    def test_undo_takes_back_all_but_those_who_moved_on(self):
        self._only_rules()
        stay, go = self._customer("Stay", [3]), self._customer("Go", [3])
        self._run()
        since = stay.journey_stage_date
        with self._at(NOW + timedelta(hours=1)):
            rule = self._rule("prospect", "active")
            self._run()
        with self._at(NOW + timedelta(hours=2)):
            go.journey_stage_id = self._stage("ambassador")
        with self._at(NOW + timedelta(hours=3)):
            undo = (
                self.env["retention.journey.undo"]
                .with_user(self.manager)
                .create({"rule_id": rule.id})
            )
            self.assertEqual((undo.move_count, undo.moved_on_count), (2, 1))
            undo.action_take_back()
            self.assertStage(stay, "prospect")
            self.assertEqual(stay.journey_stage_date, since)
            self.assertStage(go, "ambassador")
            self.assertEqual(stay.transition_ids[0].cause, "undo")
            self.assertEqual(stay.transition_ids[0].reason, "Taken back by Manager")
            self.assertFalse(rule.active)
            self._run()
        self.assertStage(stay, "prospect")
        self.assertEqual(len(stay.transition_ids), 3)

    def test_nothing_to_take_back(self):
        rule = self._rule("prospect", "active")
        with self.assertRaisesRegex(UserError, "not moved anybody"):
            rule.action_take_back()


@tagged("post_install", "-at_install")
class TestJourneyHand(JourneyCase):
    """People move customers."""

    def setUp(self):
        super().setUp()
        self._only_rules()
        self.lead = self._new_lead(self.anna, self.seller)
        self._run()
        self.profile = self._profile(self.customer)

    def test_dropped_in_another_column(self):
        self.profile.with_user(self.seller).write(
            {"journey_stage_id": self._stage("ambassador").id}
        )
        move = self.profile.transition_ids[0]
        self.assertEqual(
            (move.cause, move.user_id, move.from_stage_id, move.to_stage_id),
            ("person", self.seller, self._stage("prospect"), self._stage("ambassador")),
        )
        self.assertEqual(move.reason, "Moved by Seller")
        self.assertEqual(self.profile.journey_stage_date, NOW)

    def test_same_stage_again_is_no_move(self):
        self.profile.journey_stage_id = self._stage("prospect")
        self.assertEqual(len(self.profile.transition_ids), 1)

    def test_no_stage_at_all(self):
        with self.assertRaisesRegex(ValidationError, "Choose a stage"):
            self.profile.with_user(self.seller).journey_stage_id = False

    def test_dialog_moves_notes_and_keeps(self):
        action = self.profile.with_user(self.seller).action_record_loss()
        reason = self.env["crm.lost.reason"].create({"name": "Too expensive"})
        form = Form(
            self.env["retention.journey.move"]
            .with_user(self.seller)
            .with_context(**action["context"])
        )
        self.assertEqual(form.stage_id.kind, "lost")
        form.lost_reason_id = reason
        form.note = "went to a competitor"
        keep_date = NOW.date() + timedelta(days=5)
        form.keep_date = keep_date
        form.save().action_move()
        self.assertStage(self.profile, "lost")
        self.assertEqual(self.profile.journey_keep_date, keep_date)
        self.assertEqual(
            self.profile.transition_ids[0].reason,
            "Moved by Seller: Too expensive, went to a competitor",
        )

    def test_dialog_keeps_nobody_until_yesterday(self):
        dialog = self.env["retention.journey.move"].create(
            {
                "profile_ids": self.profile.ids,
                "stage_id": self._stage("active").id,
                "keep_date": NOW.date() - timedelta(days=1),
            }
        )
        with self.assertRaisesRegex(ValidationError, "later day"):
            dialog.action_move()

    def test_history_is_not_edited(self):
        move = self.profile.transition_ids
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            move.sudo().write({"note": "never mind"})
        for user in (self.seller, self.manager):
            for change in ({"note": "x"}, {"profile_id": self.profile.id}):
                with self.assertRaises(AccessError):
                    move.with_user(user).write(change)
            with self.assertRaises(AccessError):
                move.with_user(user).unlink()
            with self.assertRaises(AccessError):
                move.with_user(user).copy()

    def test_salesperson_moves_own_customers_only(self):
        self.profile.with_user(self.manager).user_id = self.colleague
        with self.assertRaises(AccessError):
            self.profile.with_user(self.seller).write(
                {"journey_stage_id": self._stage("active").id}
            )
        self.assertFalse(
            self.env["retention.journey.transition"]
            .with_user(self.seller)
            .search([("profile_id", "=", self.profile.id)])
        )
        rule = self.Rule.search([("active", "=", False)], limit=1)
        for user in (self.seller, self.colleague):
            with self.assertRaises(AccessError):
                rule.with_user(user).active = True
            trial = self.env["retention.journey.trial"].with_user(user)
            with self.assertRaises(AccessError):
                trial.with_context(default_rule_id=rule.id).default_get(["rule_id"])
            with self.assertRaises(AccessError):
                trial.create({"rule_id": rule.id})
            with self.assertRaises(AccessError):
                self.env["retention.journey.undo"].with_user(user).create(
                    {"rule_id": rule.id}
                )

    # -- stages --------------------------------------------------------

    def test_stage_in_use_offers_where_its_customers_go(self):
        stage = self._stage("prospect")
        with self.assertRaises(RedirectWarning) as caught:
            stage.with_user(self.manager).unlink()
        message, action, button = caught.exception.args[:3]
        self.assertIn("Prospect has customers", message)
        self.assertEqual(button, "Choose another stage")
        dialog = (
            self.env["retention.journey.give.up"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"target_id": self._stage("active").id})
        )
        won = self.env.ref("retention_suite.journey_rule_won")
        settled = self.env.ref("retention_suite.journey_rule_settled")
        dialog.action_give_up()
        self.assertStage(self.profile, "active")
        self.assertEqual(
            self.profile.transition_ids[0].reason,
            "Moved by Manager: Prospect was given up",
        )
        self.assertFalse(stage.active)
        self.assertEqual(won.from_stage_ids, self._stage("active"))
        self.assertNotIn(stage, settled.from_stage_ids)
        # the history still tells
        self.assertEqual(self.profile.transition_ids[0].from_stage_id, stage)

    def test_customers_of_a_stage_given_up_go_where_they_may(self):
        stage = self._stage("prospect")
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.Stage.create(
            {"name": "Theirs", "kind": "active", "company_id": other.id}
        )
        GiveUp = self.env["retention.journey.give.up"].with_user(self.manager)
        for target, error, message in (
            (stage, UserError, "another stage"),
            (theirs, ValidationError, "Theirs is a stage of Other only"),
        ):
            with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
                GiveUp.create(
                    {"stage_id": stage.id, "target_id": target.id}
                ).action_give_up()
        self.assertTrue(stage.active)
        self.assertStage(self.profile, "prospect")

    def test_unused_stage_is_deleted(self):
        stage = self.Stage.create({"name": "Trial", "kind": "prospect"})
        stage.with_user(self.manager).unlink()
        self.assertFalse(stage.exists())

    def test_all_stages_have_a_column(self):
        groups = (
            self.env["retention.profile"]
            .with_user(self.seller)
            .with_context(read_group_expand=True)
            .formatted_read_group(
                [], ["journey_stage_id"], ["__count", "open_alert_count:sum"]
            )
        )
        names = [group["journey_stage_id"][1] for group in groups]
        self.assertEqual(
            names,
            [
                "Prospect",
                "Onboarding",
                "Active",
                "Ambassador",
                "At risk",
                "Dormant",
                "Lost",
                "Recovered",
            ],
        )

    def test_columns_tell_what_is_to_do_and_due(self):
        with self._at(NOW + timedelta(days=200)):
            self._run()
            Profile = self.env["retention.profile"].with_user(self.seller)
            mine = [("id", "=", self.profile.id)]
            [(stage, count)] = Profile._read_group(
                mine, ["journey_stage_id"], ["open_alert_count:sum"]
            )
            self.assertEqual((stage, count), (self._stage("prospect"), 1))
            self.assertEqual(
                Profile._read_group(mine, ["contact_state"], ["__count"]),
                [("overdue", 1)],
            )
            self.assertEqual(self.profile.contact_state, "overdue")
            self.assertEqual(
                Profile.search([*mine, ("contact_state", "=", "overdue")]), self.profile
            )
            self.assertFalse(Profile.search([*mine, ("contact_state", "=", "fine")]))

    # -- contact and lead ----------------------------------------------

    def test_contact_shows_the_current_companys_stage(self):
        self.profile.journey_stage_id = self._stage("active")
        Partner = self.env["res.partner"].with_user(self.colleague)
        here = [("id", "in", (self.customer | self.anna).ids)]
        self.assertEqual(
            Partner.browse(self.anna.id).journey_stage_id, self._stage("active")
        )
        self.assertEqual(
            Partner.search([*here, ("journey_stage_id.kind", "=", "active")]),
            self.customer | self.anna,
        )
        self.assertEqual(
            Partner._read_group(here, ["journey_stage_id"], ["__count"]),
            [(self._stage("active"), 2)],
        )
        other = self.env["res.company"].create({"name": "Other"})
        self.colleague.company_ids |= other
        elsewhere = Partner.with_company(other)
        self.assertFalse(elsewhere.browse(self.anna.id).journey_stage_id)

    def test_colleagues_customers_are_in_no_stage_for_me(self):
        self.profile.with_user(self.manager).user_id = self.colleague
        Partner = self.env["res.partner"].with_user(self.seller)
        self.assertEqual(
            Partner._read_group(
                [("id", "=", self.customer.id)], ["journey_stage_id"], ["__count"]
            ),
            [(self.Stage, 1)],
        )

    def test_lead_moves_its_customer(self):
        lead = self.lead.with_user(self.seller)
        self.assertEqual(lead.journey_stage_id, self._stage("prospect"))
        lead.journey_stage_id = self._stage("ambassador")
        self.assertStage(self.profile, "ambassador")
        self.assertEqual(lead.journey_transition_ids, self.profile.transition_ids)
        self.assertIn(
            self.lead,
            self.env["crm.lead"].search(
                [("journey_stage_id", "=", self._stage("ambassador").id)]
            ),
        )

    def test_lead_without_a_customer_has_its_own_stage(self):
        stage = self.Stage.create(
            {"name": "Fair visitor", "kind": "prospect", "sequence": 99}
        )
        lead = self.env["crm.lead"].create(
            {"name": "From the fair", "user_id": self.seller.id}
        )
        Lead = self.env["crm.lead"]
        mine = [("id", "=", lead.id)]
        self.assertEqual(lead.journey_stage_id, self._stage("prospect"))
        self.assertTrue(
            Lead.search([*mine, ("journey_stage_id", "=", self._stage("prospect").id)])
        )
        lead.with_user(self.seller).journey_stage_id = stage
        self.assertTrue(Lead.search([*mine, ("journey_stage_id", "=", stage.id)]))
        move = lead.with_user(self.seller).journey_transition_ids
        self.assertEqual((move.lead_id, move.to_stage_id), (lead, stage))
        # the customer takes it over
        lead.partner_id = self.env["res.partner"].create({"name": "Visitor"})
        self._run()
        profile = self._profile(lead.partner_id)
        self.assertEqual(profile.journey_stage_id, stage)
        self.assertIn(move, profile.transition_ids)

    def test_merged_leads_keep_their_moves(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "One", "type": "opportunity"},
                {"name": "Two", "type": "opportunity"},
            ]
        )
        for lead in leads:
            lead.journey_stage_id = self._stage("ambassador")
        moves = leads.journey_transition_ids
        self.assertEqual(len(moves), 2)
        merged = leads.merge_opportunity()
        self.assertEqual(merged.journey_transition_ids, moves)

    def test_merged_customers_keep_their_moves(self):
        other = self._customer("Azur again", [3])
        self._run()
        other.journey_stage_id = self._stage("active")
        moves = self.profile.transition_ids | other.transition_ids
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | other.partner_id).ids, self.customer
        )
        self.assertEqual(self.profile.transition_ids, moves)
        self.assertStage(self.profile, "prospect")

    # -- figures -------------------------------------------------------

    def test_report_counts_stays_and_stock(self):
        self.profile.journey_stage_id = self._stage("active")
        with self._at(NOW + timedelta(days=40)):
            self.profile.journey_stage_id = self._stage("at_risk")
            self.env.flush_all()
            Report = self.env["retention.journey.report"]
            mine = [("profile_id", "=", self.profile.id)]
            rows = Report._read_group(
                mine,
                ["stage_id", "next_stage_id", "outcome"],
                ["__count", "median_days:avg", "out_share:avg"],
            )
            facts = {
                stage.kind: (following.kind or None, outcome, count, round(days), share)
                for stage, following, outcome, count, days, share in rows
            }
            self.assertEqual(
                facts,
                {
                    "prospect": ("active", "on", 1, 0, 0.0),
                    "active": ("at_risk", "out", 1, 40, 100.0),
                    "at_risk": (None, "here", 1, 0, False),
                },
            )
            stock = self.env["retention.journey.stock"].search_read(
                [
                    (
                        "stage_id",
                        "in",
                        [self.stages[k].id for k in ("active", "at_risk")],
                    )
                ],
                ["date", "stage_id", "customer_count"],
                order="date, stage_id",
            )
            by_month = {
                (row["date"].month, row["stage_id"][1]): row["customer_count"]
                for row in stock
            }
            others = by_month[(6, "Active")] - 1
            self.assertEqual(by_month[(7, "Active")], others)
            self.assertEqual(by_month[(7, "At risk")], by_month[(6, "At risk")] + 1)

    def test_median_is_no_average(self):
        Report = self.env["retention.journey.report"]
        for days, name in ((1, "A"), (2, "B"), (60, "C")):
            profile = self._customer(name, [3])
            self._run()
            profile.journey_stage_id = self._stage("active")
            with self._at(NOW + timedelta(days=days)):
                profile.journey_stage_id = self._stage("lost")
                self.env.flush_all()
        [(median, average)] = Report._read_group(
            [("stage_id", "=", self._stage("active").id), ("outcome", "=", "out")],
            [],
            ["median_days:avg", "days:avg"],
        )
        self.assertAlmostEqual(median, 2)
        self.assertAlmostEqual(average, 21)
