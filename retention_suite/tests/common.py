from contextlib import contextmanager
from datetime import datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger

# A Monday in summer, noon in Berlin is 10:00 UTC.
NOW = datetime(2026, 6, 15, 10, 0, 0)


class RetentionCase(TransactionCase):
    """A company in Berlin with three people of ours and one customer.

    - ``seller`` sees own documents only, ``colleague`` all, ``manager`` manages
    - ``customer`` is a company with the persons ``anna`` and ``bert``; its
      ``lead`` is the seller's, so a run makes ``profile``
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context,
                tracking_disable=True,
                no_reset_password=True,
                mail_notrack=True,
            )
        )
        cls.company = cls.env.ref("base.main_company")
        cls.company.resource_calendar_id.tz = "Europe/Berlin"
        cls.seller = cls._new_user("seller", "sales_team.group_sale_salesman")
        cls.colleague = cls._new_user(
            "colleague", "sales_team.group_sale_salesman_all_leads"
        )
        cls.manager = cls._new_user("manager", "sales_team.group_sale_manager")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Azur GmbH", "is_company": True, "email": "info@azur.example"}
        )
        cls.anna = cls._new_person("Anna", cls.customer)
        cls.bert = cls._new_person("Bert", cls.customer)
        cls.policy = cls.env.ref("retention_suite.contact_policy_all")
        cls.Run = cls.env["retention.run"]
        cls.Alert = cls.env["retention.alert"]
        cls.Touchpoint = cls.env["retention.touchpoint"]

    def tearDown(self):
        """Whatever a test has done: customers know how many alerts are open, how many
        of them are about a message, and whether a hand-over may wait."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT p.id, p.open_alert_count, COUNT(a.id), p.question_count,
                   COUNT(a.id) FILTER (WHERE a.kind = 'unanswered')
              FROM retention_profile p
              LEFT JOIN retention_alert a
                ON a.profile_id = p.id AND a.state IN ('open', 'snoozed')
             GROUP BY p.id HAVING COALESCE(p.open_alert_count, 0) <> COUNT(a.id)
                 OR COALESCE(p.question_count, 0) <>
                    COUNT(a.id) FILTER (WHERE a.kind = 'unanswered')
            """
        )
        self.assertEqual(self.env.cr.fetchall(), [], "open alerts were not counted")
        self.env.cr.execute(
            """
            SELECT p.id FROM retention_profile p
              JOIN retention_handover h
                ON h.customer_id = p.partner_id AND h.company_id = p.company_id
             WHERE p.has_handover IS FALSE AND h.contacted_date IS NULL
               AND h.state IN ('offered', 'accepted', 'expired')
            """
        )
        self.assertEqual(self.env.cr.fetchall(), [], "a hand-over waits unnoticed")
        super().tearDown()

    @classmethod
    def _new_user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,{groups}",
            name=login.capitalize(),
            email=f"{login}@our.example",
            notification_type="inbox",
            **values,
        )

    @classmethod
    def _new_person(cls, name, company):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": company.id,
                "email": f"{name.lower()}@{company.name.split()[0].lower()}.example",
            }
        )

    @classmethod
    def _new_lead(cls, partner, user=None, **values):
        return cls.env["crm.lead"].create(
            {
                "name": f"Opportunity of {partner.name}",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": user.id if user else False,
                "company_id": cls.env.company.id,
                **values,
            }
        )

    @classmethod
    def _profile(cls, partner, company=None):
        return cls.env["retention.profile"].search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

    def _add_profile(self, partner, **values):
        """Make a partner a customer, by hand."""
        return self.env["retention.profile"].create(
            {"partner_id": partner.id, **values}
        )

    def _run(self):
        """One retention run, in the test's transaction."""
        return self.Run._run_all(commit=False)

    def _flush(self):
        """What happens just before a transaction is committed."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()

    @contextmanager
    def assertRefused(self, message):
        """What is written is refused by the database, and this is what people read:
        Odoo makes it from the error."""
        with (
            self.assertRaises(IntegrityError) as caught,
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            yield
            self.env.flush_all()
        error = caught.exception
        # as odoo.service.model.retrying finds it
        model = next(
            self.env[known._name]
            for known in self.env.registry.values()
            if known._table == error.diag.table_name
        )
        self.assertEqual(model._sql_error_to_message(error), message)

    @contextmanager
    def _at(self, moment):
        """Freeze the time, for the code and for the transaction."""
        moment = fields.Datetime.to_datetime(moment)
        with freeze_time(moment):
            previous = self.env.cr._now if hasattr(self.env.cr, "_now") else None
            self.env.cr._now = moment
            try:
                yield
            finally:
                self.env.cr._now = previous

    def _post(self, record, user, persons, body="Good morning", **values):
        """A message of ours to outside persons, as the composer posts it."""
        message = record.with_user(user).message_post(
            body=body,
            partner_ids=persons.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        self._flush()
        return message

    def _log(self, profile, date, **values):
        """A contact logged by hand."""
        return self.Touchpoint.create(
            {
                "profile_id": profile.id,
                "partner_id": profile.partner_id.id,
                "date": date,
                "channel": "phone",
                "direction": "out",
                "purpose": "relationship",
                **values,
            }
        )

    def _portal_user(self, partner, login="portal"):
        return self.env["res.users"].create(
            {
                "login": login,
                "partner_id": partner.id,
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])],
            }
        )
