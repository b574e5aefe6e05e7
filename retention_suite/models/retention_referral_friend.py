import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, get_lang, html2plaintext, plaintext2html

# What friends type, and how long it may be.
LENGTHS = {"name": 100, "email": 254, "phone": 40, "message": 4000}
# So many requests an hour are more than people make.
LINK_LIMIT = 30
SENDER_LIMIT = 10
# The channels, and under which medium each is found; Odoo's where it has one.
MEDIUMS = {
    "link": ("Direct", "utm"),
    "qr": ("QR Code", "retention_suite"),
    "mail": ("Email", "utm"),
    "whatsapp": ("WhatsApp", "retention_suite"),
    "linkedin": ("LinkedIn", "utm"),
    "facebook": ("Facebook", "utm"),
    "offline": ("Direct", "utm"),
}
# Neither printed nor stored by PostgreSQL (line breaks and tabs are kept).
UNPRINTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]"
)
EMAIL = re.compile(
    r"[^@\s<>()\[\],;:\\\"]{1,64}@(?:[^@\s<>()\[\],;:\\\"./?=&]+\.)+\w{2,}"
)
PHONE = re.compile(r"\+?[\d\s()/.\-]{5,}")


def channel_of(value):
    """Return the channel that somebody says to come by, else the link."""
    return value if isinstance(value, str) and value in MEDIUMS else "link"


