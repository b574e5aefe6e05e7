from odoo import api, fields, models

from .retention_risk_backtest_figures import MIN_CUSTOMERS


class RetentionRiskBacktestText(models.AbstractModel):
    """A backtest in words."""

    _name = "retention.risk.backtest.text"
    _description = "Backtest in Words"

    verdict = fields.Text(compute="_compute_texts")
    left_text = fields.Char(compute="_compute_texts")
    risk_top_text = fields.Char(compute="_compute_texts")
    risk_auc_text = fields.Char(compute="_compute_texts")
    days_top_text = fields.Char(compute="_compute_texts")
    days_auc_text = fields.Char(compute="_compute_texts")
    difference_text = fields.Char(compute="_compute_texts")

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_texts(self):
        for test in self:
            test.verdict = test._describe()
            test.left_text = test._share_text(test.left_count, test.customer_count)
            is_done = test.state == "done"
            for name in ("risk", "days"):
                top = test._share_text(test[f"{name}_top_left"], test.top_count)
                test[f"{name}_top_text"] = is_done and top
                test[f"{name}_auc_text"] = is_done and test._interval_text(
                    f"{name}_auc"
                )
            test.difference_text = is_done and test._interval_text("difference")

    def _share_text(self, count, total):
        if not total:
            return "0"
        return self.env._(
            "%(count)s of %(total)s (%(share)s %%)",
            count=f"{count:.1f}".removesuffix(".0"),
            total=total,
            share=round(100 * count / total),
        )

    def _interval_text(self, name):
        if not self.has_interval:
            return f"{self[name]:.2f}"
        return self.env._(
            "%(value)s (%(low)s to %(high)s)",
            value=f"{self[name]:.2f}",
            low=f"{self[f'{name}_low']:.2f}",
            high=f"{self[f'{name}_high']:.2f}",
        )

    def _describe(self):
        """Say what the figures mean."""
        _ = self.env._
        if self.state == "new":
            return ""
        if self.state == "few":
            return self._describe_few()
        if not self.has_interval:
            return _(
                "There is too little spread to say how sure these figures are: all "
                "customers are alike, or the order is perfect. Try another day."
            )
        if self.risk_auc_low <= 0.5:
            return _(
                "The risk cannot be told from drawing lots: do not rely on it, and try "
                "other weights."
            )
        if self.difference_low > 0:
            return _(
                "The risk found those who left better than the mere days since the "
                "last purchase or contact."
            )
        if self.difference_high < 0:
            return _(
                "The mere days since the last purchase or contact found those who left "
                "better than the risk: try other weights."
            )
        return _(
            "The risk found those who left, but no better and no worse than the mere "
            "days since the last purchase or contact, as far as can be told."
        )

    def _describe_few(self):
        stayed = self.customer_count - self.left_count
        if stayed < self.left_count:
            return self.env._(
                "Too few to say anything: of %(total)s customers %(stayed)s stayed, "
                "and at least %(needed)s are needed. %(missing)s are missing. Take "
                "more days afterwards, or another day.",
                total=self.customer_count,
                stayed=stayed,
                needed=MIN_CUSTOMERS,
                missing=self.missing_count,
            )
        return self.env._(
            "Too few to say anything: of %(total)s customers %(left)s left, and at "
            "least %(needed)s are needed. %(missing)s are missing. Take another day, "
            "or wait until there is more history.",
            total=self.customer_count,
            left=self.left_count,
            needed=MIN_CUSTOMERS,
            missing=self.missing_count,
        )
