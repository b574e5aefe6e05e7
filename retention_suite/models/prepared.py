from zlib import crc32

from odoo.tools import SQL


def prepared(cr, query):
    """Return a statement that PostgreSQL plans once for each connection, to execute
    with its values. For what people wait for, where planning takes most of the time.

    It is prepared with its first execution: that is no query more. Its values must
    not be tuples (``IN %s``), and need a type where PostgreSQL cannot see it.

    :param cr: the cursor that will execute it
    :param SQL query: one statement
    """
    known = _known(cr)
    if known is None:
        return query
    name = f"retention_{crc32(query.code.encode()):x}"
    values = SQL(", ").join(query.params)
    execute = SQL("EXECUTE %s(%s)", SQL.identifier(name), values)
    if name in known:
        return execute
    known.add(name)
    numbers = (SQL(f"${number}") for number in range(1, len(query.params) + 1))
    code = SQL(query.code, *numbers)
    return SQL("PREPARE %s AS %s; %s", SQL.identifier(name), code, execute)


def not_prepared(cr):
    """Prepare nothing more on this connection: a statement failed, maybe because it
    is not there. Behind a pooler every transaction may have another server.

    :param cr: its cursor
    """
    cr.connection.retention_prepared = None


def _known(cr):
    """The names of what is prepared on a connection of Odoo's, None if nothing may
    be. They live as long as it does."""
    return vars(cr.connection).setdefault("retention_prepared", set())
