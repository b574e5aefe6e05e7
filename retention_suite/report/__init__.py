from . import retention_answer_report
from . import retention_contact_report
from . import retention_journey_report
from . import retention_handover_report
