import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# More than this is no measure any more.
MAX_HOLDOUT = 50
# Customers fall into so many slots.
SLOTS = 10000


class RetentionPlayHoldout(models.AbstractModel):
    """Who is left out of a play, to know what it does.

    A customer's slot is the hash of the play, the customer and a secret of the
    play: it is the same every time, and nobody can choose or foresee it.
    """

    _name = "retention.play.holdout"
    _description = "Who Is Left Out of a Play"

    holdout_share = fields.Integer(
        string="Left Out (%)",
        help="So many of a hundred customers are left out, by a fixed rule, to see "
        "what the play does. 0: nobody.",
    )
    holdout_secret = fields.Char(
        default=lambda self: secrets.token_hex(16),
        required=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )

    _holdout_share_limit = models.Constraint(
        f"CHECK(COALESCE(holdout_share, 0) BETWEEN 0 AND {MAX_HOLDOUT})",
        "At most half of the customers can be left out.",
    )

    @api.constrains("holdout_share", "kind")
    def _check_holdout_kind(self):
        for play in self:
            if play.holdout_share and play.kind != "dormancy":
                raise ValidationError(
                    self.env._(
                        "Only plays for those who left silently can leave customers "
                        "out: who cancels or is at risk gets an answer."
                    )
                )

    def _left_out_sql(self, partner):
        """Return the SQL that tells whether a customer is left out.

        :param SQL partner: id of the commercial partner
        """
        self.ensure_one()
        # sudo: the rule decides; the secret is not shown
        play = self.sudo()
        return SQL(
            """
            (('x' || substr(encode(sha256(convert_to(
                concat_ws(':', %(secret)s::text, %(play)s::int, %(partner)s), 'UTF8')),
                'hex'), 1, 8))::bit(32)::bigint %% %(slots)s < %(limit)s)
            """,
            secret=play.holdout_secret,
            play=play.id,
            partner=partner,
            slots=SLOTS,
            limit=play.holdout_share * SLOTS // 100,
        )

    def _left_out(self, profiles):
        """Return those of some customers whom the play leaves out."""
        rows = self.env.execute_query(
            SQL(
                "SELECT p.id FROM retention_profile p WHERE p.id = ANY(%s) AND %s",
                profiles.ids,
                self._left_out_sql(SQL("p.partner_id")),
            )
        )
        return profiles.browse(row[0] for row in rows)
