"""Odoo from Debian: fetched and unpacked, never installed.

Only Debian's `sid` has Odoo 19. Installing it would pull sid's Python and libc,
so its package and the front-end files it links to are unpacked into a prefix
of our own. Needs no root.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .errors import ToolError, say
from .locks import exclusive
from .paths import SERIES, cache_dir, require_space
from .process import ProgramError, clean_env, run_logged

# Goes up when what is unpacked changes: older prefixes are then left alone.
RECIPE = 1
# sid's font-awesome is 7.x, whose files have other names: take Debian 12's.
STABLE = "bookworm"
STABLE_PACKAGES = [
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-glyphicons-halflings",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
]
SID_PACKAGES = ["odoo-19", "fonts-montserrat"]
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
UNREACHED = ("Could not connect", "Could not resolve", "Temporary failure", "timed out")
TREE = "usr/lib/python3/dist-packages"
# Not free in Debian's eyes, and only for blurred backgrounds in calls.
LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
OWN_ODOO = "or point ODOO_HOME at an Odoo 19."


def provision():
    """The prefix with Odoo, fetched when it is not there yet."""
    prefix = cache_dir() / f"odoo-{SERIES}-{RECIPE}"
    if prefix.is_dir():
        return prefix
    with exclusive(cache_dir() / "odoo.lock"):
        if not prefix.is_dir():
            _provision(prefix)
    return prefix


def _provision(prefix):
    require_space(cache_dir(), 2.0, "fetching Odoo")
    say(f"fetching Odoo {SERIES} from Debian (about 130 MB, once per machine)")
    debs = _download()
    say("unpacking Odoo")
    # A kill leaves a temporary folder, never half a prefix.
    for stale in cache_dir().glob("unpack-*"):
        shutil.rmtree(stale, ignore_errors=True)
    unpacked = Path(tempfile.mkdtemp(prefix="unpack-", dir=cache_dir()))
    for deb in debs:
        run_logged(
            ["dpkg-deb", "-x", deb, unpacked],
            cache_dir() / "unpack.log",
            f"{deb.name} could not be unpacked",
            f"Remove {deb.parent} and try again.",
        )
    _complete(unpacked)
    unpacked.chmod(0o755)
    unpacked.rename(prefix)


def _complete(prefix):
    """Put in what Debian leaves out, and check that every link resolves."""
    script = prefix / TREE / "odoo/addons" / LEFT_OUT
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("// Left out by Debian; nothing needs it to load.\n")
    for folder, _folders, files in os.walk(prefix):
        for name in files:
            path = Path(folder, name)
            if path.is_symlink() and not path.exists():
                say(f"warning: {path.name} is missing in Debian's packages")


def mirror():
    """The machine's own Debian mirror, so that no host is written down here."""
    if os.environ.get("RETENTION_MIRROR"):
        return os.environ["RETENTION_MIRROR"]
    if not shutil.which("apt-get"):
        raise ToolError(
            "this is not Debian: there is no apt-get", f"Use Debian 12, {OWN_ODOO}"
        )
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    # Other vendors' repositories call their suites like Debian's; not their folder.
    for uri in listed:
        if uri.rstrip("/").endswith("/debian"):
            return uri
    raise ToolError(
        "apt knows no Debian mirror",
        f"Set RETENTION_MIRROR to the address of one, {OWN_ODOO}",
    )


def _download():
    """The packages' files, in the cache."""
    work = cache_dir() / "apt"
    debs = cache_dir() / "debs"
    for folder in (work / "lists/partial", debs):
        folder.mkdir(parents=True, exist_ok=True)
    options = _apt_options(work)
    _apt([*options, "update"], work)
    wanted = [f"{name}/{STABLE}" for name in STABLE_PACKAGES]
    wanted += [f"{name}/sid" for name in SID_PACKAGES]
    for old in debs.glob("*.deb"):
        old.unlink()
    _apt([*options, "download", *wanted], work, cwd=debs)
    return sorted(debs.glob("*.deb"))


def _apt_options(work):
    """apt with sources and package lists of our own; the system's are not touched."""
    sources = work / "sources.list"
    uri = mirror()
    sources.write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {uri} {suite} main\n"
            for suite in (STABLE, "sid")
        )
    )
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": work / "lists",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Acquire::Retries": 2,
        "Acquire::Languages": "none",
        # Without it a list that could not be fetched is only a warning.
        "APT::Update::Error-Mode": "any",
        # apt's own account cannot reach a folder below root's home.
        "APT::Sandbox::User": "root",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _apt(arguments, work, cwd=None):
    log = work / "apt.log"
    env = clean_env(LC_ALL="C.UTF-8")
    command = ["apt-get", "-q", *arguments]
    try:
        run_logged(command, log, "apt-get failed", env=env, cwd=cwd)
    except ProgramError as error:
        raise ToolError(
            _what_failed(error.output),
            f"Check the network and apt's settings, {OWN_ODOO} The log is {log}.",
        ) from None


def _what_failed(output):
    """What apt has to say, in few words."""
    if any(sign in output for sign in UNREACHED):
        return "no Debian mirror could be reached"
    told = [line for line in output.splitlines() if line.startswith("E: ")]
    return f"apt-get did not fetch Odoo: {told[-1][3:] if told else 'no reason given'}"
