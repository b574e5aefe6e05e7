from urllib.parse import urljoin

from odoo import fields, models
from odoo.tools.misc import format_date

# Of each part of the mail: where all of it is found.
PATHS = {
    "due": "/odoo/action-retention_suite.weekly_mail_due_action",
    "unanswered": "/odoo/action-retention_suite.weekly_mail_unanswered_action",
    "thanks": "/odoo/action-retention_suite.retention_referral_action_not_thanked",
    "other": "/odoo/action-retention_suite.weekly_mail_other_action",
}


class RetentionWeeklyMailText(models.AbstractModel):
    """What people read in the weekly mail: each in the own language."""

    _name = "retention.weekly.mail.text"
    _description = "Text of the Weekly Mail"

    def _bodies(self, facts, users):
        """Return the mail of each person, by id.

        What is told is read for all who speak the same language at once.

        :param dict facts: see ``_facts``
        :param users: the people; those without facts get none
        """
        bodies = {}
        told = users.filtered(lambda user: user.id in facts)
        for lang, same in told.grouped(lambda user: user.lang or "en_US").items():
            mails = self.with_context(lang=lang)
            lines = mails._lines([facts[user.id] for user in same])
            for user in same.with_env(mails.env):
                body = mails._attempt_body(user, facts[user.id], lines)
                if body:
                    bodies[user.id] = body
        return bodies

    def _attempt_body(self, user, found, lines):
        """Return somebody's mail; one that fails does not keep the others."""
        try:
            with self.env.cr.savepoint():
                return self._body(user, found, lines)
        except Exception:  # noqa: BLE001 (it is logged, and the others get theirs)
            self._log_failure(user)
        return None

    def _lines(self, all_facts):
        """Return what each alert and recommendation says, by model and id."""
        alerts = self.env["retention.alert"].browse(
            {
                id_
                for found in all_facts
                for id_ in (
                    *found["top"],
                    *(
                        id_
                        for part, (_count, ids) in found["parts"].items()
                        if part != "thanks"
                        for id_ in ids
                    ),
                )
            }
        )
        referrals = self.env["retention.referral"].browse(
            {
                id_
                for found in all_facts
                for id_ in found["parts"].get("thanks", (0, []))[1]
            }
        )
        return {
            "alerts": {alert.id: self._alert_line(alert) for alert in alerts},
            "referrals": {
                referral.id: self._referral_line(referral) for referral in referrals
            },
        }

    def _alert_line(self, alert):
        return {
            "title": alert.customer_name,
            "text": alert.reason,
            "url": self._url(f"/odoo/retention-to-do/{alert.id}"),
            "order": (-alert.priority_score, alert.date, alert.id),
        }

    def _referral_line(self, referral):
        moment = referral.company_id._retention_day(referral.date)
        values = {
            "friend": referral.friend_name or self.env._("somebody"),
            "date": format_date(self.env, moment),
            "due": format_date(self.env, referral.thank_due_date),
        }
        if referral.thank_due_date:
            text = self.env._(
                "Recommended %(friend)s on %(date)s. Say thank you by %(due)s.",
                **values,
            )
        else:
            text = self.env._("Recommended %(friend)s on %(date)s.", **values)
        return {
            "title": referral.referrer_id.display_name,
            "text": text,
            "url": self._url(f"/odoo/retention.referral/{referral.id}"),
        }

    def _url(self, path):
        return urljoin(self.get_base_url(), path)

    # ------------------------------------------------------------------
    # One mail
    # ------------------------------------------------------------------

    def _body(self, user, found, lines):
        """Return somebody's mail, as HTML.

        :param user: in the language of the mail, as all of this
        :param dict found: see ``_facts``
        :param dict lines: see ``_lines``
        """
        today = fields.Datetime.context_timestamp(
            self.with_context(tz=user.tz or user.company_id._retention_zone()),
            fields.Datetime.now(),
        ).date()
        qweb = self.env["ir.qweb"]
        body = qweb._render(
            "retention_suite.weekly_mail_body", self._body_values(found, lines)
        )
        main = qweb._render(
            "digest.digest_mail_main",
            {
                "title": self.env._("Your customers this week"),
                "top_button_label": self.env._("To do"),
                "top_button_url": self._url("/odoo/retention-to-do"),
                "company": user.company_id,
                "user": user,
                "formatted_date": format_date(self.env, today, date_format="full"),
                "body": body,
                "preferences": [
                    qweb._render(
                        "retention_suite.weekly_mail_preferences",
                        {
                            "off_url": self._off_url(user),
                            "preferences_url": self._url("/odoo/my-preferences"),
                        },
                    )
                ],
            },
        )
        return self.env["mail.render.mixin"]._render_encapsulate(
            "digest.digest_mail_layout",
            main,
            add_context={"company": user.company_id, "user": user},
        )

    def _body_values(self, found, lines):
        top = sorted(
            (lines["alerts"][id_] for id_ in found["top"]),
            key=lambda line: line["order"],
        )
        parts = []
        for part, (title, label) in self._part_names().items():
            if part not in found["parts"]:
                continue
            count, ids = found["parts"][part]
            known = lines["referrals" if part == "thanks" else "alerts"]
            parts.append(
                {
                    "title": title,
                    "label": label,
                    "count": count,
                    "all": self.env._("See all (%s)", count),
                    "lines": [known[id_] for id_ in ids],
                    "url": self._url(PATHS[part]),
                }
            )
        return {"top": top, "parts": parts}

    def _part_names(self):
        """The parts of the mail in their order, with title and the word below the
        number."""
        _ = self.env._
        return {
            "due": (_("More customers to contact"), _("to contact")),
            "unanswered": (_("More messages without an answer"), _("unanswered")),
            "thanks": (_("Say thank you"), _("to thank")),
            "other": (_("More to do"), _("other to do")),
        }

    def _off_url(self, user):
        token = user._retention_weekly_token()
        return self._url(f"/retention/weekly-mail/{user.id}/{token}")
