"""Takes the screenshots: run in the environment that has the browser's driver.

camera.py URL CHROMIUM PROFILE ROOT [NAME …]
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PATIENCE = 30_000  # milliseconds
COLOURS = 128
LANGUAGES = {"en": "en_US", "de": "de_DE"}
DESKTOP, PHONE = (1400, 900), (390, 844)
MODULE = "retention_suite"
# What is never to be in a picture.
FAULTS = ".o_error_dialog, .o_view_nocontent, .o_retention_block_error"
DRAWN = """() => [...document.images].every(
        (image) => image.complete || image.loading === "lazy")
    && document.fonts.status === "loaded"
    && !document.querySelector(".o_loading_indicator, .o_blockUI")"""
# As a click on the menu does, wherever the menu hides at that size.
OPEN = """(xmlid) => {
    const {menu} = odoo.__WOWL_DEBUG__.root.env.services;
    return menu.selectMenu(menu.getAll().find((each) => each.xmlid === xmlid));
}"""
CALL = """([model, method, args]) => fetch("/web/dataset/call_kw", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({params: {model, method, args, kwargs: {}}}),
}).then((answer) => answer.json()).then(({error, result}) => {
    if (error) throw new Error(error.data.message);
    return result;
})"""


@dataclass(frozen=True)
class Shot:
    """A screen of the suite.

    :param name: of the file
    :param menu: the name of its menu in the module
    :param ready: what is there once it is drawn
    :param login: who looks
    :param size: of the window
    :param clicks: what is clicked before, one after the other
    :param is_shown: whether the Apps entry shows it, too
    """

    name: str
    menu: str
    ready: str
    login: str = "admin"
    size: tuple = DESKTOP
    clicks: tuple = ()
    is_shown: bool = False


OVERVIEW = Shot("overview", "retention_overview_menu", ".o_retention_stock canvas")
THIS_YEAR = (".o_retention_period", "[data-period=year].o-dropdown-item")
SHOTS = (
    replace(OVERVIEW, size=(1400, 1290), clicks=THIS_YEAR, is_shown=True),
    replace(OVERVIEW, name="overview_phone", login="anna", size=PHONE, is_shown=True),
    replace(OVERVIEW, name="overview_whole", size=(1400, 2700), clicks=THIS_YEAR),
    replace(
        OVERVIEW,
        name="first_steps",
        ready=".o_retention_onboarding_steps",
        clicks=(".o_retention_show_steps",),
    ),
    Shot(
        "workbook",
        "retention_profile_menu",
        ".modal .o_form_view .o_radio_item",
        clicks=(
            ".o_data_row .o-checkbox >> nth=0",
            ".o_data_row .o-checkbox >> nth=1",
            ".o_cp_action_menus .dropdown-toggle",
            ".o_menu_item:has(.fa-file-excel-o), .o_menu_item:has-text('Excel')",
        ),
    ),
    Shot("todo", "retention_alert_menu", ".o_data_row", is_shown=True),
    Shot("todo_phone", "retention_alert_menu", ".o_kanban_record", "anna", PHONE),
    Shot("unanswered", "retention_alert_unanswered_menu", ".o_data_row"),
    Shot("customers", "retention_profile_menu", ".o_data_row"),
    Shot(
        "customer",
        "retention_profile_menu",
        ".o_form_view .o_notebook .o_kanban_record",
        clicks=(".o_data_row .o_data_cell[name=partner_id]",),
        is_shown=True,
    ),
    Shot("journey", "retention_journey_menu", ".o_kanban_record", is_shown=True),
    Shot("handovers", "retention_handover_menu", ".o_data_row, .o_kanban_record"),
    Shot("recommendations", "retention_referral_menu", ".o_data_row"),
    Shot("ask", "retention_ask_menu", ".o_data_row, .o_kanban_record"),
    Shot("chain", "retention_referral_chain_menu", ".o_hierarchy_node"),
    Shot("winback", "retention_winback_menu", ".o_kanban_record", is_shown=True),
    Shot(
        "case",
        "retention_winback_menu",
        ".o_form_view .o-mail-Chatter",
        clicks=(".o_kanban_record",),
    ),
    *(
        Shot(name, menu, ".o_data_row, .o_pivot, canvas")
        for name, menu in (
            ("advocates", "retention_advocate_report_menu"),
            ("contacts", "retention_contact_report_menu"),
            ("answers", "retention_answer_report_menu"),
            ("stock", "retention_journey_stock_menu"),
            ("flow", "retention_journey_flow_menu"),
            ("winbacks", "retention_winback_report_menu"),
            ("risk", "retention_profile_risk_menu"),
            ("value", "retention_profile_value_menu"),
            ("losses", "retention_loss_report_menu"),
            ("churn", "retention_churn_report_menu"),
            ("cohorts", "retention_cohort_report_menu"),
            ("plays", "retention_play_verdict_menu"),
        )
    ),
    Shot("policies", "retention_contact_policy_menu", ".o_data_row"),
    Shot("rules", "retention_journey_rule_menu", ".o_data_row"),
    Shot("settings", "retention_settings_menu", ".app_settings_block"),
)


class Camera:
    """A browser that logs in as somebody and looks at screens."""

    def __init__(self, url, browser, root):
        self.url = url
        self.browser = browser
        self.root = Path(root)
        self.errors = []

    def take(self, shots):
        """Take each in each language."""
        for login in sorted({shot.login for shot in shots}):
            for size in sorted({s.size for s in shots if s.login == login}):
                page = self._log_in(login, size)
                for short, language in LANGUAGES.items():
                    self._speak(page, login, language)
                    for shot in shots:
                        if (shot.login, shot.size) == (login, size):
                            self._take(page, shot, short)
                self._speak(page, login, LANGUAGES["en"])
                page.context.close()

    def _log_in(self, login, size):
        width, height = size
        is_phone = width < 500
        page = self.browser.new_page(
            viewport={"width": width, "height": height},
            is_mobile=is_phone,
            has_touch=is_phone,
        )
        page.set_default_timeout(PATIENCE)
        # raised in here, nobody would hear of it
        page.on("pageerror", self.errors.append)
        page.goto(f"{self.url}/web/login")
        page.fill("#login", login)
        page.fill("#password", login)
        page.click("button[type=submit]")
        page.wait_for_selector(".o_web_client .o_main_navbar")
        return page

    def _speak(self, page, login, language):
        """Have somebody's screens in a language."""
        ids = page.evaluate(CALL, ["res.users", "search", [[["login", "=", login]]]])
        page.evaluate(CALL, ["res.users", "write", [ids, {"lang": language}]])

    def _take(self, page, shot, language):
        page.goto("about:blank")
        page.goto(f"{self.url}/odoo/retention-overview")
        page.wait_for_selector(".o_retention_overview")
        page.evaluate(OPEN, f"{MODULE}.{shot.menu}")
        for click in shot.clicks:
            page.locator(click).first.click()
        page.locator(shot.ready).first.wait_for()
        page.wait_for_function(DRAWN)
        # charts are drawn in, menus fade out
        page.mouse.move(0, shot.size[1] - 1)
        page.wait_for_timeout(1200)
        if page.locator(FAULTS).count() or self.errors:
            raise SystemExit(
                f"{shot.name} ({language}) is empty or shows an error {self.errors}"
            )
        target = self.root / "docs/images" / language / f"{shot.name}.png"
        self._save(page, target)
        if shot.is_shown:
            folder = self.root / MODULE / "static/description/screens" / language
            folder.mkdir(parents=True, exist_ok=True)
            (folder / target.name).write_bytes(target.read_bytes())

    def take_banner(self):
        """Draw the banner of the Apps entry, as large as shops of addons show it."""
        page = self.browser.new_page(
            viewport={"width": 560, "height": 280}, device_scale_factor=2
        )
        page.goto(Path(__file__).with_name("banner.html").as_uri())
        page.wait_for_function(DRAWN)
        # in all its colours: a gradient has many
        page.screenshot(path=self.root / MODULE / "static/description/banner.png")
        page.context.close()

    def _save(self, page, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        with Image.open(target) as image:
            small = image.convert("RGB").quantize(COLOURS)
        small.save(target, optimize=True)


def main():
    url, chromium, profile, root, *names = sys.argv[1:]
    shots = [shot for shot in SHOTS if not names or shot.name in names]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            env={"HOME": profile},
        )
        camera = Camera(url, browser, root)
        camera.take(shots)
        if not names:
            camera.take_banner()
        browser.close()


if __name__ == "__main__":
    main()
