"""The reference of the manual, from what the suite itself says of its parts.

Read by Odoo's shell, which knows `env`: writes the pages of both languages into the
folder that RETENTION_REFERENCE names.
"""

import os
from pathlib import Path

from lxml import html

FOLDER = os.environ["RETENTION_REFERENCE"]
ROOT_MENU = "retention_suite.retention_menu_root"
SETTINGS = "res.config.settings"
# What an administrator or a manager sets up.
SET_UP = (
    "retention.contact.policy",
    "retention.journey.stage",
    "retention.journey.rule",
    "retention.purpose.rule",
    "retention.risk.factor",
    "retention.referral.program",
    "retention.play",
)
# What a salesperson reads.
SHOWN = (
    "retention.profile",
    "retention.alert",
    "retention.touchpoint",
    "retention.handover",
    "retention.referral",
    "retention.winback",
)
WORDS = {
    "en_US": {
        "title": "Reference",
        "about": "Every screen, figure, setting and field, in the words of the suite.",
        "screens": "Screens",
        "figures": "Figures of the overview",
        "settings": "Settings",
        "default": "Default: %s.",
        "set_up": "What is set up",
        "shown": "What is shown",
    },
    "de_DE": {
        "title": "Nachschlagen",
        "about": "Jeder Bildschirm, jede Kennzahl, jede Einstellung und jedes Feld,"
        " in den Worten der Suite.",
        "screens": "Bildschirme",
        "figures": "Kennzahlen der Übersicht",
        "settings": "Einstellungen",
        "default": "Vorgabe: %s.",
        "set_up": "Was eingerichtet wird",
        "shown": "Was gezeigt wird",
    },
}


def write(env):
    """Write the pages of all languages."""
    for language, words in WORDS.items():
        spoken = env(context={"lang": language})
        folder = Path(FOLDER) / ("de" if language == "de_DE" else "")
        folder.mkdir(parents=True, exist_ok=True)
        lines = list(_page(spoken, words))
        (folder / "reference.rst").write_text("\n".join(lines) + "\n")


def _page(env, words):
    yield from _heading(words["title"], "=")
    yield words["about"]
    yield from _heading(words["screens"], "-")
    root = env.ref(ROOT_MENU)
    for menu in env["ir.ui.menu"].search([("id", "child_of", root.id)]).sorted(_place):
        if menu != root and menu.action:
            yield from _term(_path(menu, root), _action_help(env, menu.action))
    yield from _heading(words["figures"], "-")
    overview = env["retention.overview"]
    helps = overview._figure_helps()
    for key, label in overview._figure_labels().items():
        yield from _term(label, helps[key])
    yield from _heading(words["settings"], "-")
    yield from _settings(env, words)
    for part, models in (("set_up", SET_UP), ("shown", SHOWN)):
        yield from _heading(words[part], "-")
        for name in models:
            yield from _heading(_model_name(env, name), "~")
            yield from _fields(env, name)


def _place(menu):
    """Where a menu stands, by those above it."""
    places = []
    while menu:
        places.insert(0, (menu.sequence, menu.id))
        menu = menu.parent_id
    return places


def _path(menu, root):
    names = []
    while menu != root:
        names.insert(0, menu.name)
        menu = menu.parent_id
    return " → ".join(names)


def _action_help(env, action):
    """What an empty screen says: what it is for."""
    text = action.help if "help" in action._fields else ""
    if action._name == "ir.actions.server":
        # it chooses between two views of the same
        xml_id = action.get_external_id()[action.id].removesuffix("_menu")
        window = env.ref(xml_id, raise_if_not_found=False)
        text = window.help if window else ""
    tree = html.fromstring(f"<div>{text or ''}</div>")
    # what it is for, without what is missing
    for title in tree.find_class("o_view_nocontent_smiling_face"):
        title.drop_tree()
    return " ".join(tree.text_content().split())


def _settings(env, words):
    Settings = env[SETTINGS]
    for name, field in sorted(Settings.fields_get().items()):
        if not name.startswith("retention_") or field.get("readonly"):
            continue
        default = env["res.company"].default_get([name]).get(name)
        text = field.get("help") or ""
        # what is a domain says nothing to people
        if default not in (None, "") and not str(default).startswith("["):
            choices = dict(field.get("selection") or ())
            shown = choices.get(default, _shown(env, default))
            text = f"{text} {words['default'] % shown}"
        yield from _term(field["string"], text)


def _shown(env, value):
    if isinstance(value, bool):
        selection = {"en_US": ("no", "yes"), "de_DE": ("nein", "ja")}
        return selection[env.lang][value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _model_name(env, name):
    return env["ir.model"]._get(name).name


def _fields(env, name):
    for field in env[name].fields_get().values():
        if text := field.get("help"):
            yield from _term(field["string"], text)


def _heading(text, line):
    yield from ("", text, line * len(text), "")


def _term(label, text):
    text = " ".join((text or "").split()).replace("*", "\\*").replace("`", "\\`")
    label = " ".join(label.split()).replace("*", "\\*")
    yield from (f"**{label}**", f"   {text}", "") if text else (f"**{label}**", "")


write(env)  # noqa: F821
