from odoo.tests import tagged

from .capture import CaptureCase


@tagged("post_install", "-at_install")
class TestTouchpointChat(CaptureCase):
    """Chats with outside persons."""

    def setUp(self):
        super().setUp()
        self.portal = self._portal_user(self.anna)
        members = self.seller.partner_id | self.anna
        self.channel = (
            self.env["discuss.channel"]
            .with_user(self.seller)
            ._create_group(partners_to=members.ids, name="Azur")
        )
        self._flush()

    def _chat(self, user, channel=None, **values):
        message = (
            (channel or self.channel)
            .with_user(user)
            .sudo()
            .message_post(
                body="Hi",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **values,
            )
        )
        self._flush()
        return message

    def test_both_directions_of_a_chat_count(self):
        self._chat(self.portal)
        self._chat(self.seller)
        self.assertRecordValues(
            self._contacts().sorted("id"),
            [
                {"direction": "in", "channel": "chat", "partner_id": self.anna.id},
                {"direction": "out", "channel": "chat", "partner_id": self.anna.id},
            ],
        )
        self.assertEqual(self._contacts(direction="out").user_id, self.seller)
        self._assert_run_agrees()

    def test_making_a_chat_is_no_contact(self):
        self._run()
        self.assertFalse(self._contacts())

    def test_chat_among_colleagues_is_none(self):
        channel = (
            self.env["discuss.channel"]
            .with_user(self.seller)
            ._create_group(partners_to=self.colleague.partner_id.ids)
        )
        self._chat(self.seller, channel)
        self._run()
        self.assertFalse(self._contacts())

    def test_who_joins_a_chat_later_was_not_reached_before(self):
        with self._at("2026-06-10 10:00:00"):
            first = self._chat(self.seller)
        self._add_members(self.bert)
        second = self._chat(self.seller)
        self.assertFalse(self._contacts(message_id=first.id).other_partner_ids)
        contact = self._contacts(message_id=second.id)
        self.assertEqual(contact.other_partner_ids, self.bert)
        self._assert_run_agrees()

    def _add_members(self, partners):
        self.channel.sudo()._add_members(partners=partners, post_joined_message=False)
        self._flush()

    def test_chat_posted_for_a_colleague_counts_at_once(self):
        self._add_members(self.colleague.partner_id)
        self._chat(
            self.colleague, self.channel.sudo(), author_id=self.seller.partner_id.id
        )
        self.assertEqual(self._contacts().user_id, self.seller)
        self._assert_run_agrees()
