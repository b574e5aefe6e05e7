def uninstall_hook(env):
    """Take the open activities along that only the suite has asked for."""
    alerts = env["retention.alert"].search([])
    alerts._open_activities().unlink()
