from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.iap.tools.iap_tools import _MAIL_DOMAIN_BLACKLIST

DOUBT_STATES = [
    ("none", "None"),
    ("to_check", "To check"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
]
# More by one link within an hour than people make by themselves.
BURST_COUNT = 10


class RetentionReferralDoubt(models.AbstractModel):
    """Recommendations that somebody should look at before they count."""

    _name = "retention.referral.doubt"
    _description = "Doubts about Referrals"

    doubt_state = fields.Selection(
        DOUBT_STATES,
        string="Doubt",
        required=True,
        default="none",
        readonly=True,
        help="To check: something speaks against it; it is kept, and a manager "
        "decides. The request of who was recommended is served either way.",
    )
    # codes, comma separated: the sentence is made in the reader's language
    doubts = fields.Char(readonly=True)
    # those of them that a manager knew of when it was accepted, if others came since
    accepted_doubts = fields.Char(readonly=True)
    doubt_text = fields.Char(string="What Speaks against It", compute="_compute_doubt")
    checked_date = fields.Datetime(string="Checked On", readonly=True)
    checked_user_id = fields.Many2one(
        "res.users", string="Checked By", readonly=True, ondelete="set null"
    )

    @api.depends("doubts", "accepted_doubts", "doubt_state")
    @api.depends_context("lang")
    def _compute_doubt(self):
        for referral in self:
            again = referral.doubt_state == "to_check" and referral.checked_date
            accepted = referral.accepted_doubts or "" if again else None
            referral.doubt_text = referral._doubt_texts(referral.doubts, accepted)

    def _doubt_texts(self, doubts, accepted=None):
        """Return what speaks against recommendations, in sentences.

        :param str doubts: their codes
        :param str accepted: the codes of those that were accepted before others
            came; None if that was not so
        """
        sentences = self._doubt_sentences()
        codes = [code for code in (doubts or "").split(",") if code in sentences]
        if accepted is None:
            return " ".join(sentences[code] for code in codes)
        before = accepted.split(",")
        return self.env._(
            "Found since it was accepted: %s",
            " ".join(sentences[code] for code in codes if code not in before),
        )

    def _doubt_sentences(self):
        return {
            "person": self.env._(
                "Who recommends and who was recommended are the same."
            ),
            "company": self.env._("Both belong to the same company."),
            "colleague": self.env._(
                "Both seem to work for the same company: its name, or what follows "
                "the @ in their e-mail addresses, is the same."
            ),
            "household": self.env._(
                "Both live at the same address and have the same surname."
            ),
            "mail": self.env._("Both have the same e-mail address, maybe spelt apart."),
            "phone": self.env._("Both have the same phone number."),
            "bank": self.env._("Both have the same bank account."),
            "burst": self.env._(
                "More than %s recommendations came by the same link within an hour.",
                BURST_COUNT,
            ),
        }

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------

    def _find_doubts(self):
        """Mark recommendations that somebody should look at, with the reasons.

        What was found stays until somebody has looked at it, and what was
        decided stays so; but what was accepted is looked at again if something
        is found that nobody knew of then.

        :return: how many changed
        """
        if not self.ids:
            return 0
        self.env.flush_all()
        rows = self.env.execute_query(self._doubts_sql())
        if rows:
            self.invalidate_model(
                ["accepted_doubts", "doubts", "doubt_state", "doubt_text"], flush=False
            )
            again = [row[:2] + row[3:] for row in rows if row[2] == "accepted"]
            self._log_story(again, self._doubt_again_text)
            # a reward waits for the decision
            self._change_rewards([row[0] for row in rows])
            self.invalidate_model(["reward_state", "reward_due_date"], flush=False)
        return len(rows)

    def _doubts_sql(self):
        return SQL(
            """
            WITH found AS (%(pairs)s UNION %(bursts)s), named AS (
                SELECT r.id, r.doubt_state AS old_state, r.doubts AS old_doubts,
                       string_agg(DISTINCT known.code, ',') AS doubts
                  FROM retention_referral r
                 CROSS JOIN LATERAL (
                       SELECT code FROM found WHERE found.id = r.id
                        UNION
                       SELECT unnest(string_to_array(NULLIF(r.doubts, ''), ','))
                       ) known
                 WHERE r.id IN (SELECT id FROM found) GROUP BY r.id)
            UPDATE retention_referral r
               SET doubts = named.doubts, doubt_state = 'to_check',
                   accepted_doubts = CASE r.doubt_state WHEN 'accepted'
                       THEN r.doubts ELSE r.accepted_doubts END
              FROM named
             WHERE r.id = named.id AND r.doubt_state <> 'rejected'
               AND (r.doubts IS DISTINCT FROM named.doubts
                    OR r.doubt_state = 'none')
         RETURNING r.id, r.company_id, named.old_state,
                   COALESCE(named.old_doubts, ''), named.doubts
            """,
            pairs=self._same_people_sql(),
            bursts=self._bursts_sql(),
        )

    def _same_people_sql(self):
        """``(id, code)`` for each thing that a person has in common with who
        recommended them: by their contact, or by their lead while there is none."""
        values = {
            "ids": self.ids,
            "who_street": self._street_sql(SQL("who.street")),
            "friend_street": self._street_sql(SQL("friend.street")),
            "lead_street": self._street_sql(SQL("l.street")),
            "who_surname": self._surname_sql(SQL("who.name")),
            "friend_surname": self._surname_sql(SQL("friend.name")),
            "lead_surname": self._surname_sql(SQL("l.contact_name")),
            "who_mail": self._mail_sql(SQL("who.email_normalized")),
            "friend_mail": self._mail_sql(SQL("friend.email_normalized")),
            "lead_mail": self._mail_sql(SQL("l.email_normalized")),
            "is_colleague": self._is_colleague_sql(),
        }
        return SQL(
            """
            SELECT r.id, doubt.code
              FROM retention_referral r
              JOIN res_partner who ON who.id = r.referrer_id
              LEFT JOIN res_partner friend ON friend.id = r.partner_id
              LEFT JOIN crm_lead l ON l.id = r.lead_id
              LEFT JOIN res_partner who_firm
                ON who_firm.id = who.commercial_partner_id AND who_firm.is_company
              LEFT JOIN res_partner friend_firm
                ON friend_firm.id = friend.commercial_partner_id
               AND friend_firm.is_company
             CROSS JOIN LATERAL (VALUES
                   ('person', friend.id = who.id),
                   ('company', friend.id <> who.id
                    AND friend.commercial_partner_id = who.commercial_partner_id),
                   ('colleague', friend.commercial_partner_id
                    IS DISTINCT FROM who.commercial_partner_id AND %(is_colleague)s),
                   ('household', friend.id IS DISTINCT FROM who.id
                    AND who.is_company IS NOT TRUE AND CASE WHEN friend.id IS NULL
                        THEN (%(lead_street)s, NULLIF(btrim(l.zip), ''),
                              %(lead_surname)s)
                           = (%(who_street)s, NULLIF(btrim(who.zip), ''),
                              %(who_surname)s)
                        ELSE friend.is_company IS NOT TRUE
                         AND (%(friend_street)s, NULLIF(btrim(friend.zip), ''),
                              %(friend_surname)s)
                           = (%(who_street)s, NULLIF(btrim(who.zip), ''),
                              %(who_surname)s) END),
                   ('mail', friend.id IS DISTINCT FROM who.id
                    AND %(who_mail)s IN (%(friend_mail)s, %(lead_mail)s)),
                   ('phone', friend.id IS DISTINCT FROM who.id
                    AND who.phone_sanitized
                        IN (friend.phone_sanitized, l.phone_sanitized)),
                   ('bank', friend.id <> who.id AND EXISTS (
                       SELECT FROM res_partner_bank ours
                         JOIN res_partner_bank theirs
                           ON theirs.sanitized_acc_number = ours.sanitized_acc_number
                        WHERE ours.partner_id IN (who.id, who.commercial_partner_id)
                          AND theirs.partner_id IN (friend.id,
                                                    friend.commercial_partner_id)))
                   ) doubt(code, is_so)
             WHERE r.id = ANY(%(ids)s) AND doubt.is_so
            """,
            **values,
        )

    def _is_colleague_sql(self):
        """Whether somebody whose company is not known to be ``who_firm`` seems to
        work there. Addresses at a public provider, and those of private persons,
        say nothing about that."""
        return SQL(
            """
            (%(firm)s IN (%(friend_firm)s, %(lead_firm)s) OR who_firm.id IS NOT NULL
             AND EXISTS (
                 SELECT FROM unnest(ARRAY[who.email_normalized,
                                          who_firm.email_normalized]) ours(mail)
                   JOIN unnest(ARRAY[friend.email_normalized,
                                     l.email_normalized]) theirs(mail)
                     ON split_part(theirs.mail, '@', 2) = split_part(ours.mail, '@', 2)
                  WHERE split_part(ours.mail, '@', 2) <> ALL(%(public)s)))
            """,
            firm=self._firm_sql(SQL("who_firm.name")),
            friend_firm=self._firm_sql(SQL("friend_firm.name")),
            lead_firm=self._firm_sql(SQL("l.partner_name")),
            public=["", *sorted(_MAIL_DOMAIN_BLACKLIST)],
        )

    def _firm_sql(self, name):
        """A company's name without what tells spellings of it apart."""
        return SQL(
            "NULLIF(regexp_replace(lower(%s), '[^[:alnum:]]', '', 'g'), '')", name
        )

    def _bursts_sql(self):
        """``(id, code)`` for the recommendations of all bursts that some of these
        are among."""
        return SQL(
            """
            SELECT burst.id, 'burst' AS code
              FROM (SELECT n.id, MAX(n.count) OVER (
                           PARTITION BY n.link_id ORDER BY n.date
                           RANGE BETWEEN CURRENT ROW AND '1 hour' FOLLOWING) AS most
                      FROM (SELECT r.id, r.link_id, r.date, COUNT(*) OVER (
                                   PARTITION BY r.link_id ORDER BY r.date
                                   RANGE BETWEEN '1 hour' PRECEDING AND CURRENT ROW
                                   ) AS count
                              FROM retention_referral r
                             WHERE r.link_id IN (
                                   SELECT link_id FROM retention_referral
                                    WHERE id = ANY(%(ids)s))
                               AND r.date BETWEEN (
                                   SELECT MIN(date) - interval '2 hours'
                                     FROM retention_referral WHERE id = ANY(%(ids)s))
                               AND (SELECT MAX(date) + interval '2 hours'
                                      FROM retention_referral WHERE id = ANY(%(ids)s))
                           ) n) burst
             WHERE burst.most > %(most)s
            """,
            ids=self.ids,
            most=BURST_COUNT,
        )

    def _mail_sql(self, mail):
        """An address without what tells spellings of the same mailbox apart: dots,
        and what follows a plus."""
        return SQL(
            "(replace(split_part(split_part(lower(%(mail)s), '@', 1), '+', 1), '.', '')"
            " || '@' || split_part(lower(%(mail)s), '@', 2))",
            mail=mail,
        )

    def _street_sql(self, street):
        """A street with its number, however it is spelt."""
        return SQL(
            "NULLIF(regexp_replace(regexp_replace(lower(%s),"
            " 'stra(ss|ß)e', 'str', 'g'), '[^[:alnum:]]', '', 'g'), '')",
            street,
        )

    def _surname_sql(self, name):
        """The last word of a name, or what is before its comma."""
        return SQL(
            "NULLIF(lower(btrim(CASE WHEN strpos(%(name)s, ',') > 0"
            " THEN split_part(%(name)s, ',', 1)"
            " ELSE regexp_replace(btrim(%(name)s), '^.*[[:space:]]', '') END)), '')",
            name=name,
        )

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_accept(self):
        """Have them count, whatever speaks against them.

        :raise AccessError: for anybody but managers
        """
        self._check_may_decide()
        # sudo: doubts are settled by their own steps only
        wanted = self.sudo().filtered(
            lambda r: r.doubt_state in ("to_check", "rejected") or r.state == "rejected"
        )
        wanted._decide("accepted", self.env._("Accepted, it counts"))

    def action_reject(self):
        """Have them not count. They are kept, and so is the lead.

        What was granted stays granted.

        :raise AccessError: for anybody but managers
        """
        self._check_may_decide()
        # sudo: see above
        wanted = self.sudo().filtered(lambda r: r.doubt_state != "rejected")
        wanted._decide("rejected", self.env._("Rejected, it does not count"))

    def _check_may_decide(self):
        self.check_access("read")
        if not self.env.user.has_group("retention_suite.group_retention_manager"):
            raise AccessError(
                self.env._("Only managers can accept and reject recommendations.")
            )

    def _decide(self, doubt_state, text):
        if not self:
            return
        self.write(
            {
                "doubt_state": doubt_state,
                "checked_date": fields.Datetime.now(),
                "checked_user_id": self.env.uid,
            }
        )
        if doubt_state == "rejected":
            self.state = "rejected"
        else:
            # how it stands follows from its lead again
            self.filtered(lambda r: r.state == "rejected").state = "new"
        # before what follows from it
        for referral in self:
            referral._note(f"{text}. {referral.doubt_text or ''}".strip())
        self._derive(self.ids)
        self.env["retention.alert"]._close_thanks(self.ids)
