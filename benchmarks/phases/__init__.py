"""The measurements, one file for each. A phase is a function of a ``Bench``
that returns its results."""