class RetentionReferralFriend(models.AbstractModel):
    """What friends send from the page of a link: checked, and made a lead.

    It comes from anybody. It is taken as plain text, and nothing in it names a
    record; what is made belongs to the link.
    """

    _name = "retention.referral.friend"
    _description = "Requests of Friends"

    @api.model
    def _plain_request(self, sent):
        """Return what somebody has typed: text, whatever was sent.

        :param dict sent: by the names of the fields
        """
        typed = {}
        for name in LENGTHS:
            value = sent.get(name)
            text = UNPRINTED.sub("", value) if isinstance(value, str) else ""
            if name != "message":
                text = " ".join(text.split())
            typed[name] = text.replace("\r\n", "\n").strip()
        typed["consent"] = sent.get("consent") == "on"
        # a field that people do not see
        typed["is_filled_blindly"] = bool(sent.get("homepage"))
        return typed

    def _take_request(self, typed, channel, sender):
        """Serve the request of a friend: a lead, and the recommendation.

        The same person is served once a day, whether the second request came from
        a second press of the button, another tab or at the same moment.

        :param dict typed: see ``_plain_request``
        :param str channel: see ``channel_of``
        :param str sender: what the sender is told apart by; only counted, not kept
        :return: what to tell by field (``""`` for all of it), if it was refused
        """
        self.ensure_one()
        if refused := self._refuse_typed(typed):
            return refused
        Limit = self.env["retention.referral.limit"]
        if Limit._count("sender", sender) > SENDER_LIMIT:
            return self._refuse_many()
        email, phone = self._reached_by(typed)
        for reached in filter(None, (email, phone)):
            # of the same person twice at once one waits for the other
            Limit._count("friend", str(self.id), reached)
        if known := self._sent_before(email, phone):
            return self._take_again(known.lead_id, typed)
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        taken = [("link_id", "=", self.id), ("date", ">", since)]
        if self.env["retention.referral"].search_count(taken) >= LINK_LIMIT:
            return self._refuse_many()
        contact, is_customer = self._contact_of(email, phone)
        self.env["retention.referral"]._receive(
            self.partner_id,
            lead=self.env["crm.lead"].create(self._lead_values(typed, email, channel)),
            partner=contact,
            link=self,
            channel=channel,
            **({"attribution": "customer"} if is_customer else {}),
        )
        return {}

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _refuse_typed(self, typed):
        """Return what is wrong with what was typed, by field."""
        refused = {
            name: self.env._(
                "This is too long: %(count)s characters of at most %(most)s.",
                count=len(typed[name]),
                most=most,
            )
            for name, most in LENGTHS.items()
            if len(typed[name]) > most
        }
        for name, message in self._refuse_formats(typed).items():
            refused.setdefault(name, message)
        if not typed["consent"]:
            refused["consent"] = self.env._("Without your consent we may not reply.")
        if typed["is_filled_blindly"]:
            refused[""] = self.env._(
                "This looks as if a program had filled it in. If you did: please "
                "check what you typed, and send it again."
            )
        return refused

    def _refuse_formats(self, typed):
        refused = {}
        name, email, phone = typed["name"], typed["email"], typed["phone"]
        if not any(letter.isalpha() for letter in name):
            refused["name"] = self.env._("Please tell us your name.")
        elif re.search(r"[<>{}]|://|www\.", name):
            refused["name"] = self.env._("Please type your name only.")
        if not email and not phone:
            refused["email"] = self.env._(
                "Please give an e-mail address or a phone number, so that we can "
                "reach you."
            )
        if email and not (EMAIL.fullmatch(email) and email_normalize(email)):
            refused["email"] = self.env._(
                "This is no e-mail address. It looks like name@example.com."
            )
        digits = sum(digit.isdecimal() for digit in phone)
        if phone and not (PHONE.fullmatch(phone) and 5 <= digits <= 15):
            refused["phone"] = self.env._(
                "This is no phone number. It looks like +49 30 123456."
            )
        return refused

    def _refuse_many(self):
        return {
            "": self.env._(
                "We got very many requests within this hour, so this one was not "
                "sent. Please send it again in an hour."
            )
        }

    # ------------------------------------------------------------------
    # Who it is
    # ------------------------------------------------------------------

    def _reached_by(self, typed):
        """Return the e-mail address and the phone number as they are compared."""
        return email_normalize(typed["email"]), self._phone_number(typed["phone"])

    def _phone_number(self, typed):
        """Return a phone number as Odoo compares them, else what it is made of."""
        number = re.sub(r"^00", "+", re.sub(r"[^\d+]", "", typed or ""))
        country = self.company_id.country_id
        return self.partner_id._phone_format(number=number, country=country) or number

    def _sent_before(self, email, phone):
        """Return the recommendation that a friend made by this link within a day."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        latest = self.env["retention.referral"].search(
            [("link_id", "=", self.id), ("date", ">", since), ("lead_id", "!=", False)]
        )
        for referral in latest:
            lead = referral.lead_id
            if email and lead.email_normalized:
                # two who share a phone have their own addresses
                if email == lead.email_normalized:
                    return referral
            elif phone and phone == self._phone_number(lead.phone):
                return referral
        return latest.browse()

    def _contact_of(self, email, phone):
        """Return the contact that a friend is, and whether it is a customer.

        A phone is often shared, and tells only if nobody has the address.
        """
        ours = Domain("company_id", "in", (self.company_id.id, False))
        contacts = self.env["res.partner"]
        for name, value in (("email_normalized", email), ("phone_sanitized", phone)):
            if value and not contacts:
                contacts = contacts.search(ours & Domain(name, "=", value), limit=50)
        referral = self.env["retention.referral"].with_company(self.company_id)
        known = contacts.filtered(referral._is_customer)
        return (known or contacts)[:1], bool(known)

    # ------------------------------------------------------------------
    # The lead
    # ------------------------------------------------------------------

    def _lead_values(self, typed, email, channel):
        program, company = self.program_id, self.company_id
        ours = self._in_our_language()
        name, module = MEDIUMS[channel]
        medium = self.env["utm.medium"]._fetch_or_create_utm_medium(name, module)
        return {
            **program._lead_values(self.partner_id),
            "name": ours.env._("Recommended: %s", typed["name"]),
            "type": self._lead_type(),
            "contact_name": typed["name"],
            "email_from": email,
            "phone": typed["phone"],
            "description": ours._lead_description(typed),
            "company_id": company.id,
            "user_id": program.user_id.id,
            "medium_id": medium.id,
            "lang_id": self.env["res.lang"]._get_data(code=self.env.lang).id,
        }

    def _lead_type(self):
        """Return whether requests are leads first, as the team wants it."""
        team = self.program_id.team_id
        employees = self.env.ref("base.group_user")
        uses_leads = self.env.ref("crm.group_use_lead") in employees.all_implied_ids
        return "lead" if uses_leads and (not team or team.use_leads) else "opportunity"

    def _lead_description(self, typed):
        agreed = self.env._(
            "Agreed on the page of the recommendation that we reply to this request."
        )
        return plaintext2html("\n\n".join(filter(None, (typed["message"], agreed))))

    def _in_our_language(self):
        """Return the link in the language of those who work with its leads."""
        wanted = self.program_id.user_id.lang or self.company_id.partner_id.lang
        return self.with_context(lang=get_lang(self.env, wanted).code)

    # ------------------------------------------------------------------
    # The same person again
    # ------------------------------------------------------------------

    def _take_again(self, lead, typed):
        """Keep what is new of what somebody has typed who has sent something before.

        It changes nothing that the lead says: who has typed it is not known.

        :param lead: which that made
        :return: what to tell by field, if it was refused
        """
        new = self._in_our_language()._new_of(lead, typed)
        if not new:
            return {}
        # so many notes an hour, as many as requests
        count = self.env["retention.referral.limit"]._count("again", str(self.id))
        if count > LINK_LIMIT:
            return self._refuse_many()
        lead._message_log(body=plaintext2html("\n\n".join(new)))
        return {}

    def _new_of(self, lead, typed):
        """Return the lines of what a lead does not say yet, nor a note in it."""

        def words(text):
            return " ".join((text or "").split())

        email, phone = self._reached_by(typed)
        new = []
        if words(lead.contact_name).casefold() != typed["name"].casefold():
            new.append(self.env._("Name: %s", typed["name"]))
        if email and email != lead.email_normalized:
            new.append(self.env._("E-mail: %s", email))
        if phone and phone != self._phone_number(lead.phone):
            new.append(self.env._("Phone: %s", typed["phone"]))
        new.append(typed["message"])
        said = [lead.description, *lead.message_ids.mapped("body")]
        said = [words(html2plaintext(text or "")) for text in said]
        return [
            line
            for line in new
            if line and not any(words(line) in known for known in said)
        ]
