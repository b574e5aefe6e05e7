"""The benchmark's databases: Odoo's side filled once, the suite's side a copy.

For each number of customers there are two of the same content, one without the
suite and one with it.
"""

import hashlib
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import db as service
from odoo.tools import SQL

from . import fill
from .report import say

SUITE = "retention_suite"


class Database:
    """One database, in use by nobody else."""

    def __init__(self, name):
        self.name = name

    @contextmanager
    def env(self, uid=SUPERUSER_ID):
        """An environment as a request would have it; committed at its end."""
        with Registry(self.name).cursor() as cr:
            yield api.Environment(cr, uid, {})

    def execute(self, statement, *args):
        """Run one statement outside of any transaction (VACUUM wants that)."""
        with closing(odoo.sql_db.db_connect(self.name).cursor()) as cr:
            cr._cnx.autocommit = True
            cr.execute(SQL(statement, *args))

    def query(self, statement, *args):
        """Return the rows of one statement."""
        with closing(odoo.sql_db.db_connect(self.name).cursor()) as cr:
            cr.execute(SQL(statement, *args))
            return cr.fetchall()

    def vacuum(self, *tables):
        """Have tables as tight as new ones, so that each measurement begins
        with the same pages."""
        for table in tables:
            self.execute("VACUUM (FULL, ANALYZE) %s", SQL.identifier(table))

    def disconnect(self):
        """Close all connections; their statistics are then complete."""
        odoo.sql_db.close_db(self.name)

    def exists(self):
        return self.name in service.list_dbs(force=True)

    def drop(self):
        if self.exists():
            Registry.delete(self.name)
            service.exp_drop(self.name)

    def copy_from(self, other):
        self.drop()
        other.disconnect()
        service.exp_duplicate_database(other.name, self.name)

    def rename(self, name):
        self.disconnect()
        service.exp_rename(self.name, name)
        return Database(name)

    def install(self, module):
        Registry.new(self.name, update_module=True, install_modules=[module])


def filled(base, size):
    """Return Odoo's side of a size, to be copied; one filled today is used again."""
    database = Database(f"{base.name}_odoo_{size.customers}_{_key(base, size)}")
    if not database.exists():
        drop_all(f"{base.name}_odoo_{size.customers}_")
        # Only a complete one gets the name that is looked for.
        draft = Database(f"{base.name}_draft")
        draft.copy_from(base)
        say(f"filling {size.customers:,} customers, {size.messages:,} messages")
        fill.fill(draft, size)
        draft.execute("VACUUM (ANALYZE)")
        draft.rename(database.name)
    return database


def without_suite(base, size):
    """Return a copy of Odoo's side."""
    database = Database(f"{base.name}_plain_{size.customers}")
    database.copy_from(filled(base, size))
    return database


def with_suite(base, size):
    """Return a copy of Odoo's side with the suite installed in it."""
    database = Database(f"{base.name}_suite_{size.customers}")
    source = filled(base, size)
    say(f"installing {SUITE} beside {size.customers:,} customers")
    database.copy_from(source)
    database.install(SUITE)
    database.execute("VACUUM (ANALYZE)")
    return database


def _key(base, size):
    """What a filled database depends on. The day is part of it: who is overdue
    depends on it as well."""
    made = base.query(
        "SELECT value FROM ir_config_parameter WHERE key = 'database.create_date'"
    )
    text = Path(fill.__file__).read_text()
    parts = (made, size, text, date.today())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]


def drop_all(prefix):
    """Drop the databases whose names begin so."""
    for name in service.list_dbs(force=True):
        if name.startswith(prefix):
            Database(name).drop()
