"""Opening To do and Customers with many profiles against few of them."""

from functools import partial

from lxml import etree

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from ..report import ratio
from ..timing import alternate, stopwatch
from . import suite

ALLOWED = 3
REPEAT = 15
ACTIONS = {
    "To do": "retention_suite.retention_alert_action",
    "Customers": "retention_suite.retention_profile_action",
}
# What the web client asks for at most.
PAGE = 80
COUNT_LIMIT = 10001
# Cards in a column at first.
COLUMN = 20
# As the list opens for somebody who sees own documents only, and without the
# filter on one's own for somebody who sees all.
READERS = {
    "one's own": ("salesperson00", ()),
    "everybody's": ("salesperson01", ("my",)),
}


def measure(bench):
    """Return the results for both lists and both readers."""
    for database in (bench.suite, bench.beside):
        suite.ensure_run(database)
        suite.rest(database)
    # with few customers a page is not full: it would be compared with one line
    allowed = ALLOWED if bench.size.is_large else None
    results = []
    opened = [(what, ListView, action) for what, action in ACTIONS.items()]
    opened.append(("Journey", Board, "retention_suite.retention_journey_action"))
    for what, view, action in opened:
        for whose, (login, removed) in READERS.items():
            many, few = (
                partial(_open, view, database, login, action, removed)
                for database in (bench.suite, bench.beside)
            )
            for side in (many, few):
                side()  # once to fill Odoo's caches
            times = alternate(many, few, REPEAT)
            results.append(ratio(f"Opening {what}, {whose}", *times, allowed))
    return results


def _open(view_class, database, login, action, removed):
    with database.env() as env:
        user = env["res.users"].search([("login", "=", login)])
        view = view_class(env(user=user), action, removed)
    with database.env(user.id) as env:
        return stopwatch(view.load, env)


class ListView:
    """What a list asks the server for when its menu is clicked."""

    def __init__(self, env, action_name, removed):
        action = env["ir.actions.act_window"]._for_xml_id(action_name)
        self.model = action["res_model"]
        self.context = safe_eval(action["context"] or "{}", {"uid": env.uid})
        views = env[self.model].get_views([(False, "list"), (False, "search")])
        self.fields = views["models"][self.model]["fields"]
        self.list = etree.fromstring(views["views"]["list"]["arch"])
        self.search = etree.fromstring(views["views"]["search"]["arch"])
        self.domain = Domain(safe_eval(action["domain"] or "[]", {"uid": env.uid}))
        self.domain &= self._default_filters(env, removed)

    def _default_filters(self, env, removed):
        domain = Domain.TRUE
        for node in self.search.iter("filter"):
            name = node.get("name")
            if self.context.get(f"search_default_{name}") and name not in removed:
                domain &= Domain(
                    safe_eval(node.get("domain") or "[]", {"uid": env.uid})
                )
        return domain

    def _group_by(self):
        """The field of the first filter that groups."""
        for node in self.search.iter("filter"):
            context = safe_eval(node.get("context") or "{}", {"uid": 0})
            if context.get("group_by"):
                return context["group_by"]
        return "user_id"

    def _specification(self):
        names = {node.get("name") for node in self.list.iter("field")}
        return {name: self._field_specification(name) for name in sorted(names)}

    def _field_specification(self, name):
        relational = ("many2one", "many2many", "one2many")
        if self.fields[name]["type"] in relational:
            return {"fields": {"display_name": {}}}
        return {}

    def _aggregates(self):
        summed = [n.get("name") for n in self.list.iter("field") if n.get("sum")]
        return ["__count", *(f"{name}:sum" for name in summed)]

    def load(self, env):
        """The first page with its count, then the groups with theirs."""
        model = env[self.model].with_context(**self.context)
        specification = self._specification()
        model.web_search_read(
            list(self.domain), specification, limit=PAGE, count_limit=COUNT_LIMIT
        )
        model.web_read_group(
            list(self.domain), [self._group_by()], self._aggregates(), limit=PAGE
        )


class Board(ListView):
    """What a kanban in columns asks for: the first cards of each column, and how
    its bar is divided."""

    def load(self, env):
        model = env[self.model].with_context(**self.context, read_group_expand=True)
        model.web_read_group(
            list(self.domain),
            ["journey_stage_id"],
            ["__count", "open_alert_count:sum"],
            auto_unfold=True,
            unfold_read_specification=self._specification(),
            unfold_read_default_limit=COLUMN,
        )
        model.read_progress_bar(
            list(self.domain),
            "journey_stage_id",
            {
                "field": "contact_state",
                "colors": {"fine": "success", "soon": "warning", "overdue": "danger"},
            },
        )
