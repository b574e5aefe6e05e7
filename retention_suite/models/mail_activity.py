from odoo import api, models
from odoo.tools import SQL


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        # sudo: who may finish an activity finishes what it was made for
        alerts = self.env["retention.alert"].sudo()._of_activities(self)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        contacts = self.exists().filtered(
            lambda a: a.activity_type_id.category in ("phonecall", "meeting")
        )
        if contacts:
            # now, so that the alerts know which contact closed them
            touchpoint = self.env["retention.touchpoint"]
            for model_name, theirs in contacts.grouped("res_model").items():
                touchpoint._capture_later(theirs, ["activity"], model_name)
            touchpoint.sudo()._capture_pending()
            touchpoint.sudo()._capture_met(contacts.calendar_event_id)
        alerts._activity_done()
        return result

    def unlink(self):
        touchpoint = self.env["retention.touchpoint"]
        profile_ids = []
        done = self.filtered(lambda a: not a.active)
        if done:
            profile_ids = touchpoint._mark_changed(
                SQL("t.activity_id = ANY(%s)", done.ids)
            )
        result = super().unlink()
        touchpoint._follow_deleted(profile_ids)
        return result

    # ------------------------------------------------------------------
    # A customer's activities live on its contact
    # ------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        context = self.env.context
        if context.get("default_res_model") != "retention.profile":
            return super().default_get(fields)
        profile = self.env["retention.profile"].browse(context.get("default_res_id"))
        on_contact = self.with_context(
            default_res_model="res.partner", default_res_id=profile.partner_id.id
        )
        return super(MailActivity, on_contact).default_get(fields)

    @api.readonly
    @api.model
    def get_activity_data(
        self, res_model, domain, limit=None, offset=0, fetch_done=False
    ):
        if res_model != "retention.profile":
            return super().get_activity_data(
                res_model, domain, limit=limit, offset=offset, fetch_done=fetch_done
            )
        profiles = self.env[res_model].search(domain or [], offset=offset, limit=limit)
        data = super().get_activity_data(
            "res.partner",
            [("id", "in", profiles.partner_id.ids)],
            fetch_done=fetch_done,
        )
        by_partner = {profile.partner_id.id: profile.id for profile in profiles}
        data["activity_res_ids"] = [by_partner[id_] for id_ in data["activity_res_ids"]]
        data["grouped_activities"] = {
            by_partner[id_]: cells for id_, cells in data["grouped_activities"].items()
        }
        return data
