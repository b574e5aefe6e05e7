from odoo import api, fields, models
from odoo.tools import is_html_empty, ormcache


class RetentionReferralProgramPage(models.AbstractModel):
    """What the public pages show of programmes, at hand: there are few of them, they
    seldom change, and pages are opened often."""

    _name = "retention.referral.program.page"
    _description = "What Pages Show of Referral Programmes"

    @api.model
    @ormcache("self.env.lang")
    def _pages(self):
        """Return what pages show of each programme, by its id, in the language of
        the context; with its company and days."""
        # sudo: kept for whoever asks; what is public of it is picked here
        programs = self.sudo().search([("active", "=", True)])
        return {
            program.id: {
                "company_id": program.company_id.id,
                "date_start": program.date_start,
                "date_end": program.date_end,
                "program_title": program.title,
                # was made harmless when it was written
                "text": "" if is_html_empty(program.text) else program.text,
                "reward_text": program.reward_for in ("friend", "both")
                and program.reward_text,
                "picture": program.has_picture and f"{program.write_date:%Y%m%d%H%M%S}",
            }
            for program in programs
        }

    @api.model
    def _running_pages(self):
        """Return what pages show of the programmes that are running, each with the
        day that it is at its company; see ``_pages``."""
        now = fields.Datetime.now()
        Company = self.env["res.company"]
        pages = {}
        for program_id, page in self._pages().items():
            today = Company.browse(page["company_id"])._retention_day(now)
            first, last = page["date_start"] or today, page["date_end"] or today
            if first <= today <= last:
                pages[program_id] = {**page, "today": today}
        return pages

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _update_field_translations(self, *args, **kwargs):
        self.env.registry.clear_cache()
        return super()._update_field_translations(*args, **kwargs)
