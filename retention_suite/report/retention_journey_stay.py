from odoo import fields, models
from odoo.tools import SQL, frozendict

from ..models.retention_journey_stage import KINDS


class RetentionJourneyStay(models.Model):
    """Which customer was in which stage from when to when, as it was recorded.

    One line for each move, to see who was in a stage at some moment: those whose stay
    had begun and not ended. Other than in the analysis of the journey, a move that was
    taken back later counts until then, as it does in the numbers by month. A customer
    that was put away counts until its last move.
    """

    _name = "retention.journey.stay"
    _inherit = ("retention.customer.open",)
    _description = "Customers in a Stage"
    _auto = False
    _order = "start_date desc, id desc"
    _rec_name = "profile_id"
    _depends = frozendict(
        {
            "retention.journey.transition": ("profile_id", "to_stage_id", "date"),
            "retention.journey.stage": ("kind",),
            "retention.profile": ("user_id", "company_id", "active"),
            "retention.referral": ("profile_id", "state", "is_merged", "date"),
        }
    )

    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    stage_id = fields.Many2one("retention.journey.stage", readonly=True)
    stage_kind = fields.Selection(KINDS, "Meaning of the Stage", readonly=True)
    start_date = fields.Datetime("Moved There On", readonly=True)
    end_date = fields.Datetime(
        "Moved On", readonly=True, help="Empty while the customer is still there."
    )
    first_referral_date = fields.Datetime(
        "First Recommendation",
        readonly=True,
        help="When the customer first recommended us, not counting rejected "
        "recommendations.",
    )
    user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.id, t.profile_id, t.to_stage_id AS stage_id,
                   stage.kind AS stage_kind, t.date AS start_date,
                   COALESCE(LEAD(t.date) OVER (
                                PARTITION BY t.profile_id ORDER BY t.date, t.id),
                            CASE WHEN NOT p.active THEN t.date END) AS end_date,
                   given.date AS first_referral_date, p.user_id, p.company_id
              FROM retention_journey_transition t
              JOIN retention_profile p ON p.id = t.profile_id
              JOIN retention_journey_stage stage ON stage.id = t.to_stage_id
              LEFT JOIN (
                   SELECT profile_id, MIN(date) AS date FROM retention_referral
                    WHERE state <> 'rejected' AND is_merged IS NOT TRUE
                    GROUP BY profile_id) given ON given.profile_id = p.id
            """
        )
