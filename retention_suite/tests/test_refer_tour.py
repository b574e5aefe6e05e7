from odoo.tests import HttpCase, tagged

from .refer_common import ReferCase
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferTour(ReferralCase, HttpCase):
    """One recommendation from the link to the thanks, in a real browser."""

    def setUp(self):
        super().setUp()
        self.program = self.env.ref("retention_suite.referral_program_default")
        self.program.user_id = self.seller
        self.Link = self.env["retention.referral.link"]

    def test_customer_gets_a_link(self):
        user = self._portal_user(self.anna, "anna-portal")
        user.password = "anna-portal"
        self.start_tour(
            "/my/recommendations", "retention_refer_share_tour", login="anna-portal"
        )
        self.assertTrue(self.Link.search([("partner_id", "=", self.anna.id)]).active)

    def test_german_page(self):
        """The customer's own language, on the customer's own page."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"].search(
            [("name", "=", "retention_suite")]
        )._update_translations(["de_DE"])
        user = self._portal_user(self.anna, "anna-portal")
        user.write({"password": "anna-portal", "lang": "de_DE"})
        self.authenticate("anna-portal", "anna-portal")
        page = self.url_open("/my/recommendations").text
        self.assertIn("Meinen Link erhalten", page)
        self.assertIn("Was daraus wurde", page)


@tagged("post_install", "-at_install")
class TestReferFriendInBrowser(ReferCase):
    """The friend, on a phone. The page has no scripts, so no tour runs on it: what
    a friend does is done in a frame of a phone's size."""

    ANSWER = """
        const frame = document.createElement("iframe");
        const page = () => frame.contentDocument;
        const steps = [
            () => {
                if (!page().body.textContent.includes("Anna recommends")) {
                    throw new Error("does not say who recommends");
                }
                if (page().documentElement.scrollWidth > 375) {
                    throw new Error("is wider than a phone");
                }
                page().querySelector("button[type=submit]").click();
                const missing = page().querySelector("input:invalid");
                if (missing.name !== "name") {
                    throw new Error(`asks for ${missing.name} first`);
                }
                page().querySelector("[name=name]").value = "Carl Friend";
                page().querySelector("[name=email]").value = "carl@@friend.example";
                page().querySelector("[name=message]").value = "Please call me.";
                page().querySelector("[name=consent]").click();
                page().querySelector("form").noValidate = true;
                page().querySelector("button[type=submit]").click();
            },
            () => {
                const [wrong] = page().querySelectorAll(".is-invalid");
                if (wrong.name !== "email" || wrong.value !== "carl@@friend.example") {
                    throw new Error("does not say what is wrong");
                }
                wrong.value = "carl@friend.example";
                page().querySelector("button[type=submit]").click();
            },
            () => {
                if (!page().body.textContent.includes("Thank you")) {
                    throw new Error("does not thank");
                }
                console.log("test successful");
            },
        ];
        frame.width = 375;
        frame.height = 667;
        frame.addEventListener("load", () => steps.shift()());
        frame.src = "%s";
        document.body.replaceChildren(frame);
    """

    browser_size = "375x667"
    touch_enabled = True

    def test_friend_answers(self):
        self.program.user_id = self.seller
        self.browser_js("/web/health", self.ANSWER % f"{self.path}?c=whatsapp")
        referral = self._referrals()
        self.assertEqual(referral.channel, "whatsapp")
        self.assertEqual(referral.lead_id.contact_name, "Carl Friend")
        self.assertEqual(referral.lead_id.user_id, self.seller)


@tagged("post_install", "-at_install")
class TestReferThankTour(ReferralCase, HttpCase):
    """The salesperson."""

    def test_salesperson_thanks(self):
        self.seller.password = "seller-password"
        referral = self._recommend(self.anna, "Carl Friend")
        referral.lead_id.user_id = self.seller
        self.env.flush_all()
        self.start_tour(
            "/odoo/action-retention_suite.retention_referral_action_not_thanked",
            "retention_refer_thank_tour",
            login="seller",
        )
        referral.invalidate_recordset()
        self.assertEqual((referral.thank_kind, referral.thank_note), ("gift", "A cake"))
        self.assertEqual(referral.thanked_user_id, self.seller)
