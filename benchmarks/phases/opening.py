"""Opening To do and Customers with many profiles against few of them."""

from functools import partial

from lxml import etree

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from ..report import ratio
from ..timing import alternate, stopwatch

ALLOWED = 3
REPEAT = 15
ACTIONS = {
    "To do": "retention_suite.retention_alert_action",
    "Customers": "retention_suite.retention_profile_action",
}
# What the web client asks for at most.
PAGE = 80
COUNT_LIMIT = 10001
LOGINS = {"own": "salesperson00", "all": "salesperson01"}


def measure(bench):
    """Return the results for both lists, as somebody who sees own documents
    only and as somebody who sees all."""
    results = []
    for what, action in ACTIONS.items():
        for sees, login in LOGINS.items():
            many, few = (
                partial(_open, database, login, action)
                for database in (bench.suite, bench.beside)
            )
            for side in (many, few):
                side()  # once to fill Odoo's caches, as for everybody's second
            times = alternate(many, few, REPEAT)
            results.append(
                ratio(f"Opening {what} as a salesperson who sees {sees}", *times, ALLOWED)
            )
    return results


def _open(database, login, action):
    with database.env() as env:
        user = env["res.users"].search([("login", "=", login)])
        view = ListView(env(user=user), action)
    with database.env(user.id) as env:
        return stopwatch(view.load, env)


class ListView:
    """What a list asks the server for when its menu is clicked."""

    def __init__(self, env, action_name):
        action = env["ir.actions.act_window"]._for_xml_id(action_name)
        self.model = action["res_model"]
        self.context = safe_eval(action["context"] or "{}", {"uid": env.uid})
        views = env[self.model].get_views([(False, "list"), (False, "search")])
        self.fields = views["models"][self.model]["fields"]
        self.list = etree.fromstring(views["views"]["list"]["arch"])
        self.search = etree.fromstring(views["views"]["search"]["arch"])
        self.domain = Domain(safe_eval(action["domain"] or "[]", {"uid": env.uid}))
        self.domain &= self._default_filters(env)

    def _default_filters(self, env):
        domain = Domain.TRUE
        for node in self.search.iter("filter"):
            if self.context.get(f"search_default_{node.get('name')}"):
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
        """The first page with its count, then the groups."""
        model = env[self.model].with_context(**self.context)
        model.web_search_read(
            list(self.domain),
            self._specification(),
            limit=PAGE,
            count_limit=COUNT_LIMIT,
        )
        model.web_read_group(
            list(self.domain), [self._group_by()], self._aggregates(), limit=PAGE
        )
