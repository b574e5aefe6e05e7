from . import base_partner_merge
from . import retention_alert_close
from . import retention_handover_pass
from . import retention_handover_return
from . import retention_log_contact
from . import retention_journey
from . import retention_referral_thank
