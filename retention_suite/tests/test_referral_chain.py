import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .referral_common import ReferralCase

LENGTH = 10000
# Far more than it takes: a chain that is followed one by one takes minutes.
SECONDS = 20


@tagged("post_install", "-at_install")
class TestReferralChain(ReferralCase):
    """Chains as long as they may get."""

    def _chain(self, length=LENGTH):
        """Each of so many persons recommends us to the next.

        :return: ids of the recommendations, in order
        """
        self.env.cr.execute(
            """
            WITH people AS (
                INSERT INTO res_partner (name, active, type, complete_name)
                SELECT 'Person ' || n, TRUE, 'contact', 'Person ' || n
                  FROM generate_series(0, %(length)s) n
             RETURNING id
            ), numbered AS (
                SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM people
            )
            INSERT INTO retention_referral (
                   referrer_id, partner_id, company_id, channel, date, state,
                   attribution, doubt_state, reward_state, create_date, write_date)
            SELECT a.id, b.id, %(company)s, 'offline',
                   timestamp '2026-01-01' + a.n * interval '1 minute', 'new',
                   'first', 'none', 'none', now(), now()
              FROM numbered a JOIN numbered b ON b.n = a.n + 1
             ORDER BY a.n
         RETURNING id
            """,
            {"length": length, "company": self.company.id},
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id"
            " WHERE commercial_partner_id IS NULL"
        )
        # for rows of the same transaction PostgreSQL checks the keys again, by
        # plans that it made when there were hardly any
        self.env.cr.execute("ANALYZE res_partner, retention_referral")
        self.env.invalidate_all()
        return ids

    def _generations(self, ids):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT generation FROM retention_referral WHERE id = ANY(%s)"
            " ORDER BY date, id",
            [ids],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def assertInTime(self, do):
        start = time.monotonic()
        result = do()
        self.assertLess(time.monotonic() - start, SECONDS)
        return result

    def test_long_chain(self):
        ids = self._chain()
        Referral = self.env["retention.referral"]
        self.assertInTime(Referral._derive)
        self.assertEqual(self._generations(ids), list(range(1, LENGTH + 1)))
        self.assertEqual(Referral._derive(), 0, "nothing is left to do")
        # the first one follows from another now: all of them move on
        first = Referral.browse(ids[0])
        with self._at("2025-12-01 10:00:00"):
            self._recommend(self.anna, first.referrer_id)
        self.assertInTime(lambda: Referral._derive(first.ids))
        self.assertEqual(self._generations(ids), list(range(2, LENGTH + 2)))

    def test_chain_by_its_end_alone(self):
        """Only those of which something has changed are looked at."""
        ids = self._chain(50)
        Referral = self.env["retention.referral"]
        Referral._derive()
        # one in the middle does not count any more
        middle = Referral.browse(ids[24])
        middle.state = "rejected"
        Referral._derive(middle.ids)
        self.assertEqual(
            self._generations(ids), [*range(1, 26), *range(1, 26)], "a new chain"
        )
        middle.state = "new"
        Referral._derive(middle.ids)
        self.assertEqual(self._generations(ids), list(range(1, 51)))

    def test_deleted_one_ends_the_chain(self):
        ids = self._chain(10)
        Referral = self.env["retention.referral"]
        Referral._derive()
        Referral.browse(ids[4]).unlink()
        self.assertEqual(self._generations(ids), [1, 2, 3, 4, 1, 2, 3, 4, 5])

    def test_run_mends_what_was_deleted_past_odoo(self):
        ids = self._chain(4)
        self.env["retention.referral"]._derive()
        self.env.cr.execute("DELETE FROM retention_referral WHERE id = %s", [ids[1]])
        self.env.invalidate_all()
        self.env["retention.referral"]._derive()
        self.assertEqual(self._generations(ids), [1, 1, 2])

    def test_circle(self):
        """Anna recommends Bert, who recommends Carl, who recommends Anna."""
        people = self.env["res.partner"].create(
            [{"name": name} for name in ("Ada", "Ben", "Cleo")]
        )
        circle = self.env["retention.referral"]
        for number in range(9):
            with self._at(f"2026-06-0{number + 1} 10:00:00"):
                circle |= self._recommend(people[number % 3], people[(number + 1) % 3])
        self.assertInTime(self.env["retention.referral"]._derive)
        circle = circle.sorted("date")
        generations = [1, 2, 3, 4, 2, 3, 4, 2, 3]
        self.assertEqual(circle.mapped("generation"), generations)
        # even in data that cannot be
        self.env.cr.execute(
            "UPDATE retention_referral SET parent_id = %s, generation = 7"
            " WHERE id = %s",
            [circle[2].id, circle[0].id],
        )
        self.env.invalidate_all()
        self.assertInTime(self.env["retention.referral"]._derive)
        self.assertEqual(circle.mapped("generation"), generations)

    def test_friend_that_is_known_later(self):
        """Carl is recommended as a lead; only later he is the contact by whom
        Dora was recommended."""
        carl = self.env["res.partner"].create({"name": "Carl"})
        with self._at("2026-06-01 10:00:00"):
            first = self._recommend(self.anna, "Carl")
        with self._at("2026-06-02 10:00:00"):
            second = self._recommend(carl, "Dora")
        self.assertEqual(second.generation, 1)
        first.lead_id.partner_id = carl
        self._flush()
        self.assertEqual(second.parent_id, first)
        self.assertEqual(second.generation, 2)
        # and leaves the group of the former one
        other = self.env["res.partner"].create({"name": "Other"})
        with self._at("2026-06-03 10:00:00"):
            later = self._recommend(self.bert, carl)
        self.assertEqual(later.attribution, "later")
        first.lead_id.partner_id = other
        self._flush()
        self.assertEqual(later.attribution, "first")
        self.assertFalse(second.parent_id)
        self.assertEqual(second.generation, 1)

    def test_companies_do_not_mix(self):
        second = self.env["res.company"].create({"name": "Second"})
        carl = self.env["res.partner"].create({"name": "Carl"})
        with self._at("2026-06-01 10:00:00"):
            first = self._recommend(self.anna, carl)
        first.company_id = second
        with self._at("2026-06-02 10:00:00"):
            own = self._recommend(carl, "Dora")
        self.env["retention.referral"]._derive()
        self.assertFalse(own.parent_id)


