def gathered(env, key, kind, settle):
    """Return what has been gathered in this transaction so far, to add to it.

    :param str key: under which it is kept in ``cr.precommit.data``; what settles
        it takes it out there
    :param kind: ``dict`` or ``set``, what it begins as
    :param settle: called without arguments, once, just before the transaction is
        committed
    """
    precommit = env.cr.precommit
    if key not in precommit.data:
        precommit.data[key] = kind()
        precommit.add(settle)
    return precommit.data[key]
