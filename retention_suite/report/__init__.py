# The parts before what is made of them.
from . import retention_percentile
from . import retention_overview_scope
from . import retention_overview_figures
from . import retention_overview_measures
from . import retention_overview_charts
from . import retention_overview_today
from . import retention_workbook_tables
from . import retention_workbook_summary

from . import retention_answer_report
from . import retention_contact_report
from . import retention_journey_report
from . import retention_journey_stay
from . import retention_handover_report
from . import retention_referral_report
from . import retention_referral_click_report
from . import retention_advocate_report
from . import retention_as_of
from . import retention_churn_report
from . import retention_cohort_report
from . import retention_loss_report
from . import retention_winback_report
from . import retention_overview
from . import retention_workbook
