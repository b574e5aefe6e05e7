from . import retention_answer_report
from . import retention_contact_report
