"""`scripts/dev`: one command with a subcommand per make target."""

import argparse

from . import bench, i18n, lint, run, screenshots, test, test_odoo

COMMANDS = {
    "run": ("serve the suite with demo data", run.add_options, run.main),
    "test": ("run the tests", test.add_options, test.main),
    "test-odoo": (
        "run Odoo's own tests with the suite",
        test_odoo.add_options,
        test_odoo.main,
    ),
    "lint": ("check the code", lint.add_options, lint.main),
    "format": ("format the code", lint.add_format_options, lint.format_main),
    "i18n": ("bring texts and READMEs up to date", i18n.add_options, i18n.main),
    "screenshots": (
        "take the pictures of the screens anew",
        screenshots.add_options,
        screenshots.main,
    ),
    "bench": ("run the benchmarks", bench.add_options, bench.main),
}


def main(argv):
    """Parse the command line and run what it says."""
    parser = argparse.ArgumentParser(prog="scripts/dev", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, (text, add_options, function) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=function.__doc__)
        add_options(command)
        command.set_defaults(function=function)
    options = parser.parse_args(argv)
    return options.function(options)
