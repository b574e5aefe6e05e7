import base64
from urllib.parse import quote, urlencode

from reportlab.graphics.barcode import createBarcodeDrawing

from odoo import api, models

# Where a prepared text can be shared: the pages open on the customer's own device.
# {url} is the link, {text} the prepared text with it.
SHARE_URLS = {
    "mail": "mailto:?body={text}",
    "whatsapp": "https://wa.me/?text={text}",
    "linkedin": "https://www.linkedin.com/sharing/share-offsite/?url={url}",
    "facebook": "https://www.facebook.com/sharer/sharer.php?u={url}",
}
QR_SIZE = 200  # pixels


class RetentionReferralPortal(models.AbstractModel):
    """What customers see of their recommendations: how they stand, not who or
    what they were about."""

    _name = "retention.referral.portal"
    _description = "Referrals in the Portal"

    @api.model
    def _portal_person(self):
        """Return the person who is logged in."""
        return self.env.user.partner_id

    @api.model
    def _portal_names(self):
        """Return the ways in which friends may read who recommends us."""
        return (
            self._portal_person()
            ._fields["retention_referral_name"]
            ._description_selection(self.env)
        )

    @api.model
    def _portal_choose_name(self, named):
        """Choose how friends read who recommends us.

        :param str named: one of these ways; nothing happens with anything else
        """
        if named in dict(self._portal_names()):
            self._portal_person().retention_referral_name = named

    @api.model
    def _portal_programs(self):
        """Return, for each programme that is running, the programme and the link
        of the person who is logged in, which may be none yet, or revoked."""
        Program = self.env["retention.referral.program"]
        programs = Program.search([("company_id", "=", self.env.company.id)])
        programs = programs.filtered(lambda program: program._is_running())
        links = self.with_context(active_test=False).search(
            [
                ("partner_id", "=", self._portal_person().id),
                ("program_id", "in", programs.ids),
            ],
            order="active, is_merged desc, id",
        )
        # the newest that is good and the person's own comes last
        by_program = {link.program_id: link for link in links}
        return [(program, by_program.get(program, self)) for program in programs]

    @api.model
    def _portal_new_link(self, program_id):
        """Make the link of the person who is logged in, if there is none.

        :param int program_id: a programme; nothing happens if it is not running, or
            if the person had a link that was revoked
        """
        for program, link in self._portal_programs():
            if program.id == program_id and not link:
                self._of(self._portal_person(), program)

    @api.model
    def _portal_referrals(self):
        """Return the recommendations of the person who is logged in."""
        return self.env["retention.referral"].search(
            [
                ("referrer_id", "=", self._portal_person().id),
                ("is_merged", "=", False),
            ]
        )

    def _share_links(self):
        """Return where the link can be shared: ``(channel, name, url)``."""
        self.ensure_one()
        names = dict(
            self.env["retention.referral"]
            ._fields["channel"]
            ._description_selection(self.env)
        )
        shares = []
        for channel, pattern in SHARE_URLS.items():
            url = self._channel_url(channel)
            text = f"{self.program_id.share_text or ''}\n{url}".strip()
            shares.append(
                (
                    channel,
                    names[channel],
                    pattern.format(url=quote(url, safe=""), text=quote(text, safe="")),
                )
            )
        return shares

    def _channel_url(self, channel):
        return f"{self.url}?{urlencode({'c': channel})}"

    def _qr_picture(self):
        """Return the QR code of the link, as the address of a picture.

        A drawing: to make dots of it, Odoo's own barcodes need a library more,
        which is not installed everywhere.
        """
        drawing = createBarcodeDrawing(
            "QR", value=self._channel_url("qr"), width=QR_SIZE, height=QR_SIZE
        )
        picture = base64.b64encode(drawing.asString("svg").encode()).decode()
        return f"data:image/svg+xml;base64,{picture}"
