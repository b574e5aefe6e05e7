"""Tools to run, test and check the suite on a real Odoo; standard library only."""
