def forget(env, *model_names, field_names=None):
    """Have records read again that a statement has changed. All has to be
    flushed before.

    Odoo's own way goes through all fields and all that point to the model. It
    is only worth it where something of the model has been read, which is seldom
    so for who writes a message.

    :param str model_names: of the records
    :param field_names: what has changed; None for all fields
    """
    read = env.transaction.field_data
    for model_name in model_names:
        model = env[model_name]
        if not read.keys().isdisjoint(model._fields.values()):
            model.invalidate_model(field_names, flush=False)
