import logging

from odoo import api, models
from odoo.tools import SQL

from .cached import forget
from .gathered import gathered
from .retention_touchpoint_plain import PLAIN
from .retention_touchpoint_source import FAILED_STATUSES

_logger = logging.getLogger(__name__)

PENDING = "retention_suite.capture"
FAILED = "failed"
OTHER = "other"
# What changes with a new contact.
DERIVED_MODELS = ("retention.touchpoint", "retention.profile", "retention.alert")


class RetentionTouchpointHook(models.AbstractModel):
    """Capturing contacts at once, as Odoo records them: one batch just before
    the transaction is committed.

    Nearly all are plain messages, which have a way of their own. Everything else
    goes through the sources, as in a run.
    """

    _name = "retention.touchpoint.hook"
    _description = "Capturing of Contacts at Once"

    @api.model
    def _capture_later(self, records, sources, model_name):
        """Capture some records just before the transaction is committed.

        :param records: messages or activities with what makes them a contact
        :param sources: names of the sources that can tell something of them
        :param model_name: of the documents they belong to
        """
        pending = self._pending()
        column = "activity_id" if records._name == "mail.activity" else "message_id"
        names, model_names, ids = pending.setdefault(column, (set(), set(), set()))
        names.update(sources)
        if model_name:
            model_names.add(model_name)
        ids.update(records.ids)

    @api.model
    def _forget_later(self, messages):
        """Drop the contacts of messages that did not arrive."""
        self._pending().setdefault(FAILED, set()).update(messages.ids)

    def _not_posted(self, messages):
        """Forget messages that are deleted in the transaction that posted them."""
        pending = self.env.cr.precommit.data.get(PENDING, {})
        if pending.get(PLAIN):
            ids = set(messages.ids)
            pending[PLAIN] = [
                said for said in pending[PLAIN] if said.message_id not in ids
            ]

    def _pending(self):
        # sudo: contacts are captured whoever writes or receives them
        return gathered(self.env, PENDING, dict, lambda: self.sudo()._capture_pending())

    def _capture_pending(self):
        """Capture what was posted in this transaction.

        Whatever goes wrong here must not keep anything from being posted: it
        is undone and logged, and the next run makes up for it. The savepoint
        travels with the first statement and ends with the transaction, which
        saves two queries for each message.
        """
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending:
            return
        self.env.flush_all()
        saved = False
        try:
            # what came back within the same transaction is for the sources
            failed_ids = pending.get(FAILED, ())
            plain = [
                said
                for said in pending.pop(PLAIN, ())
                if said.message_id not in failed_ids
            ]
            found = {PLAIN: [], OTHER: []}
            for name, text, values in self._pending_queries(pending, plain):
                if not saved:
                    text = "SAVEPOINT retention_capture;" + text
                    saved = True
                self.env.cr.execute(text, values, log_exceptions=False)
                found[name] += self.env.cr.fetchall()
            if plain or found[OTHER]:
                forget(self.env, *DERIVED_MODELS)
                if plain:
                    self._follow_plain(plain, found[PLAIN])
                self._follow_captured({row[0] for row in found[OTHER]})
                self.env.flush_all()
        except Exception as error:
            if saved:
                self.env.cr.execute("ROLLBACK TO SAVEPOINT retention_capture")
            self.env.transaction.clear()
            _logger.warning(
                "Contacts were not captured at once, the next run will: %s",
                error,
                exc_info=True,
            )

    def _pending_queries(self, pending, plain):
        """Give the statements that capture what is pending, each with whether it
        is for plain messages, and with its values. The others return the customers,
        none for people not known yet."""
        for said in plain:
            yield PLAIN, *self._plain_sql(said)
        for query in self._other_queries(pending):
            yield OTHER, query.code, query.params

    def _other_queries(self, pending):
        if FAILED in pending:
            yield self._forget_sql(list(pending.pop(FAILED)))
        for names, model_names, ids in pending.values():
            sources = self._sources(model_names)
            query = self._capture_sql(
                [sources[name] for name in sorted(names)],
                # bound now: the query is built before the next turn
                lambda source, ids=list(ids): SQL("%s = ANY(%s)", source.record, ids),
            )
            yield query
            if "unknown" in names and model_names & set(self._stranger_models()):
                yield self._strangers_sql(SQL("m.id = ANY(%s)", list(ids)))

    def _follow_captured(self, profile_ids):
        """Have customers, and what is to do for them, follow from new contacts.

        :param set profile_ids: of the customers; None for people not known yet
        """
        has_strangers = None in profile_ids
        self.env["retention.profile"]._refresh_now(profile_ids - {None}, nowait=True)
        if has_strangers:
            self._follow_strangers()

    def _forget_sql(self, message_ids):
        """Drop the contacts that say a message reached whom it did not."""
        return SQL(
            """
            DELETE FROM retention_touchpoint t
             WHERE t.message_id = ANY(%s) AND t.direction = 'out' AND EXISTS (
                   SELECT FROM mail_notification n
                    WHERE n.mail_message_id = t.message_id
                      AND n.notification_status IN %s
                      AND (t.partner_id = n.res_partner_id OR EXISTS (
                           SELECT FROM retention_touchpoint_other_partner_rel o
                            WHERE o.touchpoint_id = t.id
                              AND o.partner_id = n.res_partner_id)))
         RETURNING t.profile_id
            """,
            message_ids,
            FAILED_STATUSES,
        )
