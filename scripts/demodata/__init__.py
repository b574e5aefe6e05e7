"""What `scripts/make_demo.py` writes the suite's demo data from."""
