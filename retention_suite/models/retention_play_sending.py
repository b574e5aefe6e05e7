import logging

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

STATES = [
    ("waiting", "Planned"),
    ("held", "Held Back"),
    ("sent", "Sent"),
    ("cancelled", "Dropped"),
]
REASONS = [
    ("budget", "Contact budget used up"),
    ("address", "No valid e-mail address"),
    ("blacklist", "Wants no e-mails from us"),
    ("answered", "The customer has answered"),
    ("closed", "The case is closed"),
    ("failed", "The text could not be made"),
]
SEND_BATCH = 50


class RetentionPlaySending(models.Model):
    """One message of a play that is to go to one customer."""

    _name = "retention.play.sending"
    _inherit = ("retention.play.budget",)
    _description = "Planned Message of a Play"
    _order = "planned_date, id"
    _rec_name = "template_id"

    case_id = fields.Many2one(
        "retention.winback",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    user_id = fields.Many2one(related="case_id.user_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    play_id = fields.Many2one(
        "retention.play", required=True, readonly=True, ondelete="cascade"
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Text",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="To",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="The customer, or its first contact with an e-mail address.",
    )
    planned_date = fields.Datetime(string="Planned For", required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    reason = fields.Selection(REASONS, string="Why", readonly=True)
    allowed_date = fields.Datetime(
        string="May Go On",
        readonly=True,
        help="From then on the contact budget allows it, if nobody writes to the "
        "person in between. It goes by itself.",
    )
    sent_date = fields.Datetime(string="Sent On", readonly=True)
    message_id = fields.Many2one(
        "mail.message", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _once_uniq = models.UniqueIndex("(case_id, template_id, planned_date)")
    _due_idx = models.Index("(planned_date) WHERE state IN ('waiting', 'held')")

    def _plan(self, cases):
        """Plan the messages of the plays that some cases have started."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO retention_play_sending (
                       case_id, profile_id, company_id, play_id, template_id,
                       planned_date, state, create_date, write_date)
                SELECT DISTINCT c.id, c.profile_id, c.company_id, c.play_id,
                       m.template_id,
                       c.start_date + make_interval(days => m.delay_days),
                       'waiting', %(now)s, %(now)s
                  FROM retention_winback c
                  JOIN retention_play_message m ON m.play_id = c.play_id
                 WHERE c.id = ANY(%(ids)s)
                    ON CONFLICT DO NOTHING
                """,
                ids=cases.ids,
                now=self.env.cr.now(),
            )
        )
        self.invalidate_model()

    def _move_case(self, source, target):
        """Have one case take over what another, which is to go, has sent and is to
        send, and its part in the figures of plays.

        Nobody gets the messages of two plays: where a measure runs already, what
        the other case has planned is dropped.

        :param source: the case that goes
        :param target: the case that stays
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_play_sending s
                   SET case_id = %(target)s, write_date = %(now)s,
                       state = CASE WHEN dropped THEN 'cancelled' ELSE state END,
                       reason = CASE WHEN dropped THEN 'closed' ELSE reason END,
                       allowed_date = CASE WHEN dropped THEN NULL
                                           ELSE allowed_date END
                  FROM (SELECT id, %(is_started)s AND state IN ('waiting', 'held')
                               AS dropped
                          FROM retention_play_sending o
                         WHERE case_id = %(source)s AND NOT EXISTS (
                               SELECT FROM retention_play_sending own
                                WHERE own.case_id = %(target)s
                                  AND own.template_id = o.template_id
                                  AND own.planned_date = o.planned_date)) other
                 WHERE s.id = other.id
                """,
                source=source.id,
                target=target.id,
                is_started=bool(target.start_date),
                now=self.env.cr.now(),
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE retention_play_member SET case_id = %s WHERE case_id = %s",
                target.id,
                source.id,
            )
        )

    def _cancel_settled(self):
        """Cancel what is not needed any more: the case is closed, or the customer
        has answered since the start.

        :return: how many
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_play_sending s
                   SET state = 'cancelled', allowed_date = NULL, write_date = %(now)s,
                       reason = CASE WHEN c.step <> 'running' THEN 'closed'
                                     ELSE 'answered' END
                  FROM retention_winback c
                 WHERE c.id = s.case_id AND s.state IN ('waiting', 'held')
                   AND (c.step <> 'running' OR EXISTS (
                        SELECT FROM retention_touchpoint t
                         WHERE t.profile_id = c.profile_id AND t.direction = 'in'
                           AND NOT t.automated AND t.date > c.start_date))
                """,
                now=self.env.cr.now(),
            )
        )
        return self.env.cr.rowcount

    def _send_due(self):
        """Send what is due and may go, one batch.

        The row says that it was sent in the transaction in which the message was
        posted, so whatever kills it, nothing goes twice.

        :return: how many were sent, whether there may be more
        """
        self.env.flush_all()
        self._cancel_settled()
        self._weigh()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                    SELECT DISTINCT ON (s.partner_id) s.id, s.planned_date
                      FROM retention_play_sending s
                     WHERE s.state = 'waiting' AND s.planned_date <= %s
                       AND s.partner_id IS NOT NULL
                     ORDER BY s.partner_id, s.planned_date, s.id) due
                 ORDER BY planned_date, id LIMIT %s
                """,
                fields.Datetime.now(),
                SEND_BATCH,
            )
        )
        self.invalidate_model()
        sendings = self.browse(row[0] for row in rows)
        for sending in sendings:
            sending._send()
        self.env.flush_all()
        return len(sendings.filtered("sent_date")), bool(sendings)

    def _send(self):
        """Post the message on its case, in the language of who gets it."""
        case = self.case_id.with_user(SUPERUSER_ID).with_context(
            retention_automated=True, lang=self.partner_id.lang
        )
        try:
            with self.env.cr.savepoint():
                message = case.message_post_with_source(
                    self.template_id.with_env(case.env),
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                    partner_ids=self.partner_id.ids,
                    notify_skip_followers=True,
                    force_send=False,
                )
        except OperationalError:
            # met somebody else's change: the run tries again
            raise
        except Exception:
            # a text may contain anything; the others go all the same
            _logger.warning("A message of a play could not be sent", exc_info=True)
            self.write({"state": "held", "reason": "failed"})
            return
        self.write(
            {
                "state": "sent",
                "reason": False,
                "allowed_date": False,
                "sent_date": fields.Datetime.now(),
                "message_id": message[:1].id,
            }
        )

    def action_try_again(self):
        """Have messages whose text failed go with the next run."""
        self.check_access("read")
        self.env["retention.play"].check_access("write")
        # sudo: planned messages are changed by their own steps only
        failed = self.sudo().filtered(
            lambda s: (s.state, s.reason) == ("held", "failed")
        )
        failed.write({"state": "waiting", "reason": False})

    def action_open_case(self):
        """Open the case that the message belongs to."""
        self.ensure_one()
        return self.case_id._get_records_action()
