from .common import RetentionCase


class ReferralCase(RetentionCase):
    """Customers who recommend us."""

    def _recommend(self, referrer, friend, lead=None, **values):
        """A recommendation that was told in person.

        :param referrer: the person who recommends
        :param friend: the contact to whom, or the name of somebody not known yet
        """
        if isinstance(friend, str):
            lead = lead or self.env["crm.lead"].create(
                {"name": friend, "contact_name": friend, "type": "lead"}
            )
            friend = self.env["res.partner"]
        elif lead is None:
            lead = self.env["crm.lead"].create(
                {"name": friend.name, "partner_id": friend.id, "type": "lead"}
            )
        return self.env["retention.referral"]._receive(
            referrer, lead=lead, partner=friend, **values
        )
