from odoo.tools import SQL


def among(column, ids):
    """A condition: that a column is among some ids.

    :param str column: with its table or alias
    :param ids: None for any
    """
    if ids is None:
        return SQL("TRUE")
    return SQL("%s = ANY(%s)", SQL.identifier(*column.split(".")), list(ids))
