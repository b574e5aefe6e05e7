from ast import literal_eval
from datetime import datetime, timedelta

from lxml import html

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import NOW
from .test_churn_report import ChurnCase

# The first of February and of March 2026 in Berlin.
FEBRUARY = datetime(2026, 1, 31, 23)
MARCH = datetime(2026, 2, 28, 23)
FIGURES = (
    "advocate_rate",
    "unanswered",
    "contact_gap",
    "churn_rate",
    "winback",
)


class DigestCase(ChurnCase, MailCase):
    """A digest with all figures of the company.

    The customers, by hand; it is 15 June 2026, noon:

    | customer | contact person | active from | lost on  | recommended on |
    |----------|----------------|-------------|----------|----------------|
    | Ahorn    | seller         | 10 January  |          | 1 June         |
    | Birke    | seller         | 10 January  | 13 June  | 1 May          |
    | Buche    | colleague      | 10 January  |          |                |
    | Eiche    | colleague      | 10 June     |          |                |
    | Esche    | colleague      | 10 January  | 20 May   |                |
    | Fichte   | nobody         | 10 January  |          | 14 June, 20:00 |
    """

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.env["retention.profile"].search([]).active = False
        self.digest = self.env["digest.digest"].create(
            {
                "name": "Figures",
                "company_id": self.company.id,
                "user_ids": [Command.set(self.manager.ids)],
                **{f"kpi_retention_{name}": True for name in FIGURES},
            }
        )

    def _make_customers(self):
        old = ("active", "2026-01-10")
        seller, colleague = self.seller.id, self.colleague.id
        self.ahorn = self._journey("Ahorn", old, user_id=seller)
        self.birke = self._journey("Birke", old, ("lost", "2026-06-13"), user_id=seller)
        self.buche = self._journey("Buche", old, user_id=colleague)
        self.eiche = self._journey("Eiche", ("active", "2026-06-10"), user_id=colleague)
        self.esche = self._journey(
            "Esche", old, ("lost", "2026-05-20"), user_id=colleague
        )
        self.fichte = self._journey("Fichte", old)
        for profile, moment in (
            (self.ahorn, "2026-06-01 10:00:00"),
            (self.birke, "2026-05-01 10:00:00"),
            (self.fichte, "2026-06-14 20:00:00"),
        ):
            self._recommend(profile, moment)

    def _journey(self, name, *moves, company=None, user_id=False, **values):
        """As it would be by real moves: in the stage of the last one."""
        profile = super()._journey(name, *moves, company=company, **values)
        profile.user_id = user_id
        profile.flush_recordset()
        # by the moves that are told, not by one of today
        self.env.cr.execute(
            "UPDATE retention_profile SET journey_stage_id = %s WHERE id = %s",
            [self.stages[moves[-1][0]].id, profile.id],
        )
        profile.transition_ids.filtered(
            lambda move: move.create_date >= NOW and move.date >= NOW
        ).unlink()
        profile.invalidate_recordset()
        return profile

    def _recommend(self, profile, moment, **values):
        lead = self.env["crm.lead"].create({"name": "Friend", "type": "lead"})
        referral = self.env["retention.referral"]._receive(
            profile.partner_id, lead=lead, **values
        )
        referral.date = moment
        self.env.flush_all()
        return referral

    def _alert(self, profile, kind, opened, closed=None, **values):
        alert = self.Alert.create(
            {
                "profile_id": profile.id,
                "company_id": profile.company_id.id,
                "kind": kind,
                "user_id": profile.user_id.id,
                "date": opened[:10],
                "state": "resolved" if closed else "open",
                "close_date": closed,
                "res_model": "res.partner",
                "res_id": profile.partner_id.id,
                **values,
            }
        )
        alert.flush_recordset()
        self.env.cr.execute(
            "UPDATE retention_alert SET create_date = %s WHERE id = %s",
            [opened, alert.id],
        )
        alert.invalidate_recordset()
        return alert

    def _won_back(self, profile, moment):
        case = self.env["retention.winback"].create(
            {"profile_id": profile.id, "kind": "save"}
        )
        case.sudo().write({"result": "won", "step": "loyalty", "close_date": moment})
        return case

    def _value(self, name, user=None, start=None, end=NOW, digest=None):
        """A figure as Odoo asks for it."""
        digest = (digest or self.digest).with_user(user or self.manager)
        field = f"kpi_retention_{name}_value"
        value = digest.with_context(start_datetime=start, end_datetime=end)[field]
        digest.invalidate_model([field])
        return value

    def _sent(self, user=None, lang=None):
        """What a person reads in the digest: by figure, each column's number and
        what stands below."""
        user = user or self.manager
        self.digest.user_ids = user
        if lang:
            user.lang = lang
        with self.mock_mail_gateway():
            self.digest.action_send_manual()
        [mail] = self._new_mails
        tree = html.fromstring(mail.body_html)
        found = {}
        for table in tree.xpath("//table[starts-with(@data-field, 'kpi_retention_')]"):
            values, labels = (
                [
                    " ".join(text.split())
                    for text in table.xpath(f".//*[hasclass('{name}')]/text()")
                ]
                for name in ("kpi_value", "kpi_value_label")
            )
            margins = table.xpath(".//td[contains(@class, 'kpi_margin')]")
            name = table.get("data-field").removeprefix("kpi_retention_")
            found[name] = (values, labels, len(margins))
        self.tree = tree
        return found


