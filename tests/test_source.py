"""Which Odoo is used: ODOO_HOME in its forms, another series refused."""

import pytest
from devkit import source
from devkit.errors import ToolError

from conftest import ODOO_HOME


def fake_odoo(tree, version):
    """As much of an Odoo as is looked at."""
    (tree / "odoo").mkdir(parents=True)
    release = f"FINAL = 'final'\nversion_info = ({version}, FINAL, 0, '')\n"
    (tree / "odoo/release.py").write_text(release)


@pytest.mark.parametrize("layout", source.LAYOUTS)
def test_every_layout_is_found(tmp_path, monkeypatch, layout):
    fake_odoo(tmp_path / layout, "19, 0, 0")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    assert source.get().tree == tmp_path / layout


@pytest.mark.parametrize(
    ("version", "series"), [("18, 0, 0", "18.0"), ("'saas~19', 1, 0", "saas~19.1")]
)
def test_other_series_is_refused(tmp_path, monkeypatch, version, series):
    fake_odoo(tmp_path, version)
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(ToolError) as caught:
        source.get()
    assert str(caught.value) == (
        f"ODOO_HOME holds Odoo {series}; the suite needs 19.0. "
        "Point ODOO_HOME at an Odoo 19.0, or unset it."
    )


def test_no_odoo_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(ToolError, match="holds no Odoo. Point ODOO_HOME at"):
        source.get()


def test_debian_moving_on_is_told(tmp_path):
    fake_odoo(tmp_path, "20, 0, 0")
    with pytest.raises(ToolError, match="Debian's package holds Odoo 20.0"):
        source.checked(tmp_path, "Debian's package", "or remove it.")


def test_git_checkout_brings_its_addons(tmp_path):
    fake_odoo(tmp_path, "19, 0, 0")
    crm = tmp_path / "addons/crm"
    crm.mkdir(parents=True)
    (crm / "__manifest__.py").write_text("{}")
    found = source.Odoo(tmp_path)
    assert found.addons == [tmp_path / "addons"]
    assert found.addon("crm") == crm
    with pytest.raises(ToolError, match="this Odoo has no addon nothing"):
        found.addon("nothing")


def test_real_odoo_is_accepted(monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(ODOO_HOME))
    assert source.get().addon("crm").is_dir()
