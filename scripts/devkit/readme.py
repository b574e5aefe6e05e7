"""An addon's README.rst in OCA's form, joined from its `readme/` fragments."""

from .paths import manifest, suite_addons

SECTIONS = (
    ("DESCRIPTION", ""),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("CONTRIBUTORS", "Contributors"),
)


def render(addon):
    """The text of the README of an addon folder."""
    title = manifest(addon)["name"]
    line = "=" * len(title)
    parts = [f"{line}\n{title}\n{line}"]
    for fragment, heading in SECTIONS:
        path = addon / "readme" / f"{fragment}.rst"
        if path.exists():
            head = f"{heading}\n{'=' * len(heading)}\n\n" if heading else ""
            parts.append(head + path.read_text().strip())
    parts.append(
        "License\n=======\n\nLGPL-3.0 or later (https://www.gnu.org/licenses/lgpl)."
    )
    return "\n\n".join(parts) + "\n"


def write():
    """Write the README of every addon."""
    for addon in suite_addons():
        (addon / "README.rst").write_text(render(addon))


def outdated():
    """The READMEs that do not say what their fragments say."""
    return [
        f"{addon.name}/README.rst"
        for addon in suite_addons()
        if not (addon / "README.rst").exists()
        or (addon / "README.rst").read_text() != render(addon)
    ]
