from odoo.tests import tagged

from .capture import CaptureCase
from .common import NOW

ANNA = "Anna <anna@azur.example>"

# Headers that only machines and mailing lists set, in a customer's mail.
MACHINE_HEADERS = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-generated; owner=anna"},
    {"X_Auto_Response_Suppress": "All"},
    {"X_Auto_Response_Suppress": "DR, AutoReply"},
    {"Precedence": "bulk"},
    {"Precedence": "Junk"},
    {"Precedence": "auto_reply"},
    {"Precedence": "list"},
    {"List_Id": "<news.azur.example>"},
    {"List_Unsubscribe": "<https://azur.example/off>"},
    {"List_Post": "<mailto:list@azur.example>"},
    {"X_Autoreply": "yes"},
    {"Return_Path": "<>"},
]
PERSON_HEADERS = [
    {"Auto_Submitted": "no"},
    {"X_Auto_Response_Suppress": "None"},
    {"Precedence": "first-class"},
    {"Return_Path": "<anna@azur.example>"},
]


@tagged("post_install", "-at_install")
class TestTouchpointGateway(CaptureCase):
    """Mail that comes in as mail."""

    def test_plain_mail_makes_a_lead_and_a_contact(self):
        message = self._receive(self._mail(ANNA, Subject="New project"))
        lead = self.env["crm.lead"].search([("name", "=", "New project")])
        self.assertRecordValues(
            self._contacts(),
            [
                {
                    "profile_id": self.profile.id,
                    "partner_id": self.anna.id,
                    "direction": "in",
                    "channel": "email",
                    "kind": "message",
                    "automated": False,
                    "message_id": message.id,
                    "res_model": "crm.lead",
                    "res_id": lead.id,
                    "summary": "New project",
                    "date": message.date,
                }
            ],
        )
        self._assert_run_agrees()

    def test_multipart_mail_is_one_contact(self):
        mail = self._mail(ANNA)
        mail.add_alternative("<p>When can you come?</p>", subtype="html")
        mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf")
        message = self._receive(mail)
        self.assertEqual(len(message.attachment_ids), 1)
        self.assertEqual(len(self._contacts()), 1)
        self.assertEqual(self._contacts().preview, "When can you come?")
        self._assert_run_agrees()

    def test_reply_into_an_opportunity_belongs_to_it(self):
        ours = self._post(self.lead, self.seller, self.anna)
        reply = self._receive(self._mail(ANNA, answers=ours))
        contact = self._contacts(message_id=reply.id)
        self.assertRecordValues(
            contact,
            [
                {
                    "direction": "in",
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "user_id": self.seller.id,
                    "purpose": "sales",
                }
            ],
        )
        self._assert_run_agrees()

    def test_mail_that_comes_twice_is_one_contact(self):
        mail = self._mail(ANNA)
        self.assertTrue(self._receive(mail))
        self.assertFalse(self._receive(mail))
        self.assertEqual(len(self._contacts()), 1)

    def test_reply_to_an_internal_note_is_none(self):
        note = self.lead.with_user(self.seller).message_post(
            body="Look", partner_ids=self.anna.ids, subtype_xmlid="mail.mt_note"
        )
        self._flush()
        self.assertTrue(self._receive(self._mail(ANNA, answers=note)).is_internal)
        self._run()
        self.assertFalse(self._contacts())

    def test_mail_dated_in_the_future_came_when_it_came(self):
        self._receive(self._mail(ANNA, Date="Fri, 15 Jun 2029 11:30:00 +0200"))
        self.assertEqual(self._contacts().date, NOW)
        self._assert_run_agrees()

    def test_mail_dated_in_the_past_was_written_then(self):
        self._receive(self._mail(ANNA, Date="Fri, 12 Jun 2026 11:30:00 +0200"))
        self.assertEqual(str(self._contacts().date), "2026-06-12 09:30:00")


