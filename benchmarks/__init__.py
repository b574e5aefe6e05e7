"""`make bench`: see README.rst."""
