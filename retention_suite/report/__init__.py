from . import retention_contact_report
