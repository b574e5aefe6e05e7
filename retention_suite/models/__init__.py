# The parts before the models that are made of them.
from . import retention_alert_life
from . import retention_profile_measure
from . import retention_profile_merge
from . import retention_profile_sync
from . import retention_run_step
from . import retention_touchpoint_capture
from . import retention_touchpoint_hook
from . import retention_touchpoint_source

from . import retention_watermark
from . import retention_channel
from . import retention_purpose_rule
from . import retention_contact_policy
from . import retention_profile
from . import retention_touchpoint
from . import retention_alert
from . import retention_run
from . import calendar_event
from . import crm_lead
from . import mail_activity
from . import mail_activity_schedule
from . import mail_message
from . import mail_notification
from . import mail_thread
from . import res_company
from . import res_config_settings
from . import res_partner
