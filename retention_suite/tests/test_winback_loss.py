import json

from odoo import Command
from odoo.tests import tagged

from .common import NOW
from .winback_common import WinbackCase


@tagged("post_install", "-at_install")
class TestWinbackLoss(WinbackCase):
    """Losing a customer starts something at once, however it is recorded."""

    def _record_loss(self, profiles, user=None, **values):
        dialog = self.env["retention.journey.move"].with_user(user or self.seller)
        values = {"stage_id": self._stage("lost").id, **values}
        dialog.create({"profile_ids": profiles.ids, **values}).action_move()

    def test_recorded_loss_is_chased(self):
        """Losing a customer starts something at once."""
        rival = self.env["retention.competitor"].create({"name": "Rival"})
        self._record_loss(
            self.profile, lost_reason_id=self.reason.id, competitor_id=rival.id
        )
        case = self.profile.winback_ids
        self.assertEqual(
            (case.kind, case.step, case.reason_id, case.competitor_id, case.user_id),
            ("cancellation", "reason", self.reason, rival, self.seller),
        )
        self.assertEqual(case.activity_ids.date_deadline, NOW.date())
        self.assertEqual(
            case.activity_ids.summary, "Ask why they left, and win them back"
        )
        self.assertEqual(self.profile.journey_kind, "lost")

    def test_recorded_loss_goes_on_in_the_open_case(self):
        """Whosoever it is, it gets to know the reason, and starts what fits."""
        other = self._customer("Other", kind="active")
        case = self._case(other, user_id=self.manager.id)
        play = self.env["retention.play"].create(
            {
                "name": "Sorry",
                "kind": "cancellation",
                "offer": "A gift",
                "activity_plan_id": self.env["mail.activity.plan"]
                .create(
                    {
                        "name": "Call",
                        "company_id": False,
                        "res_model": "retention.winback",
                        "template_ids": [
                            Command.create(
                                {
                                    "activity_type_id": self.env.ref(
                                        "mail.mail_activity_data_call"
                                    ).id,
                                    "summary": "Call them",
                                }
                            )
                        ],
                    }
                )
                .id,
            }
        )
        self._record_loss(
            self.profile | other, user=self.manager, lost_reason_id=self.reason.id
        )
        self.assertEqual(other.winback_ids, case)
        self.assertEqual(
            (case.kind, case.reason_id, case.step, case.play_id),
            ("cancellation", self.reason, "running", play),
        )
        self.assertEqual(len(self.profile.winback_ids), 1)

    def test_recorded_loss_without_a_case(self):
        self._record_loss(self.profile, is_chased=False)
        self.assertEqual(self.profile.journey_kind, "lost")
        self.assertFalse(self.profile.winback_ids)
        # nobody has just been lost who was before
        self._record_loss(self.profile, keep_date=NOW.date())
        self.assertFalse(self.profile.winback_ids)

    def test_not_chased_with_a_reason_is_in_the_report(self):
        rival = self.env["retention.competitor"].create({"name": "Rival"})
        self._play()
        self.profile.customer_value = 700
        self._record_loss(
            self.profile,
            is_chased=False,
            lost_reason_id=self.reason.id,
            competitor_id=rival.id,
            note="Moves to Spain",
        )
        case = self.profile.winback_ids
        self.assertRecordValues(
            case,
            [
                {
                    "kind": "cancellation",
                    "step": "decided",
                    "result": "lost",
                    "result_note": "Moves to Spain",
                    "reason_id": self.reason.id,
                    "competitor_id": rival.id,
                    "play_id": False,
                    "activity_ids": [],
                }
            ],
        )
        self.env.flush_all()
        line = self.env["retention.loss.report"].search(
            [("reason_id", "=", self.reason.id), ("company_id", "=", self.company.id)]
        )
        self.assertIn(
            case, self.Case.search(line.action_open_cases()["domain"]), "it counts"
        )
        self.assertEqual(len(self.profile.transition_ids), 2, "it moved once")

    def test_not_chased_ends_the_open_case(self):
        case = self._case(reason_id=self.unknown.id)
        case.activity_schedule("mail.mail_activity_data_call")
        self._record_loss(self.profile, is_chased=False, lost_reason_id=self.reason.id)
        self.assertEqual(self.profile.winback_ids, case)
        self.assertEqual((case.result, case.reason_id), ("lost", self.reason))
        self.assertFalse(case.activity_ids)

    def test_another_stage_of_the_lost(self):
        """Who is recorded there stays there."""
        stage = self.Stage.create({"name": "Insolvent", "kind": "lost"})
        self._record_loss(
            self.profile,
            stage_id=stage.id,
            is_chased=False,
            lost_reason_id=self.reason.id,
        )
        self.assertEqual(self.profile.journey_stage_id, stage)
        self.assertEqual(self.profile.winback_ids.result, "lost")

    # ------------------------------------------------------------------
    # Moved without the dialog
    # ------------------------------------------------------------------

    def _lose(self, profile, user=None):
        """As the status bar, the board and RPC do."""
        profile.with_user(user or self.seller).write(
            {"journey_stage_id": self._stage("lost").id}
        )

    def test_moved_to_lost_is_chased(self):
        self._lose(self.profile)
        case = self.profile.winback_ids
        self.assertEqual((case.kind, case.step), ("cancellation", "identified"))
        self.assertEqual(case.user_id, self.seller)
        self.assertEqual(case.activity_ids.date_deadline, NOW.date())
        self._lose(self.profile)
        self.assertEqual(len(case.activity_ids), 1)

    def test_moved_with_a_lead(self):
        lead = self._new_lead(self.customer, self.seller)
        self.assertEqual(lead.retention_profile_id, self.profile)
        lead.with_user(self.seller).journey_stage_id = self._stage("lost")
        self.assertEqual(len(self.profile.winback_ids.activity_ids), 1)

    # ------------------------------------------------------------------
    # Told on the screen
    # ------------------------------------------------------------------

    def _told(self):
        """What people are told on the screen when all is committed: ``(user, text,
        action)``. What has the same key takes the other's place."""
        self._flush()
        told = {}
        for notice in self.env["bus.bus"].sudo().search([], order="id"):
            content = json.loads(notice.message)
            if content["type"] == "retention_suite.notice":
                channel = json.loads(notice.channel)
                partner = self.env["res.partner"].browse(channel[2])
                payload = content["payload"]
                told[payload["key"]] = (
                    partner.user_ids,
                    payload["message"],
                    payload["action"],
                )
        return list(told.values())

    def test_told_of_the_case(self):
        self._lose(self.profile)
        [(user, text, action)] = self._told()
        self.assertEqual(user, self.seller)
        self.assertEqual(text, "A win-back case was opened for Azur GmbH.")
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("retention.winback", self.profile.winback_ids.id),
        )
        self.assertEqual(len(self._told()), 1, "once")

    def test_told_of_the_case_there_was(self):
        self._case()
        self._lose(self.profile)
        [(_user, text, _action)] = self._told()
        self.assertEqual(text, "The win-back case of Azur GmbH goes on.")

    def test_told_of_several_in_one(self):
        """However they are moved: all at once, one by one or with the dialog."""
        profiles = self.profile
        for number in range(3):
            profiles |= self._customer(f"Other {number}", self.seller, "active")
        self._lose(profiles[:2])
        self._lose(profiles[2])
        with self.env.cr.savepoint():
            self._record_loss(profiles[3])
        [(_user, text, action)] = self._told()
        self.assertEqual(text, "4 customers were lost. Each has an open win-back case.")
        self.assertEqual(
            self.Case.search(action["domain"]).profile_id, profiles, "all of them"
        )

    def test_told_in_ones_own_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"].search(
            [("name", "=", "retention_suite")]
        )._update_translations("de_DE")
        self.seller.lang = "de_DE"
        self._lose(self.profile)
        [(_user, text, _action)] = self._told()
        self.assertEqual(
            text, "Für Azur GmbH wurde ein Fall zur Rückgewinnung eröffnet."
        )

    def test_told_without_a_way_to_what_a_colleague_works(self):
        self._case(user_id=self.colleague.id)
        self.profile.user_id = self.seller
        case = self.profile.winback_ids
        self._lose(self.profile)
        [(_user, _text, action)] = self._told()
        self.assertEqual(bool(action), case.with_user(self.seller).has_access("read"))

    def test_nobody_is_told_of_what_nobody_did(self):
        """Not of what the run does, or Odoo itself, and not where nothing opened."""
        case = self._cancel(reason_id=self.reason.id)
        self.assertFalse(self._told())
        case.write({"cancel_date": "2026-04-01", "end_date": "2026-05-15"})
        self._run()
        self.assertStage(self.profile, "lost")
        self._lose(self._customer("Odoo's", kind="active"), user=self.env.user)
        self._put(self._customer("Put"), "lost")
        self._record_loss(
            self._customer("Let go", self.seller, "active"), is_chased=False
        )
        self.assertFalse(self._told())

    def test_prospects_are_not_chased(self):
        self._put(self.profile, "prospect")
        self._lose(self.profile)
        self.assertStage(self.profile, "lost")
        self.assertFalse(self.profile.winback_ids)
        other = self._customer("Other", user=self.seller, kind="prospect")
        self._record_loss(other, lost_reason_id=self.reason.id)
        third = self._customer("Third", user=self.seller, kind="prospect")
        self._record_loss(third, is_chased=False, lost_reason_id=self.reason.id)
        self.assertFalse((other | third).winback_ids)

    def test_who_was_just_given_up_is_not_chased(self):
        case = self._case(reason_id=self.reason.id)
        self._close(case, "lost")
        self.assertStage(self.profile, "lost")
        self.assertEqual(self.profile.winback_ids, case)
        self._put(self.profile, "active")
        self._lose(self.profile)
        self.assertEqual(self.profile.winback_ids, case)

    def test_other_moves_are_not_chased(self):
        """Between stages of the lost, and when a stage is given up."""
        stage = self.Stage.create({"name": "Insolvent", "kind": "lost"})
        own = self.Stage.create({"name": "Occasional", "kind": "active"})
        self._put(self.profile, "lost")
        self.profile.with_user(self.seller).journey_stage_id = stage
        other = self._customer("Other")
        other.journey_stage_id = own
        self.env["retention.journey.give.up"].with_user(self.manager).create(
            {"stage_id": own.id, "target_id": stage.id}
        ).action_give_up()
        self.assertEqual(other.journey_stage_id, stage)
        self.assertFalse((self.profile | other).winback_ids)

    def test_merged_customers_are_not_chased(self):
        double = self._customer("Azur Gesellschaft", kind="lost")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [double.partner_id.id, self.customer.id], self.customer
        )
        self.env.invalidate_all()
        self.assertFalse(self.profile.winback_ids)

    def test_open_case_goes_on(self):
        """It gets to know that they left, and a better reason than unknown."""
        case = self._case(kind="dormancy", reason_id=self.unknown.id)
        self._record_loss(self.profile, lost_reason_id=self.reason.id)
        self.assertEqual(self.profile.winback_ids, case)
        self.assertEqual(
            (case.kind, case.step, case.reason_id),
            ("cancellation", "reason", self.reason),
        )
        other = self._customer("Other", user=self.seller, kind="active")
        known = self._case(other, reason_id=self.reason.id)
        self._record_loss(other, lost_reason_id=self.unknown.id)
        self.assertEqual(known.reason_id, self.reason)

    # ------------------------------------------------------------------
    # Several at once
    # ------------------------------------------------------------------

    def test_closing_several_keeps_what_they_know(self):
        rival, other = self.env["retention.competitor"].create(
            [{"name": "Rival"}, {"name": "Other"}]
        )
        price = self.env.ref("retention_suite.lost_reason_price")
        knows = self._case(reason_id=price.id, competitor_id=rival.id)
        unknown = self._case(self._customer("B"), reason_id=self.unknown.id)
        empty = self._case(self._customer("C"))
        cases = knows | unknown | empty
        self.assertNotIn("default_reason_id", (knows | empty).action_lost()["context"])
        self._close(
            cases,
            "lost",
            user=self.colleague,
            reason_id=self.reason.id,
            competitor_id=other.id,
        )
        self.assertEqual(cases.mapped("result"), ["lost"] * 3)
        self.assertEqual(
            [(case.reason_id, case.competitor_id) for case in cases],
            [(price, rival), (self.reason, other), (self.reason, other)],
        )

    def test_closing_one_corrects_what_it_knew(self):
        case = self._case(
            reason_id=self.env.ref("retention_suite.lost_reason_price").id
        )
        self._close(case, "lost", reason_id=self.reason.id)
        self.assertEqual(case.reason_id, self.reason)