@tagged("post_install", "-at_install")
class TestTouchpointMachineMail(CaptureCase):
    """Automatic replies, bounces and delivery reports."""

    def test_mail_of_a_machine_is_automated(self):
        for headers in MACHINE_HEADERS:
            with self.subTest(headers=headers):
                message = self._receive(self._mail(ANNA, **headers))
                contact = self._contacts(message_id=message.id)
                self.assertRecordValues(
                    contact,
                    [{"automated": True, "kind": "automatic", "direction": "in"}],
                )
        self.assertFalse(self.profile.last_contact_date)
        self.assertFalse(self.profile.last_inbound_date)
        self._assert_run_agrees()

    def test_mail_of_a_person_is_personal(self):
        for headers in PERSON_HEADERS:
            with self.subTest(headers=headers):
                message = self._receive(self._mail(ANNA, **headers))
                self.assertFalse(self._contacts(message_id=message.id).automated)

    def test_automatic_reply_to_our_mail_is_automated(self):
        ours = self._post(self.lead, self.seller, self.anna)
        reply = self._mail(ANNA, answers=ours, Auto_Submitted="auto-replied")
        contact = self._contacts(message_id=self._receive(reply).id)
        self.assertTrue(contact.automated)
        self.assertEqual(contact.res_id, self.lead.id)
        self.assertFalse(self.profile.last_inbound_date)

    def test_automatic_reply_of_ours_is_automated(self):
        theirs = self._receive(self._mail(ANNA))
        away = self._mail(
            "Seller <seller@our.example>",
            to=ANNA,
            answers=theirs,
            Auto_Submitted="auto-replied",
        )
        contact = self._contacts(message_id=self._receive(away).id)
        self.assertRecordValues(contact, [{"direction": "out", "automated": True}])
        self.assertFalse(self.profile.last_outbound_date)

    def _bounce(self, message):
        """A delivery report (RFC 3464) for a message to Anna."""
        return "\n".join(
            [
                "From: MAILER-DAEMON@azur.example",
                "To: bounce@our.example",
                "Subject: Undelivered Mail Returned to Sender",
                "Message-Id: <bounce@azur.example>",
                "MIME-Version: 1.0",
                "Content-Type: multipart/report; report-type=delivery-status;",
                ' boundary="part"',
                "",
                "--part",
                "Content-Type: text/plain",
                "",
                "Nobody here of that name.",
                "--part",
                "Content-Type: message/delivery-status",
                "",
                "Reporting-MTA: dns; azur.example",
                "",
                "Final-Recipient: rfc822; anna@azur.example",
                "Action: failed",
                "Status: 5.1.1",
                "",
                "--part",
                "Content-Type: message/rfc822",
                "",
                f"Message-Id: {message.message_id}",
                "From: seller@our.example",
                "To: anna@azur.example",
                "Subject: Offer",
                "",
                "Good morning",
                "--part--",
                "",
            ]
        )

    def test_bounce_is_none_and_takes_back_what_bounced(self):
        message = self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self._contacts().message_id, message)
        gateway = self.env(user=self.env.ref("base.user_root"))["mail.thread"]
        gateway.message_process("crm.lead", self._bounce(message))
        self._flush()
        self.assertEqual(message.notification_ids.notification_status, "bounce")
        self.assertFalse(self._contacts())
        self._run()
        self.assertFalse(self._contacts())
        self.assertFalse(self.profile.last_contact_date)


