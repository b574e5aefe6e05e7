from io import BytesIO

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

# Odoo leaves a translation empty that equals its source.
SAME_IN_GERMAN = {
    '<i class="fa fa-envelope" role="img" aria-hidden="true"/> Mail',
    '<span class="o_stat_text">Lead</span>',
    (
        '<span invisible="not retention_given_count or'
        ' not retention_received_count">, </span>'
    ),
    "%(customer)s: %(reason)s",
    "%(reason)s: %(note)s",
    "%(rule)s (%(figures)s)",
    "Avatar 128",
    "Chance (%)",
    "Chat",
    "Code",
    "Excel",
    "Facebook",
    "Generation",
    "ID",
    "Icon",
    "Lead",
    "Link",
    "LinkedIn",
    "Links",
    "Mailing",
    "Manager",
    "Marketing",
    "Medium",
    "Name: %s",
    "Meeting",
    "Name",
    "Person",
    "Service",
    "Status",
    "Team",
    "Text",
    "WhatsApp",
}
HOW_TO_MEND = "run `make i18n`, then translate what is empty in i18n/de.po"


@tagged("post_install", "-at_install")
class TestI18n(TransactionCase):
    """Every text of the suite is in the template, and in German."""

    def _file(self, name):
        return polib.pofile(f"{get_module_path('retention_suite')}/i18n/{name}")

    def _texts(self, catalogue):
        return {entry.msgid for entry in catalogue if not entry.obsolete}

    def _exported(self):
        buffer = BytesIO()
        trans_export(False, ["retention_suite"], buffer, "po", self.env)
        return self._texts(polib.pofile(buffer.getvalue().decode()))

    def test_template_is_up_to_date(self):
        texts = self._texts(self._file("retention_suite.pot"))
        self.assertEqual(texts ^ self._exported(), set(), HOW_TO_MEND)

    def test_german_is_complete(self):
        german = self._file("de.po")
        self.assertEqual(self._exported() - self._texts(german), set(), HOW_TO_MEND)
        unfinished = {e.msgid for e in german if not e.translated() and not e.obsolete}
        self.assertEqual(unfinished - SAME_IN_GERMAN, set(), HOW_TO_MEND)

    def test_german_keeps_the_placeholders(self):
        for entry in self._file("de.po").translated_entries():
            self.assertEqual(
                entry.msgid.count("%("),
                entry.msgstr.count("%("),
                f"placeholders differ: {entry.msgid}",
            )
