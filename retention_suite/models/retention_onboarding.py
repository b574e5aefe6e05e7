from odoo import api, models
from odoo.api import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# In the order in which they are proposed.
STEPS = ("customers", "policies", "hours", "referral", "run")
MARKS = ("done", "skipped")
CLOSED = "is_closed"


class RetentionOnboarding(models.AbstractModel):
    """The first steps of a company with the suite.

    Everything works as it comes. A step is done when the facts say so, or when a
    manager says that it fits as it is; it can be put off and done later.
    """

    _name = "retention.onboarding"
    _description = "First Steps"

    # ------------------------------------------------------------------
    # Called by the overview
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_steps(self):
        """Return the first steps of the current company.

        :return: ``is_over`` (nothing is left, or a manager has closed it), and
            ``steps``: dicts of ``key``, ``title``, ``text``, ``button`` (False:
            only an administrator can do it), ``has_default`` (whether it can
            stay as it is) and ``state``: "done", "skipped" or "open"
        :raise AccessError: for anybody but managers
        """
        self._check_manager()
        marks = self._marks()
        steps = [
            {
                "key": key,
                "has_default": key in ("customers", "policies", "hours"),
                "state": "done" if self._is_done(key) else marks.get(key, "open"),
                **self._texts(key),
            }
            for key in STEPS
        ]
        is_over = bool(marks.get(CLOSED)) or all(s["state"] != "open" for s in steps)
        return {"is_over": is_over, "steps": steps}

    @api.model
    def set_step(self, key, state):
        """Note that a step fits as it is, or is put off.

        :param str key: of the step
        :param str state: "done" or "skipped"; "open" takes either back
        :return: see ``get_steps``
        :raise AccessError: for anybody but managers
        """
        self._check_manager()
        if key not in STEPS or state not in (*MARKS, "open"):
            raise UserError(self.env._("This step does not exist."))
        marks = {k: mark for k, mark in self._marks().items() if k != key}
        if state in MARKS:
            marks[key] = state
        self._keep(marks)
        return self.get_steps()

    @api.model
    def set_closed(self, is_closed):
        """Put the first steps away, or take them out again.

        :return: see ``get_steps``
        :raise AccessError: for anybody but managers
        """
        self._check_manager()
        marks = {k: mark for k, mark in self._marks().items() if k != CLOSED}
        if is_closed:
            marks[CLOSED] = True
        self._keep(marks)
        return self.get_steps()

    @api.model
    def get_action(self, key):
        """Return the action in which a step is done.

        :raise AccessError: for anybody but managers, or for a step that only an
            administrator can do
        """
        self._check_manager()
        if key not in STEPS:
            raise UserError(self.env._("This step does not exist."))
        if not self._may_do(key):
            raise AccessError(self.env._("Only administrators can change this."))
        return getattr(self, f"_action_{key}")()

    # ------------------------------------------------------------------
    # Texts
    # ------------------------------------------------------------------

    def _texts(self, key):
        texts = getattr(self, f"_texts_{key}")()
        if not self._may_do(key):
            texts["button"] = False
            texts["text"] += " " + self.env._("Only administrators can change this.")
        return texts

    def _texts_customers(self):
        return {
            "title": self.env._("Whom to look after"),
            "text": self.env._(
                "Contacts with a lead or an opportunity are looked after. Choose "
                "others if that does not fit; single ones can be added by hand."
            ),
            "button": self.env._("Choose customers"),
        }

    def _texts_policies(self):
        return {
            "title": self.env._("How often to be in contact"),
            "text": self.env._(
                "Contact policies say after how many days without a personal "
                "contact somebody is reminded: 21 days with an open opportunity, "
                "90 days otherwise."
            ),
            "button": self.env._("Look at the policies"),
        }

    def _texts_hours(self):
        calendar = self.env.company.resource_calendar_id
        return {
            "title": self.env._("Working hours"),
            "text": self.env._(
                "Answers and hand-overs are measured in working hours, those of "
                "the company: %s.",
                calendar.name or self.env._("by the clock, day and night"),
            ),
            "button": self.env._("Look at the working hours"),
        }

    def _texts_referral(self):
        return {
            "title": self.env._("First referral programme"),
            "text": self.env._(
                "Satisfied customers get a link of their own to recommend you. "
                "A programme without any reward is prepared: put in your words."
            ),
            "button": self.env._("Open the programme"),
        }

    def _texts_run(self):
        return {
            "title": self.env._("The first run"),
            "text": self.env._(
                "A run reads messages, calls and meetings and fills the To do "
                "list. It comes every half hour by itself; start the first one "
                "now."
            ),
            "button": self.env._("Run now"),
        }

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def _is_done(self, key):
        return getattr(self, f"_is_done_{key}")()

    def _is_done_customers(self):
        return not self.env.company._is_default_setting()

    def _is_done_policies(self):
        return self._is_touched("retention.contact.policy")

    def _is_done_hours(self):
        # Not the calendar itself: Odoo changes its time zone when the first person
        # logs in. sudo: whether somebody has seen to the hours is no secret
        calendar = self.env.company.sudo().resource_calendar_id
        return any(
            line.write_uid.id != SUPERUSER_ID and line.write_date > calendar.create_date
            for line in calendar.attendance_ids
        )

    def _is_done_referral(self):
        return self._is_touched("retention.referral.program")

    def _is_done_run(self):
        return not self.env.company.retention_is_new

    def _is_touched(self, model):
        """Whether a person has changed what came with the suite, or added to it."""
        mine = Domain("company_id", "in", (False, self.env.company.id))
        by_person = Domain("write_uid", "!=", SUPERUSER_ID)
        Model = self.env[model].with_context(active_test=False)
        return bool(Model.search_count(mine & by_person, limit=1))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def _action_customers(self):
        return self._open("retention_suite.res_config_settings_action")

    def _action_policies(self):
        return self._open("retention_suite.retention_contact_policy_action")

    def _action_hours(self):
        calendar = self.env.company.resource_calendar_id
        return self._form("resource.calendar", calendar, self.env._("Working hours"))

    def _action_referral(self):
        program = self.env["retention.referral.program"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        title = self.env._("Referral programme")
        action = self._form("retention.referral.program", program, title)
        if not program:
            action["context"] = {"default_name": self.env._("Recommend us")}
        return action

    def _action_run(self):
        return self.env["retention.run"].action_run()

    def _open(self, xmlid):
        return self.env["ir.actions.act_window"]._for_xml_id(xmlid)

    def _form(self, model, record, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------

    def _may_do(self, key):
        """Whether the manager may change what the step is about."""
        if key == "customers":
            return self.env.user.has_group("base.group_system")
        if key == "hours":
            return bool(self.env.company.resource_calendar_id) and self.env[
                "resource.calendar"
            ].has_access("write")
        return True

    def _check_manager(self):
        if not self.env.user.has_group("retention_suite.group_retention_manager"):
            raise AccessError(self.env._("The first steps are shown to managers only."))

    def _marks(self):
        return self.env.company.retention_onboarding or {}

    def _keep(self, marks):
        # sudo: managers may not change the company, but this is theirs to say
        self.env.company.sudo().retention_onboarding = marks
