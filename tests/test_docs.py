"""The manual and the Apps entry: true, complete, and nothing in them leads nowhere."""

import re
from io import StringIO

import pytest
from devkit import i18n
from devkit.paths import ROOT
from docutils.core import publish_doctree
from docutils.nodes import image, reference
from lxml import html

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.rst"))
ENTRY = ROOT / "retention_suite/static/description"
CHAPTERS = ["README.rst", "administrator.rst", "manager.rst", "reference.rst"]
CHAPTERS += ["salesperson.rst"]


def parsed(page):
    """The page, with no warning."""
    said = StringIO()
    tree = publish_doctree(
        page.read_text(),
        source_path=str(page),
        settings_overrides={"warning_stream": said, "report_level": 1},
    )
    assert said.getvalue() == ""
    return tree


def pictures(page):
    """The names of those that a page shows, in their order."""
    return [node["uri"].split("/")[-1] for node in parsed(page).findall(image)]


def test_both_languages_have_all_chapters():
    for folder in (DOCS, DOCS / "de"):
        assert sorted(page.name for page in folder.glob("*.rst")) == CHAPTERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_page_leads_somewhere(page):
    tree = parsed(page)
    targets = [node["uri"] for node in tree.findall(image)]
    targets += [node["refuri"] for node in tree.findall(reference) if "refuri" in node]
    for target in targets:
        assert (page.parent / target).is_file(), target


def test_every_picture_is_in_both_languages():
    english, german = (
        {path.name for path in (DOCS / "images" / language).glob("*.png")}
        for language in ("en", "de")
    )
    assert english == german
    assert english == {name for page in PAGES for name in pictures(page)}


def test_both_manuals_show_the_same():
    for name in CHAPTERS:
        assert pictures(DOCS / name) == pictures(DOCS / "de" / name), name


def test_apps_entry_shows_true_pictures():
    page = html.fromstring((ENTRY / "index.html").read_text())
    sources = page.xpath("//img/@src")
    assert len(sources) >= 10
    for source in sources:
        assert (ENTRY / source).is_file(), source
        original = DOCS / "images" / source.removeprefix("screens/")
        assert (ENTRY / source).read_bytes() == original.read_bytes()
    size = sum(path.stat().st_size for path in ENTRY.rglob("*.png"))
    assert size < 2_000_000


def test_reference_is_what_the_suite_says(base_copy, tmp_path):
    """Every menu, figure, setting and field, in both languages: `make i18n`."""
    with base_copy("docs") as db:
        db.install(["retention_suite"])
        i18n.write_reference(db, tmp_path)
    for name in ("reference.rst", "de/reference.rst"):
        wanted = (tmp_path / name).read_text()
        assert (DOCS / name).read_text() == wanted, "run `make i18n`"
        assert len(re.findall(r"^\*\*", wanted, re.MULTILINE)) > 150
