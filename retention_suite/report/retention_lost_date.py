from odoo.tools import SQL

# The day on which the customer of case ``c`` was lost, by the calendar ``cal`` of the
# company. Who cancelled is lost with the last day, as in the churn rate: whether the
# case is still open then, or was given up before or after, is no other day. NULL for
# who was won back, or is not lost.
LOST_DATE = SQL(
    """
    CASE WHEN c.result = 'won' THEN NULL
         WHEN c.result = 'lost' OR c.has_left THEN COALESCE(
              CASE WHEN c.cancel_date IS NOT NULL THEN c.end_date END,
              ((c.close_date AT TIME ZONE 'UTC')
               AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date)
         END
    """
)