@tagged("post_install", "-at_install")
class TestReferralAtOnce(BaseCase):
    """Two people at once, on connections of their own that really commit."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            env = self._env(cr)
            program = env["retention.referral.program"].create(
                {
                    "name": "At once",
                    "reward_for": "referrer",
                    "reward_text": "A cake",
                    "hold_days": 0,
                    "reward_max": 1,
                }
            )
            people = env["res.partner"].create(
                [{"name": f"At once {number}"} for number in range(4)]
            )
            self.program_id, self.people_ids = program.id, people.ids

    def _env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            referrals = env["retention.referral"].search(
                [("referrer_id", "in", self.people_ids)]
            )
            leads = referrals.lead_id
            referrals.unlink()
            leads.unlink()
            env["res.partner"].browse(self.people_ids).unlink()
            env["retention.referral.program"].browse(self.program_id).unlink()

    def _at_once(self, *tasks):
        """Do them at once: all have begun to read before the first one writes.

        :param tasks: each is called with an environment, again if it met the
            other's change, as Odoo does with requests
        :return: what they return, or the error that users see
        """
        barrier = Barrier(len(tasks))

        def work(task):
            with self.registry.cursor() as cr:
                env = self._env(cr)
                cr.execute("SELECT 1 FROM retention_referral LIMIT 1")
                waited = []

                def do():
                    if not waited:
                        waited.append(True)
                        barrier.wait(10)
                    try:
                        return task(env)
                    except UserError as error:
                        return error

                return retrying(do, env)

        with ThreadPoolExecutor(len(tasks)) as pool:
            return [each.result() for each in [pool.submit(work, t) for t in tasks]]

    def _recommend(self, env, referrer, friend):
        people = env["res.partner"].browse(self.people_ids)
        lead = env["crm.lead"].create(
            {"name": people[friend].name, "partner_id": people[friend].id}
        )
        return (
            env["retention.referral"]
            ._receive(people[referrer], lead=lead, program_id=self.program_id)
            .id
        )

    def test_two_grant_at_once(self):
        """The programme gives one a year, and both want to give the other one."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            ids = [self._recommend(env, 0, 1), self._recommend(env, 0, 2)]
            referrals = env["retention.referral"].browse(ids)
            referrals.lead_id.action_set_won()
            cr.flush()
            # as if the most had been raised since
            cr.execute(
                "UPDATE retention_referral SET reward_state = 'due' WHERE id = ANY(%s)",
                [ids],
            )
        results = self._at_once(
            *(
                lambda env, id_=id_: (
                    env["retention.referral"].browse(id_).action_grant_reward()
                )
                for id_ in ids
            )
        )
        self.assertEqual(
            [isinstance(result, UserError) for result in results].count(True), 1
        )
        with self.registry.cursor() as cr:
            states = self._env(cr)["retention.referral"].browse(ids)
            self.assertEqual(states.mapped("reward_state").count("granted"), 1)

    def test_same_reward_is_granted_once(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            id_ = self._recommend(env, 0, 1)
            env["retention.referral"].browse(id_).lead_id.action_set_won()
        results = self._at_once(
            *[lambda env: env["retention.referral"].browse(id_).action_grant_reward()]
            * 2
        )
        [error] = [result for result in results if result]
        self.assertIn("already", str(error))
        with self.registry.cursor() as cr:
            referral = self._env(cr)["retention.referral"].browse(id_)
            notes = referral.message_ids.filtered(lambda m: "A cake" in (m.body or ""))
            self.assertEqual(len(notes), 1)

    def test_two_links_of_a_chain_at_once(self):
        """Neither sees the other; the next run joins them."""
        ids = self._at_once(
            lambda env: self._recommend(env, 0, 1),
            lambda env: self._recommend(env, 1, 2),
        )
        with self.registry.cursor() as cr:
            env = self._env(cr)
            Referral = env["retention.referral"]
            # which of the two came first does not matter to them
            cr.execute(
                "UPDATE retention_referral SET date = date - interval '1 minute'"
                " WHERE id = %s",
                [ids[0]],
            )
            since = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
            Referral._follow(Referral._changed_since(since))
            self.assertEqual(Referral.browse(ids).mapped("generation"), [1, 2])

    def test_lock_makes_the_second_begin_anew(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            id_ = self._recommend(env, 0, 1)
            env["retention.referral"].browse(id_).lead_id.action_set_won()
        with self.registry.cursor() as first, self.registry.cursor() as second:
            late = self._env(second)["retention.referral"].browse(id_)
            self.assertEqual(late.reward_state, "due")
            self._env(first)["retention.referral"].browse(id_).action_grant_reward()
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(OperationalError):
                late._lock_rewards()
            second.rollback()

    def test_others_wait_who_grant_to_the_same_person(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            env["retention.referral.program"].browse(self.program_id).reward_max = 2
            ids = [self._recommend(env, 0, 1), self._recommend(env, 0, 2)]
            env["retention.referral"].browse(ids).lead_id.action_set_won()
        with self.registry.cursor() as first, self.registry.cursor() as second:
            self._env(first)["retention.referral"].browse(ids[0]).action_grant_reward()
            first.execute("SELECT 1")
            second.execute("SET LOCAL lock_timeout = '200ms'")
            other = self._env(second)["retention.referral"].browse(ids[1])
            with mute_logger("odoo.sql_db"), self.assertRaises(OperationalError):
                other.action_grant_reward()
            second.rollback()
            first.rollback()
