from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..controllers import refer
from ..models.res_partner_referral import named
from ..models.retention_referral import CHANNELS
from ..models.retention_referral_friend import LINK_LIMIT, MEDIUMS, SENDER_LIMIT
from .refer_common import TYPED, ReferCase


@tagged("post_install", "-at_install")
class TestReferPage(ReferCase):
    """What friends see, and what opening the page does."""

    def test_says_who_recommends_as_that_person_allows(self):
        for allowed, shown, hidden in (
            ("first", "Anna", "Berg"),
            ("full", "Anna Berg", None),
            ("none", None, "Anna"),
        ):
            with self.subTest(allowed):
                self.anna.retention_referral_name = allowed
                text = self._read(self._open())
                self.assertIn("Somebody you know recommends us", text)
                if shown:
                    self.assertIn(f"{shown} recommends", " ".join(text.split()))
                if hidden:
                    self.assertNotIn(hidden, text)

    def test_first_names(self):
        self.assertEqual(self.anna.retention_referral_name, "first", "unless changed")
        for name, first in (
            ("Anna", "Anna"),
            ("Dr. Anna Berg", "Anna"),
            ("Berg, Anna", "Anna"),
        ):
            self.assertEqual(named(name, False, "first"), first)
        self.assertEqual(named("Azur GmbH", True, "first"), "Azur GmbH")

    def test_is_for_phones_and_not_for_search_engines(self):
        response = self._open()
        self.assertEqual(response.status_code, 200)
        self.assertIn("width=device-width", response.text)
        self.assertIn("noindex", response.headers["X-Robots-Tag"])
        self.assertIn("no-store", response.headers["Cache-Control"])

    def test_asks(self):
        page = self._page(self._open())
        fields_shown = set(page.xpath("//form//@name"))
        self.assertEqual(fields_shown, {*TYPED, "homepage", "csrf_token"})
        for field in page.xpath("//form//input[@id] | //form//textarea"):
            labels = page.xpath(f"//label[@for='{field.get('id')}']")
            self.assertEqual(len(labels), 1)

    def test_shows_what_friends_get(self):
        self.program.write({"reward_for": "both", "reward_text": "A cake"})
        self.assertIn("A cake", self._open().text)
        self.program.reward_for = "referrer"
        self.assertNotIn("A cake", self._open().text)

    def test_clicks_are_counted_by_channel(self):
        for query in ("", "", "?c=qr", "?c=whatsapp", "?c=bogus", "?c="):
            self._open(self.path + query)
        self.assertEqual(self._clicks(), {"link": 4, "qr": 1, "whatsapp": 1})
        self.assertEqual(self.link.click_count, 6)
        day = self.company._retention_day(fields.Datetime.now())
        self.assertEqual(set(self.link.click_ids.mapped("date")), {day})

    def test_bots_and_previews_are_not_counted(self):
        for headers in (
            {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
            {"User-Agent": "WhatsApp/2.23.20.0"},
            {"User-Agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"},
            {"User-Agent": "LinkedInBot/1.0"},
            {"User-Agent": "SkypeUriPreview Preview/0.5"},
            {"User-Agent": "curl/8.0"},
            {"User-Agent": ""},
            {"Sec-Purpose": "prefetch;prerender"},
            {"Purpose": "prefetch"},
            {"X-Moz": "prefetch"},
        ):
            with self.subTest(headers):
                self.assertEqual(self._open(**headers).status_code, 200)
        head = self.url_open(self.path, method="HEAD")
        self.assertEqual(head.status_code, 200)
        self.assertEqual(self._clicks(), {})

    def test_opening_changes_nothing_else(self):
        tables = ("crm_lead", "retention_referral", "retention_referral_limit")
        counts = [self._count(table) for table in tables]
        write_date = self.link.write_date
        self._open()
        self._open(self.path + "/thanks")
        self.assertEqual([self._count(table) for table in tables], counts)
        self.env.invalidate_all()
        self.assertEqual(self.link.write_date, write_date)
        self.assertEqual(self._clicks(), {"link": 1})

    def _count(self, table):
        self.env.cr.execute(f"SELECT COUNT(*) FROM {table}")  # pylint: disable=E8103
        return self.env.cr.fetchone()[0]

    def test_code_in_other_letters(self):
        self.assertEqual(
            self._open(f"/refer/{self.link.code.lower()}").status_code, 200
        )

    def test_open_while_the_programme_runs(self):
        """From its first day to its last, by the calendar of the company."""
        self.company.resource_calendar_id.tz = "Pacific/Auckland"
        self.program.write({"date_start": "2026-06-10", "date_end": "2026-06-11"})
        for moment, is_open in (
            ("2026-06-09 11:59:00", False),
            ("2026-06-09 12:00:00", True),
            ("2026-06-11 11:59:00", True),
            ("2026-06-11 12:00:00", False),
        ):
            with self.subTest(moment), self._at(moment):
                self.assertEqual(bool(self.link._page_of(self.link.code)), is_open)
                self.assertEqual(self.program._is_running(), is_open)
        with self._at("2026-06-09 12:00:00"):
            self.link._page_of(self.link.code, "qr")
            self.assertEqual(str(self.link.click_ids.date), "2026-06-10")
            self.program.active = False
            self.assertFalse(self.link._page_of(self.link.code))
            self.assertFalse(self.program._is_running())

    def test_closed_links_answer_as_unknown_ones(self):
        revoked = self.env["retention.referral.link"]._of(self.bert, self.program)
        revoked.action_revoke()
        ended_program = self.program.copy(
            {"date_end": fields.Date.today() - timedelta(days=3)}
        )
        ended = self.env["retention.referral.link"]._of(self.anna, ended_program)
        answers = set()
        for code in ("23456789ABCDEF", revoked.code, ended.code, "x", "a" * 900, "x/y"):
            for send in (False, True):
                path = f"/refer/{code}"
                response = self._send(path) if send else self._open(path)
                self.assertEqual(response.status_code, 404)
                self.assertIn("This link does not work", response.text)
                text = self._read(response)
                answers.add((send, text, response.headers["Content-Type"]))
            self.assertEqual(self._open(f"/refer/{code}/thanks").status_code, 404)
        self.assertEqual(len(answers), 2, "one for all that open it, or send")
        self.assertFalse((revoked | ended).click_ids)
        self.assertFalse(self._leads())

    def test_closed_links_ask_the_database_the_same(self):
        """No difference in the work is no difference in the time."""
        self.link.action_revoke()
        self.env.flush_all()
        Link = self.env["retention.referral.link"]
        self._keep_in_memory()
        for code in (self.link.code, "23456789ABCDEF", "x", "/" * 900):
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                self.assertFalse(Link._page_of(code))

    def test_needs_little(self):
        """Many may open it at once: what it shows is one statement, and its HTML
        has nothing to run."""
        code = self.link.code
        self._keep_in_memory()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.env["retention.referral.link"]._page_of(code)
        self.assertFalse(self._page(self._open()).xpath("//script[@src]"))

    def _keep_in_memory(self):
        """As on any server that has shown a page before."""
        self.company._retention_zones()
        self.env["retention.referral.program"]._pages()

    def test_shows_what_was_changed(self):
        """Though what the programme says is kept in memory."""
        self.env["res.lang"]._activate_lang("de_DE")
        german = {"Accept-Language": "de"}
        self.program.title = "Come in"
        self.assertIn("Come in", self._open().text)
        self._be_somebody_else()
        self.assertNotIn("Nur herein", self._open(**german).text)
        self.program.update_field_translations("title", {"de_DE": "Nur herein"})
        self.assertIn("Nur herein", self._open(**german).text)
        self.company.name = "Blue Sea"
        self.assertIn("Blue Sea", self._open().text)
        self.program.active = False
        self.assertEqual(self._open().status_code, 404)
        self.program.active = True
        self.assertEqual(self._open().status_code, 200)
        other = self.program.copy()
        code = self.env["retention.referral.link"]._of(self.anna, other).code
        self.assertEqual(self._open(f"/refer/{code}").status_code, 200)
        other.unlink()
        self.assertEqual(self._open(f"/refer/{code}").status_code, 404)

    def test_shows_the_picture(self):
        self.assertFalse(self._page(self._open()).xpath("//img[@alt='']"))
        self.assertEqual(self._open(f"{self.path}/picture").status_code, 404)
        self.program.image_1920 = self.PICTURE
        (path,) = self._page(self._open()).xpath("//img[@alt='']/@src")
        picture = self._open(path)
        self.assertEqual(picture.headers["Content-Type"], "image/png")
        self.assertIn("max-age", picture.headers["Cache-Control"])
        self.program.image_1920 = False
        self.assertFalse(self._page(self._open()).xpath("//img[@alt='']"))
        self.assertEqual(self._open(path).status_code, 404)
        self.program.image_1920 = self.PICTURE
        self.link.action_revoke()
        self.assertEqual(self._open(path).status_code, 404)

    def test_shows_the_logo(self):
        self.company.uses_default_logo = True
        self.assertFalse(self._page(self._open()).xpath("//img"))
        self.company.uses_default_logo = False
        (logo,) = self._page(self._open()).xpath("//img/@src")
        self.assertEqual(self._open(logo).status_code, 200)

    def test_in_the_language_of_the_visitor(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"].search(
            [("name", "=", "retention_suite")]
        )._update_translations(["de_DE"])
        self.program.with_context(lang="de_DE").title = "Jemand empfiehlt uns"
        for wanted in ("de-DE,de;q=0.9", "de", "de-AT,de;q=0.9,en;q=0.5", "xx,de"):
            with self.subTest(wanted):
                self._be_somebody_else()
                page = self._page(self._open(**{"Accept-Language": wanted}))
                self.assertEqual(page.get("lang"), "de-DE")
                self.assertIn("Jemand empfiehlt uns", page.text_content())
                page = self._page(
                    self._send(headers={"Accept-Language": wanted}, name="", email="")
                )
                self.assertEqual(page.get("lang"), "de-DE", "also what is refused")
        self._be_somebody_else()
        page = self._page(self._open(**{"Accept-Language": "en-US"}))
        self.assertEqual(page.get("lang"), "en-US")
        self.assertNotIn("Jemand empfiehlt uns", page.text_content())

    def test_lead_is_in_the_language_of_who_gets_it(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.opener.headers["Accept-Language"] = "de-DE"
        self._send()
        lead = self._leads()
        self.assertEqual(lead.lang_id.code, "de_DE", "to answer in it")
        self.assertEqual(lead.name, "Recommended: Carl Friend")


@tagged("post_install", "-at_install")
class TestReferRequest(ReferCase):
    """What friends send."""

    def test_makes_a_lead(self):
        campaign = self.env["utm.campaign"].create({"name": "Autumn"})
        team = self.env["crm.team"].create({"name": "Friends"})
        self.program.write(
            {
                "campaign_id": campaign.id,
                "team_id": team.id,
                "user_id": self.seller.id,
            }
        )
        response = self._send(self.path + "?c=whatsapp")
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.url.endswith("/thanks"))
        self.assertIn("Thank you", response.text)
        lead = self._leads()
        self.assertRecordValues(
            lead,
            [
                {
                    "contact_name": "Carl Friend",
                    "email_from": "carl@friend.example",
                    "phone": "+49 30 1234567",
                    "referred": "Anna Berg",
                    "source_id": self.env.ref("utm.utm_source_referral").id,
                    "campaign_id": campaign.id,
                    "team_id": team.id,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    "partner_id": False,
                }
            ],
        )
        self.assertEqual(lead.medium_id.name, "WhatsApp")
        self.assertIn("in the morning.", lead.description)
        self.assertRecordValues(
            self._referrals(),
            [
                {
                    "referrer_id": self.anna.id,
                    "link_id": self.link.id,
                    "program_id": self.program.id,
                    "channel": "whatsapp",
                    "state": "new",
                    "attribution": "first",
                }
            ],
        )

    def test_medium_by_channel(self):
        self.assertEqual(set(MEDIUMS), set(dict(CHANNELS)))
        mediums = {}
        for channel in ("link", "qr", "mail", "whatsapp", "linkedin", "facebook"):
            values = self.link._lead_values(
                self.link._plain_request(TYPED), "a@b.example", channel
            )
            mediums[channel] = self.env["utm.medium"].browse(values["medium_id"]).name
        self.assertEqual(
            mediums,
            {
                "link": "Direct",
                "qr": "QR Code",
                "mail": "Email",
                "whatsapp": "WhatsApp",
                "linkedin": "LinkedIn",
                "facebook": "Facebook",
            },
        )

    def test_who_is_logged_in_does_not_follow(self):
        portal = self._portal_user(self.bert, "bert_portal")
        portal.password = "bert_portal"
        self.authenticate("bert_portal", "bert_portal")
        self._send()
        self.assertFalse(self._leads().message_partner_ids)
        self.assertFalse(self._referrals().message_partner_ids)

    def test_mail_or_phone_is_enough(self):
        self._send(phone="")
        self._send(email="", phone="030 7654321")
        self.assertEqual(len(self._leads()), 2)

    def test_nobody_gets_it_unless_the_programme_says_so(self):
        self._send()
        self.assertFalse(self._leads().user_id)

    def test_leads_where_the_team_qualifies_first(self):
        self.assertEqual(self.link._lead_type(), "opportunity")
        self.env.ref("base.group_user").implied_ids += self.env.ref(
            "crm.group_use_lead"
        )
        self.assertEqual(self.link._lead_type(), "lead")
        self.program.team_id = self.env["crm.team"].create(
            {"name": "Friends", "use_leads": False}
        )
        self.assertEqual(self.link._lead_type(), "opportunity")

    def test_script_is_text(self):
        script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        self._send(message=script)
        description = self._leads().description
        self.assertNotIn("<script", description)
        self.assertNotIn("<img", description)
        self.assertIn("&lt;script&gt;", description)

    # -- refused ---------------------------------------------------------

    def test_what_is_refused_is_told_and_stays(self):
        for changes, field, told in (
            ({"name": ""}, "name", "tell us your name"),
            ({"name": "123"}, "name", "tell us your name"),
            ({"name": "<b>Carl</b>"}, "name", "your name only"),
            ({"name": "Buy at https://spam.example"}, "name", "your name only"),
            ({"name": "x" * 101}, "name", "101 characters of at most 100"),
            ({"email": "", "phone": ""}, "email", "so that we can reach you"),
            ({"email": "carl"}, "email", "This is no e-mail address"),
            ({"email": "Carl <carl@friend.example>"}, "email", "no e-mail address"),
            ({"email": "a@b.example, c@d.example"}, "email", "no e-mail address"),
            ({"email": f"{'x' * 250}@a.example"}, "email", "of at most 254"),
            ({"phone": "call me"}, "phone", "This is no phone number"),
            ({"phone": "12"}, "phone", "This is no phone number"),
            ({"phone": "1" * 41}, "phone", "of at most 40"),
            ({"message": "x" * 4001}, "message", "4001 characters of at most 4000"),
            ({"consent": None}, "consent", "Without your consent"),
        ):
            with self.subTest(changes):
                response = self._send(**changes)
                self.assertEqual(response.status_code, 422)
                page = self._page(response)
                (marked,) = page.xpath("//*[@aria-invalid='true']")
                self.assertEqual(marked.get("name"), field)
                (refusal,) = page.xpath(
                    f"//*[@id='{marked.get('aria-describedby')}']/text()"
                )
                self.assertIn(told, refusal)
                self._assert_kept(page, {**TYPED, **changes})
        self.assertFalse(self._leads())

    def _assert_kept(self, page, typed):
        for name in ("name", "email", "phone"):
            (field,) = page.xpath(f"//input[@name='{name}']")
            self.assertEqual(field.get("value") or "", typed[name])
        (message,) = page.xpath("//textarea[@name='message']")
        self.assertEqual((message.text or "").strip(), typed["message"])
        (consent,) = page.xpath("//input[@name='consent']")
        self.assertEqual(bool(consent.get("checked")), typed["consent"] == "on")

    def test_link_that_was_closed_meanwhile(self):
        """What was typed can be copied, whatever the code is."""
        token = self._token()
        self.link.action_revoke()
        for path in (self.path, "/refer/23456789ABCDEF"):
            response = self.url_open(path, data={"csrf_token": token, **TYPED})
            self.assertEqual(response.status_code, 404)
            text = self._read(response)
            for name in ("name", "email", "phone", "message"):
                self.assertIn(TYPED[name], text.replace("\r\n", "\n"))
        self.assertFalse(self._leads())

    def test_hidden_field(self):
        response = self._send(homepage="https://spam.example")
        self.assertEqual(response.status_code, 422)
        self.assertIn("as if a program", response.text)
        self._assert_kept(self._page(response), TYPED)
        self.assertFalse(self._leads())

    def test_foreign_form(self):
        for token in (None, "", "0000o9999999999", "\u00fc\u0000", "o"):
            with self.subTest(token):
                response = self._send(csrf_token=token)
                self.assertEqual(response.status_code, 400)
                self._assert_kept(self._page(response), TYPED)
        self.assertFalse(self._leads())
        token = self._page(response).xpath("//input[@name='csrf_token']/@value")[0]
        self._send(csrf_token=token)
        self.assertEqual(len(self._leads()), 1, "sent again, it is served")

    def test_goes_nowhere_else(self):
        for name in ("redirect", "next", "url", "return_url"):
            response = self._send(**{name: "https://evil.example/"})
            self.assertTrue(response.url.endswith(f"{self.path}/thanks"))

    def test_other_ways_to_ask(self):
        for method in ("PUT", "DELETE", "PATCH"):
            response = self.url_open(self.path, data=TYPED, method=method)
            self.assertEqual(response.status_code, 405)
        response = self.url_open(self.path, data={"message": "x" * 2_000_000})
        self.assertEqual(response.status_code, 413)
        self.assertFalse(self._leads())

    # -- limits ----------------------------------------------------------

    def _send_from(self, n, **changes):
        return self._send(email=f"friend{n}@many.example", phone="", **changes)

    def _let_pass(self, **past):
        """An hour, a day: by the time of what was counted and made."""
        self.env.cr.execute(
            "UPDATE retention_referral_limit SET hour = hour - %s",
            [timedelta(**past)],
        )
        self.env.cr.execute(
            "UPDATE retention_referral SET date = date - %s", [timedelta(**past)]
        )
        self.env.invalidate_all()

    def test_limit_of_a_sender(self):
        for n in range(SENDER_LIMIT):
            self.assertEqual(self._send_from(n).status_code, 200)
        response = self._send_from(SENDER_LIMIT)
        self.assertEqual(response.status_code, 422)
        self.assertIn("Please send it again in an hour", response.text)
        self._assert_kept(
            self._page(response),
            {**TYPED, "email": f"friend{SENDER_LIMIT}@many.example", "phone": ""},
        )
        self.assertEqual(len(self._leads()), SENDER_LIMIT)
        self._let_pass(hours=1)
        self.assertEqual(self._send_from(SENDER_LIMIT).status_code, 200)
        self.assertEqual(len(self._leads()), SENDER_LIMIT + 1)

    def test_limit_of_a_link(self):
        typed = self.link._plain_request(TYPED)
        for n in range(LINK_LIMIT):
            typed.update(email=f"friend{n}@many.example", phone="")
            self.assertFalse(self.link._take_request(typed, "link", f"sender {n}"))
        self.assertEqual(self._send().status_code, 422)
        self.assertEqual(len(self._leads()), LINK_LIMIT)
        other = self.env["retention.referral.link"]._of(self.bert, self.program)
        self.assertEqual(self._send(f"/refer/{other.code}").status_code, 200)
        self._let_pass(hours=1)
        self.assertEqual(self._send().status_code, 200)

    def test_senders_are_told_apart(self):
        """Older addresses as such, also in the form of newer ones, which come by the
        network."""
        senders = {}
        for address in (
            "192.0.2.1",
            "::ffff:192.0.2.1",
            "::ffff:192.0.2.2",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8:0:1::1",
            "nonsense",
        ):
            asked = SimpleNamespace(httprequest=SimpleNamespace(remote_addr=address))
            with patch.object(refer, "request", asked):
                senders[address] = refer._sender()
        one, same, other, new, near, far, none = senders.values()
        self.assertEqual(one, same)
        self.assertEqual(new, near)
        self.assertEqual(len({one, other, new, far, none}), 5)

    def test_what_was_counted_is_forgotten(self):
        Limit = self.env["retention.referral.limit"]
        with self._at("2026-06-10 10:00:00"):
            Limit._count("sender", "one")
        with self._at("2026-06-12 10:00:00"):
            Limit._count("sender", "one")
            Limit._gc_past()
        self.assertEqual(len(Limit.search([("hour", "<", "2026-06-13")])), 1)

    def test_no_address_is_kept(self):
        self._send()
        self.env.cr.execute("SELECT sender FROM retention_referral_limit")
        senders = [row[0] for row in self.env.cr.fetchall()]
        self.assertTrue(senders)
        for sender in senders:
            self.assertRegex(sender, "^[0-9a-f]{64}$")
        self._let_pass(days=2)
        self.env["retention.referral.limit"]._gc_past()
        self.assertFalse(self.env["retention.referral.limit"].search([]))

    # -- twice -----------------------------------------------------------

    def test_same_person_makes_one_lead(self):
        self._send()
        for changes in (
            {},
            {"email": " CARL@friend.example"},
            {"email": "", "phone": "0049 30 123 45 67"},
            {"phone": ""},
        ):
            response = self._send(**changes)
            self.assertIn("Thank you", response.text)
        self.assertEqual(len(self._leads()), 1)
        self.assertEqual(len(self._referrals()), 1)
        self._let_pass(days=1)
        self._send()
        self.assertEqual(len(self._leads()), 2, "another day, another request")

    def test_second_message_is_kept(self):
        self._send()
        lead = self._leads()
        before = lead.message_ids
        self._send()
        self.env.invalidate_all()
        self.assertEqual(lead.message_ids, before)
        self._send(message="<b>I forgot</b> something")
        self.env.invalidate_all()
        self.assertIn("&lt;b&gt;I forgot&lt;/b&gt;", (lead.message_ids - before).body)

    def test_what_is_corrected_is_kept(self):
        self._send()
        lead = self._leads()
        before = lead.message_ids
        for _twice in range(2):
            self._send(name="Carla Friend", phone="+49 30 7654321")
        self._send(name="carl friend", phone="0049 30 123 45 67")
        self.env.invalidate_all()
        note = (lead.message_ids - before).ensure_one()
        self.assertIn("Name: Carla Friend", note.body)
        self.assertIn("Phone: +49 30 7654321", note.body)
        self.assertNotIn("E-mail", note.body)
        self.assertEqual(lead.contact_name, "Carl Friend", "who knows who that was")
        self.assertEqual(len(self._referrals()), 1)

    def test_address_that_follows_is_kept(self):
        self._send(email="")
        lead = self._leads()
        self._send()
        self.env.invalidate_all()
        self.assertIn("E-mail: carl@friend.example", lead.message_ids[0].body)

    def test_limit_of_notes(self):
        typed = self.link._plain_request(TYPED)
        self.link._take_request(typed, "link", "sender")
        lead = self._leads()
        before = lead.message_ids
        for n in range(LINK_LIMIT):
            typed["message"] = f"Number {n + 1}."
            self.assertFalse(self.link._take_request(typed, "link", f"sender {n}"))
        self.assertTrue(self.link._take_request({**typed, "message": "!"}, "link", "s"))
        self.assertFalse(self.link._take_request(typed, "link", "s"), "nothing new")
        self.env.invalidate_all()
        self.assertEqual(len(lead.message_ids - before), LINK_LIMIT)
        self._let_pass(hours=1)
        self.assertFalse(
            self.link._take_request({**typed, "message": "!"}, "link", "s")
        )

    def test_two_friends_make_two_leads(self):
        self._send()
        self._send(name="Dora", email="dora@friend.example")
        self.assertEqual(len(self._leads()), 2, "though they share a phone")

    # -- customers -------------------------------------------------------

    def test_customers_are_served(self):
        profiled = self.env["res.partner"].create(
            {"name": "Emil", "email": "Emil@known.example"}
        )
        self._add_profile(profiled)
        won = self.env["res.partner"].create(
            {"name": "Fritz", "phone": "+49 30 7777777"}
        )
        self._new_lead(won).action_set_won()
        asked = self.env["res.partner"].create(
            {"name": "Gina", "email": "gina@known.example"}
        )
        for contact, changes, attribution in (
            (profiled, {"email": "emil@KNOWN.example", "phone": ""}, "customer"),
            (won, {"email": "", "phone": "030 7777777"}, "customer"),
            (asked, {"email": "gina@known.example", "phone": ""}, "first"),
        ):
            with self.subTest(contact.name):
                self.company.country_id = self.env.ref("base.de")
                self.assertEqual(self._send(**changes).status_code, 200)
                referral = self._referrals()[-1]
                self.assertTrue(referral.lead_id)
                self.assertEqual(referral.partner_id, contact)
                self.assertEqual(referral.attribution, attribution)
                self.assertFalse(
                    referral.lead_id.partner_id,
                    "what anybody may type changes no contact",
                )

    def test_phone_that_is_shared(self):
        """The switchboard's number makes nobody a customer who is known by address."""
        self.company.country_id = self.env.ref("base.de")
        won = self.env["res.partner"].create(
            {"name": "Fritz", "phone": "+49 30 7777777"}
        )
        self._new_lead(won).action_set_won()
        gina = self.env["res.partner"].create(
            {"name": "Gina", "email": "gina@known.example"}
        )
        self._send(email="gina@known.example", phone="030 7777777")
        referral = self._referrals()
        self.assertEqual(referral.partner_id, gina)
        self.assertEqual(referral.attribution, "first")
        # nor for good, once it turns out who it is
        self._send(email="somebody@new.example", phone="030 7777777")
        referral = self._referrals()[-1]
        self.assertEqual(referral.attribution, "customer")
        referral.lead_id.partner_id = self.env["res.partner"].create({"name": "Hugo"})
        self._flush()
        self.assertEqual(referral.attribution, "first")