@tagged("post_install", "-at_install")
class TestDigest(DigestCase):
    """Figures in Odoo's digest, computed by hand."""

    def test_advocate_rate(self):
        self._make_customers()
        # now Ahorn, Buche, Eiche, Fichte; of them Ahorn and Fichte
        self.assertEqual(self._value("advocate_rate"), 50)
        # a day before Fichte had not, and Birke was lost already
        day = NOW - timedelta(days=1)
        self.assertEqual(self._value("advocate_rate", end=day), 25)
        # a week before: Ahorn, Birke, Buche, Fichte; Ahorn and Birke
        week = NOW - timedelta(days=7)
        self.assertEqual(self._value("advocate_rate", end=week), 50)
        # a month before Esche was there, too; only Birke had recommended us
        month = datetime(2026, 5, 15, 10)
        self.assertEqual(self._value("advocate_rate", end=month), 20)
        self.assertEqual(self._value("advocate_rate", end=datetime(2026, 1, 10, 10)), 0)

    def test_advocate_rate_is_that_of_the_report(self):
        self._make_customers()
        self._recommend(self.buche, "2026-06-10 10:00:00").state = "rejected"
        merged = self._recommend(self.eiche, "2026-06-11 10:00:00")
        merged.is_merged = True
        self.fichte.active = False
        self.env.flush_all()
        for user in (self.manager, self.seller, self.colleague):
            [(share,)] = (
                self.env["retention.advocate.report"]
                .with_user(user)
                ._read_group(
                    [("company_id", "=", self.company.id)], [], ["advocate_share:avg"]
                )
            )
            value = self._value("advocate_rate", user)
            self.assertAlmostEqual(value, share, places=1)
        self.assertAlmostEqual(value, 100 / 3, places=1)

    def test_churn_of_a_month_is_that_of_the_report(self):
        """Of three customers at the start of February one is lost; the others that
        leave were not there, or left before."""
        old = ("active", "2026-01-10")
        self._journey("Stays", old)
        self._journey("Lost", old, ("lost", "2026-02-20"))
        self._journey("Asleep", old, ("dormant", "2026-02-20"))
        self._journey("New", ("onboarding", "2026-02-02"), ("lost", "2026-02-20"))
        self._journey("Lost before", old, ("lost", "2026-01-20"))
        self._journey("At midnight", ("onboarding", "2026-01-31 23:00:00"))
        away = self._journey("Put away", old)
        away.active = False
        taken_back = self._journey("Taken back", ("prospect", "2026-01-10"))
        self._move(taken_back, self.stages["prospect"], "active", "2026-01-20")
        self._move(
            taken_back, self.stages["active"], "prospect", "2026-01-21", cause="undo"
        )
        self.env.flush_all()
        [month] = [
            figures
            for figures in self._figures("2026-04-02 10:00:00")
            if figures[0] == "2026-02-01"
        ]
        self.assertEqual(month[1:], (3, 1, 1))
        value = self._value("churn_rate", start=FEBRUARY, end=MARCH)
        self.assertAlmostEqual(value, 100 / 3, places=1)

    def test_churn_of_any_span(self):
        self._make_customers()
        # of Ahorn, Birke, Buche, Fichte: Birke
        week = NOW - timedelta(days=7)
        self.assertEqual(self._value("churn_rate", start=week), 25)
        # of Ahorn, Buche, Eiche, Fichte nobody since yesterday
        self.assertEqual(self._value("churn_rate", start=NOW - timedelta(days=1)), 0)
        # of the five at the start Birke and Esche
        month = datetime(2026, 5, 15, 10)
        self.assertEqual(self._value("churn_rate", start=month), 40)
        # the end is no part of it
        end = datetime(2026, 6, 13, 10)
        self.assertEqual(self._value("churn_rate", start=week, end=end), 0)

    def test_what_was_open_at_a_moment(self):
        self._make_customers()
        for profile, kind, opened, closed in (
            (self.ahorn, "unanswered", "2026-06-14 12:00:00", None),
            (self.buche, "unanswered", "2026-06-01 12:00:00", "2026-06-10 12:00:00"),
            (self.eiche, "unanswered", "2026-06-11 12:00:00", None),
            (self.buche, "contact_gap", "2026-06-11 12:00:00", None),
        ):
            self._alert(profile, kind, opened, closed)
        self.Alert.search([("profile_id", "=", self.eiche.id)])._snooze("2026-07-01")
        for days, count in ((0, 2), (1, 1), (4, 0), (7, 1), (30, 0)):
            with self.subTest(days=days):
                end = NOW - timedelta(days=days)
                self.assertEqual(self._value("unanswered", end=end), count)
        self.assertEqual(self._value("contact_gap"), 1)
        for kind in ("unanswered", "contact_gap"):
            xmlid = f"retention_suite.digest_{kind}_action"
            action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
            domain = literal_eval(action["domain"])
            self.assertEqual(self.Alert.search_count(domain), self._value(kind))

    def test_customers_won_back(self):
        self._make_customers()
        self._won_back(self.birke, "2026-06-14 12:00:00")
        self._won_back(self.esche, "2026-06-09 12:00:00")
        lost = self._won_back(self.ahorn, "2026-06-14 12:00:00")
        lost.sudo().write({"result": "lost", "step": "decided"})
        self.env.flush_all()
        for days, count in ((1, 1), (7, 2), (30, 2)):
            start = NOW - timedelta(days=days)
            self.assertEqual(self._value("winback", start=start), count)
        report = self.env["retention.winback.report"]
        self.assertEqual(report.search_count([("result", "=", "won")]), 2)

    def test_own_customers_only(self):
        self._make_customers()
        self._alert(self.ahorn, "unanswered", "2026-06-14 12:00:00")
        self._alert(self.buche, "unanswered", "2026-06-14 12:00:00")
        # own ones and nobody's: Ahorn and Fichte
        self.assertEqual(self._value("advocate_rate", self.seller), 100)
        self.assertEqual(self._value("unanswered", self.seller), 1)
        month = datetime(2026, 5, 15, 10)
        # of Ahorn, Birke and Fichte
        self.assertEqual(self._value("churn_rate", self.seller, start=month), 33.3)

    def test_other_company(self):
        """A company's digest tells of that company, to its people."""
        self._make_customers()
        other = self.env["res.company"].create({"name": "Other"})
        self._journey("Tanne", ("active", "2026-01-10"), company=other)
        self.digest.company_id = other
        self.assertNotIn("advocate_rate", self._sent())
        self.manager.company_ids |= other
        # Odoo's digest comes in the person's own company
        self.assertEqual(self._sent()["advocate_rate"][0], ["0.0 %"] * 3)
        self.digest.company_id = False
        self.assertEqual(self._sent()["advocate_rate"][0], ["50.0 %"] * 3)

    def test_only_members(self):
        """For others Odoo leaves them out, and keeps the rest."""
        self._make_customers()
        self.digest.kpi_mail_message_total = True
        stranger = self._new_user("stranger", "base.group_user")
        self.assertEqual(self._sent(stranger), {})
        self.assertTrue(self.tree.xpath("//table[@data-field]"))

    def test_mail(self):
        self._make_customers()
        self._alert(self.ahorn, "unanswered", "2026-06-14 12:00:00")
        self._won_back(self.birke, "2026-06-14 12:00:00")
        self._won_back(self.esche, "2026-06-12 12:00:00")
        self._won_back(self.ahorn, "2026-06-06 12:00:00")
        self.env.flush_all()
        read = self._sent()
        self.assertEqual(set(read), set(FIGURES))
        self.assertEqual(
            read["advocate_rate"],
            (
                ["50.0 %"] * 3,
                [
                    "Now. On 06/14/2026: 25.0 %",
                    "Now. On 06/08/2026: 50.0 %",
                    "Now. On 05/15/2026: 20.0 %",
                ],
                0,
            ),
        )
        self.assertEqual(
            read["unanswered"],
            (
                ["1"] * 3,
                [
                    "Now. On 06/14/2026: 0",
                    "Now. On 06/08/2026: 0",
                    "Now. On 05/15/2026: 0",
                ],
                0,
            ),
        )
        self.assertEqual(
            read["churn_rate"],
            (
                ["0.0 %", "25.0 %", "40.0 %"],
                [
                    "Last 24 hours. Before: 20.0 %",
                    "Last 7 Days. Before: 0.0 %",
                    "Last 30 Days. Before: 0.0 %",
                ],
                0,
            ),
        )
        # numbers that are good when they rise are as Odoo shows them
        self.assertEqual(read["winback"][0], ["1", "2", "3"])
        self.assertEqual(read["winback"][2], 1, "twice as many as in the week before")
        links = self.tree.xpath(
            "//table[@data-field='kpi_retention_unanswered']//a/@href"
        )
        self.assertIn("retention_suite.digest_unanswered_action", links[0])

    def test_mail_without_customers(self):
        read = self._sent()
        self.assertEqual(read["advocate_rate"][0], ["–"] * 3)
        self.assertEqual(read["churn_rate"][0], ["–"] * 3)
        self.assertEqual(read["unanswered"][0], ["0"] * 3)

    def test_mail_in_german(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self._make_customers()
        read = self._sent(lang="de_DE")
        self.assertEqual(read["advocate_rate"][0], ["50,0 %"] * 3)
        self.assertEqual(read["advocate_rate"][1][0], "Jetzt. Am 14.06.2026: 25,0 %")
        self.assertIn("Empfehlerquote", self.tree.text_content())

    def test_switched_on_by_default(self):
        digest = self.env.ref("digest.digest_digest_default")
        on = [name for name in FIGURES if digest[f"kpi_retention_{name}"]]
        self.assertEqual(on, ["advocate_rate", "unanswered", "contact_gap"])