@tagged("post_install", "-at_install")
class TestTouchpointUnknownSender(CaptureCase):
    """Mail from an address that no contact has."""

    SENDER = "Zoe <zoe@home.example>"

    def test_unknown_sender_in_a_customers_document_is_the_customer(self):
        ours = self._post(self.lead, self.seller, self.anna)
        reply = self._receive(self._mail(self.SENDER, answers=ours))
        self.assertFalse(reply.author_id)
        self.assertRecordValues(
            self._contacts(message_id=reply.id),
            [
                {
                    "partner_id": self.anna.id,
                    "direction": "in",
                    "automated": False,
                    "user_id": self.seller.id,
                }
            ],
        )
        self._assert_run_agrees()

    def test_unknown_sender_is_nobodys_until_the_lead_has_a_customer(self):
        message = self._receive(self._mail(self.SENDER, Subject="Hello"))
        self._run()
        self.assertFalse(self._contacts().profile_id)
        lead = self.env["crm.lead"].search([("name", "=", "Hello")])
        self.assertFalse(lead.partner_id)
        with self._at("2026-06-18 10:00:00"):
            lead.partner_id = self.bert
            self.env.flush_all()
            self._run()
            self.assertRecordValues(
                self._contacts(),
                [
                    {
                        "partner_id": self.bert.id,
                        "message_id": message.id,
                        "date": message.date,
                    }
                ],
            )
            self._assert_run_agrees()

    def test_unknown_sender_who_becomes_a_customer_brings_the_history(self):
        message = self._receive(self._mail(self.SENDER, Subject="Hello"))
        lead = self.env["crm.lead"].search([("name", "=", "Hello")])
        zoe = self.env["res.partner"].create(
            {"name": "Zoe", "email": "zoe@home.example"}
        )
        lead.partner_id = zoe
        self._run()
        self.assertEqual(self._profile(zoe).touchpoint_ids.message_id, message)
        self.assertEqual(self._contacts().partner_id, zoe)


@tagged("post_install", "-at_install")
class TestTouchpointAddressed(CaptureCase):
    """Our people answering from their own mail program."""

    SELLER = "Seller <seller@our.example>"

    def _answer(self, to, **headers):
        theirs = self._receive(self._mail(ANNA))
        return self._receive(self._mail(self.SELLER, to=to, answers=theirs, **headers))

    def test_customer_among_the_recipients_was_reached(self):
        ours = self._answer(f"{ANNA}, sales@our.example")
        self.assertRecordValues(
            self._contacts(message_id=ours.id),
            [
                {
                    "partner_id": self.anna.id,
                    "direction": "out",
                    "channel": "email",
                    "kind": "message",
                    "automated": False,
                    "user_id": self.seller.id,
                }
            ],
        )
        self.assertEqual(self.profile.last_own_contact_date, ours.date)
        self._assert_run_agrees()

    def test_customer_in_copy_was_reached(self):
        ours = self._answer("sales@our.example", Cc=ANNA)
        self.assertEqual(self._contacts(message_id=ours.id).partner_id, self.anna)

    def test_customers_mail_in_copy_to_another_customer_is_only_theirs(self):
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        self._receive(self._mail(ANNA, Cc="info@rosso.example"))
        self._run()
        self.assertRecordValues(
            self._contacts(), [{"partner_id": self.anna.id, "direction": "in"}]
        )

    def test_one_addressed_and_one_notified_are_one_contact(self):
        ours = self._post(self.lead, self.seller, self.anna)
        self.lead.message_subscribe(self.anna.ids)
        mail = self._mail(self.SELLER, to="bert@azur.example", answers=ours)
        contact = self._contacts(message_id=self._receive(mail).id)
        self.assertEqual(contact.partner_id, self.anna)
        self.assertEqual(contact.other_partner_ids, self.bert)
        self._assert_run_agrees()

    def test_bounce_at_a_follower_does_not_undo_who_was_addressed(self):
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        ours = self._post(self.lead, self.seller, self.anna)
        self.lead.message_subscribe(other.ids)
        mail = self._mail(self.SELLER, to=ANNA, answers=ours)
        message = self._receive(mail)
        contacts = self._contacts(message_id=message.id)
        self.assertEqual(contacts.partner_id, self.anna | other)
        failed = message.notification_ids.filtered(lambda n: n.res_partner_id == other)
        failed.write({"notification_status": "bounce"})
        self._flush()
        contacts = self._contacts(message_id=message.id)
        self.assertEqual(contacts.partner_id, self.anna)
