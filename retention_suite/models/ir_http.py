from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Have what somebody calls ``self`` not be taken for the controller: Odoo
        answers that with a server error."""
        if request.httprequest.path.startswith("/refer"):
            request.params.pop("self", None)
        return super()._dispatch(endpoint)
