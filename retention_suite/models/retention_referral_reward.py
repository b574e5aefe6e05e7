from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

REWARD_STATES = [
    ("none", "None"),
    ("on_hold", "On hold"),
    ("due", "Due"),
    ("granted", "Granted"),
    ("void", "Void"),
]


class RetentionReferralReward(models.AbstractModel):
    """What is given for recommendations that were won: a person grants it."""

    _name = "retention.referral.reward"
    _description = "Rewards for Referrals"

    reward_state = fields.Selection(
        REWARD_STATES,
        string="Reward",
        required=True,
        default="none",
        readonly=True,
        help="On hold: won, until the programme's days on hold have passed or a "
        "doubt is settled.\n"
        "Void: no longer won, not accepted, or more than the programme gives in a "
        "year.",
    )
    reward_due_date = fields.Date(string="Reward Due On", readonly=True)
    reward_date = fields.Date(string="Granted On", readonly=True)
    reward_user_id = fields.Many2one(
        "res.users", string="Granted By", readonly=True, ondelete="set null"
    )

    _on_hold_idx = models.Index("(reward_due_date) WHERE reward_state = 'on_hold'")

    def action_grant_reward(self):
        """Note that the reward was given.

        :raise AccessError: for anybody but managers and who is responsible
        :raise UserError: unless the reward is due
        """
        self._check_may_grant()
        # sudo: rewards are granted by their own steps only
        referrals = self.sudo()
        referrals._lock_rewards()
        referrals._derive(referrals.ids)
        for referral in referrals:
            if referral.reward_state != "due":
                raise UserError(referral._why_not_due())
            referral.write(
                {
                    "reward_state": "granted",
                    "reward_date": referral._today(),
                    "reward_user_id": self.env.uid,
                }
            )
            # with it, the year's most may be reached
            referral._derive(referral.ids)
            referral._note(
                self.env._(
                    "Reward granted: %s",
                    referral.program_id.reward_text or "",
                )
            )

    def _check_may_grant(self):
        self.check_access("read")
        user = self.env.user
        if user.has_group("retention_suite.group_retention_manager"):
            return
        for referral in self:
            # sudo: who is responsible is no secret
            if user not in referral.user_id | referral.sudo().lead_id.user_id:
                raise AccessError(
                    self.env._(
                        "Only managers and who is responsible for the customer or "
                        "the lead can grant the reward for %s.",
                        referral.display_name,
                    )
                )

    def _lock_rewards(self):
        """Have all others wait who grant rewards to the same persons. Whoever
        comes second begins anew, and sees what the first one granted."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM retention_referral
                 WHERE id = ANY(%(ids)s) OR (referrer_id = ANY(%(people)s)
                   AND program_id = ANY(%(programs)s))
                 ORDER BY id FOR NO KEY UPDATE
                """,
                ids=self.ids,
                people=self.referrer_id.ids,
                programs=self.program_id.ids,
            )
        )
        self.invalidate_recordset()

    def _today(self):
        return self.company_id._retention_day(fields.Datetime.now())

    def _why_not_due(self):
        """Return in one sentence why the reward cannot be granted."""
        values = {
            "referral": self.display_name,
            "date": format_date(self.env, self.reward_due_date),
            "granted": format_date(self.env, self.reward_date),
            "person": self.reward_user_id.name or self.env._("somebody"),
            "count": self.program_id.reward_max,
        }
        if self.reward_state == "granted":
            return self.env._(
                "%(referral)s: %(person)s has granted the reward already, on "
                "%(granted)s.",
                **values,
            )
        if self.reward_state == "none":
            return self.env._(
                "%(referral)s brings no reward: it was not won, or its programme "
                "gives none.",
                **values,
            )
        if self.reward_state == "on_hold" and self.doubt_state == "to_check":
            return self.env._(
                "%(referral)s: a manager has to settle the doubt first.", **values
            )
        if self.reward_state == "on_hold":
            return self.env._(
                "%(referral)s: the reward is on hold until %(date)s.", **values
            )
        if self.state == "won" and self.reward_due_date:
            return self.env._(
                "%(referral)s: the programme gives each person %(count)s rewards a "
                "year, and they have been given or are due.",
                **values,
            )
        return self.env._(
            "%(referral)s: the reward is void, as it is no longer won, was not "
            "accepted, or somebody else recommended first.",
            **values,
        )
