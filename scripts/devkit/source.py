"""Which Odoo to use: the one of ODOO_HOME, else Debian's."""

import ast
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .debian import TREE, provision
from .errors import ToolError
from .paths import SERIES, short_hash

# A git checkout or a dist-packages tree, a prefix, /usr.
LAYOUTS = ("", TREE, "lib/python3/dist-packages")


@dataclass(frozen=True)
class Odoo:
    """An Odoo on disk; `tree` is what goes on Python's path."""

    tree: Path

    @property
    def addons(self):
        """Addon folders that Odoo does not find by itself."""
        folder = self.tree / "addons"
        # Debian's package has every addon twice; the one in `odoo` is complete.
        inside = self.tree / "odoo/addons/crm"
        return [folder] if folder.is_dir() and not inside.is_dir() else []

    def addon(self, name):
        """The folder of one of Odoo's addons."""
        for folder in (self.tree / "odoo/addons", *self.addons):
            if (folder / name / "__manifest__.py").is_file():
                return folder / name
        raise ToolError(
            f"this Odoo has no addon {name}", "Point ODOO_HOME at a complete Odoo 19."
        )

    @property
    def key(self):
        """Changes when the Odoo does: what was built with another one is made again."""
        head = subprocess.run(
            ["git", "-C", str(self.tree), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return short_hash(f"{self.tree.resolve()} {head}")


def get():
    """The Odoo to use, checked."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return checked(Path(home).expanduser().absolute(), "ODOO_HOME", "or unset it.")
    prefix = provision()
    return checked(prefix, "Debian's package", f"or remove {prefix}.")


def checked(home, origin, otherwise):
    """The Odoo in a folder; another series is refused."""
    remedy = f"Point ODOO_HOME at an Odoo {SERIES}, {otherwise}"
    tree = find_tree(home)
    if tree is None:
        raise ToolError(f"{origin} ({home}) holds no Odoo", remedy)
    series = read_series(tree / "odoo/release.py")
    if series != SERIES:
        raise ToolError(
            f"{origin} holds Odoo {series}; the suite needs {SERIES}", remedy
        )
    return Odoo(tree)


def find_tree(home):
    """The folder that holds the Python package `odoo`."""
    for layout in LAYOUTS:
        if (home / layout / "odoo/release.py").is_file():
            return home / layout
    return None


def read_series(release):
    """The series out of Odoo's release.py, without running it."""
    for node in ast.parse(release.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "version_info":
            parts = [getattr(part, "value", None) for part in node.value.elts[:2]]
            return ".".join(str(part) for part in parts)
    return "of an unknown series"
