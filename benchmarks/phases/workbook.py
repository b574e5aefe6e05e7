"""Writing all customers into a workbook, against reading the same rows."""

from ..report import ratio
from ..timing import alternate, stopwatch
from . import memory, overview, suite

ALLOWED = 5
ALLOWED_MEMORY = 150
REPEAT = 3


def measure(bench):
    """Return the time of the sheet of customers against that of reading its rows
    through Odoo, and against bare SQL, and the memory of a whole workbook."""
    database = bench.suite
    suite.ensure_run(database)
    overview.fill(database, bench.size.customers)
    suite.rest(database)
    what = f"Workbook, {bench.size.customers:,} customers"
    written, read = alternate(
        lambda: _customers(database, is_written=True),
        lambda: _customers(database, is_written=False),
        REPEAT,
    )
    found = memory.alone("workbook", database)
    return [
        ratio(f"{what}, against reading them", written, read, ALLOWED),
        ratio(f"{what}, against bare SQL", written, _bare(database)),
        memory.result(f"Memory of the whole workbook: {what}", found, ALLOWED_MEMORY),
    ]


def whole(database):
    """Write the whole workbook in this process and print what it took."""
    with database.env() as env:
        env["retention.overview"].with_user(env.ref("base.user_admin")).get_frame()
    memory.tell_memory(_whole, database)


def _whole(database):
    with database.env() as env:
        manager = env.ref("base.user_admin")
        content = env["retention.workbook"].with_user(manager)._write({})
        # it has them all
        assert len(content) > 10 * env["retention.profile"].search_count([])


def _customers(database, is_written):
    """Return how long the customers take: read and written, or read only."""
    with database.env() as env:
        workbook = env["retention.workbook"].with_user(env.ref("base.user_admin"))
        scope = env["retention.overview"].with_user(workbook.env.user)._scope({})
        [table] = [t for t in workbook._tables(scope, None) if t.key == "customers"]
        if is_written:
            return stopwatch(
                workbook._into_file,
                lambda writer: workbook._write_table(writer, table, _nothing),
            )
        columns = workbook._columns(table)
        return stopwatch(
            lambda: [None for _rows in workbook._batches(table, columns, _nothing)]
        )


def _nothing(_count):
    """Nobody wants to know how far it is."""


def _bare(database):
    """Return how long the rows take that somebody would select."""
    statement = """
        SELECT p.*, c.name, c.email, c.phone, u.login, s.name, y.name, o.name
          FROM retention_profile p
          JOIN res_partner c ON c.id = p.partner_id
          JOIN res_company o ON o.id = p.company_id
          LEFT JOIN res_users u ON u.id = p.user_id
          LEFT JOIN retention_journey_stage s ON s.id = p.journey_stage_id
          LEFT JOIN retention_contact_policy y ON y.id = p.contact_policy_id
         WHERE p.active ORDER BY p.next_contact_date, p.id
    """
    return stopwatch(database.query, statement)
