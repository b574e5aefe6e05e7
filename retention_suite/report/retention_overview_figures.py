from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

# The figures in their order: the unit, and whether more is better (0: neither).
FIGURES = {
    "advocate_rate": ("percent", 1),
    "churn_rate": ("percent", -1),
    "contacts_in_time": ("percent", 1),
    "answered": ("percent", 1),
    "answer_time": ("hours", -1),
    "handovers_arrived": ("percent", 1),
    "winbacks": ("number", 1),
    "value_at_risk": ("money", -1),
}


class RetentionOverviewFigures(models.AbstractModel):
    """The figures of the overview, as people read them."""

    _name = "retention.overview.figures"
    _description = "Figures of the Overview"

    def _block_figures(self, scope):
        has_customers = bool(self.env["retention.profile"].search(scope.of(), limit=1))
        labels, helps = self._figure_labels(), self._figure_helps()
        return {
            "period_text": self._period_text(scope.now),
            "before_text": self.env._(
                "compared with %s", self._period_text(scope.before)
            ),
            "lines": [
                {
                    "key": key,
                    "label": labels[key],
                    "help": helps[key],
                    **self._figure(key, *self._measure(key, scope)),
                }
                for key in FIGURES
            ],
            "empty": False if has_customers else self._no_customers(),
        }

    def _figure(self, key, now, before):
        """A figure in words.

        :param tuple now: how many records it looks at and counts, and what it says
        :param before: likewise; None if there is nothing to compare with
        """
        unit, better = FIGURES[key]
        total, count, value = now
        old = before and before[2]
        comparable = None not in (value, old)
        opened = self._opened_count(key, total, count)
        return {
            "text": self._figure_text(unit, value),
            "value": value,
            "before": old,
            "before_text": self._figure_text(unit, old) if before else "",
            "change_text": self._change_text(unit, value - old) if comparable else "",
            "is_better": self._is_better(unit, better, value - old)
            if comparable
            else None,
            "count": opened,
            "count_text": self._count_text(key, total, count),
            "has_action": bool(opened),
        }

    def _figure_text(self, unit, value):
        """A value with its unit, as the reader writes numbers."""
        if value is None:
            return "–"
        if unit == "percent":
            return self.env._("%s %%", formatLang(self.env, value, digits=1))
        if unit == "hours":
            return self.env._("%s h", formatLang(self.env, value, digits=1))
        if unit == "money":
            return formatLang(
                self.env,
                value,
                currency_obj=self.env.company.currency_id,
                rounding_unit="units",
            )
        return formatLang(self.env, value, digits=0)

    def _change_text(self, unit, change):
        """By how much it is more, with its sign."""
        digits = 0 if unit == "number" else 1
        if not round(change, digits):
            return self.env._("unchanged")
        number = formatLang(self.env, change, digits=digits)
        number = f"+{number}" if change > 0 else number
        if unit == "percent":
            return self.env._("%s points", number)
        if unit == "hours":
            return self.env._("%s h", number)
        return number

    def _is_better(self, unit, better, change):
        change = round(change, 0 if unit == "number" else 1)
        return change * better > 0 if change and better else None

    def _count_text(self, key, total, count):
        """What the figure is made of, in numbers of records."""
        if not total:
            return ""
        _ = self.env._
        numbers = {
            "total": formatLang(self.env, total, digits=0),
            "count": formatLang(self.env, count, digits=0),
        }
        if key == "answer_time":
            return _("1 answer") if count == 1 else _("%(count)s answers", **numbers)
        if key == "value_at_risk":
            return (
                _("1 customer") if count == 1 else _("%(count)s customers", **numbers)
            )
        return _("%(count)s of %(total)s", **numbers)

    def _figure_labels(self):
        _ = self.env._
        return {
            "advocate_rate": _("Advocate rate"),
            "churn_rate": _("Churn rate"),
            "contacts_in_time": _("Contacts in time"),
            "answered": _("Messages answered"),
            "answer_time": _("Answer time (median)"),
            "handovers_arrived": _("Hand-overs that arrived"),
            "winbacks": _("Won back"),
            "value_at_risk": _("Value at risk"),
        }

    def _figure_helps(self):
        _ = self.env._
        return {
            "advocate_rate": _(
                "Active customers who have recommended us, divided by all active "
                "customers: those that were won and are neither dormant nor lost. Of a "
                "period that is over: at its end, by the stages of then."
            ),
            "churn_rate": _(
                "Customers lost in the period, divided by the customers there were "
                "when its month began. Over several months: all lost ones, divided by "
                "the sum of the customers at the starts, the churn of a month on "
                "average. New customers come in with the next month."
            ),
            "contacts_in_time": _(
                "Customers whose next contact is not overdue, divided by all with "
                "whom a gap between contacts is agreed and who are not lost. Of a "
                "period that is over: at its end, of the customers of today who were "
                "known then, by what is agreed today."
            ),
            "answered": _(
                "Messages of the period that were answered by now, divided by all of "
                "its messages that needed an answer. Several in a row are one."
            ),
            "answer_time": _(
                "Half of the answered messages of the period were answered within so "
                "many working hours."
            ),
            "handovers_arrived": _(
                "Hand-overs offered in the period after which the customer was "
                "contacted, divided by all that were offered in it. Those that still "
                "have time have not arrived yet."
            ),
            "winbacks": _(
                "Cases decided in the period in which the customer was won back. "
                "Customers who bought again by themselves, without anybody working "
                "the case, do not count."
            ),
            "value_at_risk": _(
                "Sum of the customer value of all customers who are at risk now: in a "
                "stage that means so, or with a high risk of leaving. There is no "
                "comparison, as the values of the past are not kept."
            ),
        }

    # ------------------------------------------------------------------
    # Opening
    # ------------------------------------------------------------------

    def _opened_count(self, key, total, count):
        """How many records open when a figure is clicked."""
        return count if self._opens_counted(key) else total

    def _opens_counted(self, key):
        """Whether a figure opens the records that it counts: else all that it looks
        at, so that those it misses are seen as well."""
        return key not in ("contacts_in_time", "answered", "handovers_arrived")

    def _action_figures(self, scope, key, second_key):
        if key not in FIGURES:
            raise UserError(self.env._("There is no such part of the overview."))
        source = getattr(self, f"_source_{key}")(scope, scope.now)
        domain = source.base
        if self._opens_counted(key):
            domain &= source.counted
        views = ("list", "pivot", "graph")
        if source.model == "retention.profile":
            views = ("list", "kanban", "form")
        elif source.model == "retention.journey.stay":
            views = ("list",)
        return self._open(source.title, source.model, domain, views, **source.context)
