#!/usr/bin/env python3
"""Write the suite's demo data: retention_suite/demo/.

scripts/make_demo.py

The same input gives the same files: change the tables in scripts/demodata/,
run this, commit both.
"""

import sys
from collections import defaultdict
from pathlib import Path

from demodata import alerts, handovers, records
from demodata.customers import CUSTOMERS
from demodata.events import Moment
from demodata.stories import Story

DEMO = Path(__file__).resolve().parent.parent / "retention_suite/demo"


def main():
    """Write all files."""
    parts = defaultdict(list)
    parts["retention_touchpoint"].append(alerts.READ_HISTORY)
    pauses, contacts = [], {}
    for customer in CUSTOMERS:
        parts["res_partner"] += records.partners(customer)
        parts["crm_lead"] += records.leads(customer, Moment)
        story = Story(customer)
        pauses += [(customer, pause) for pause in story.pauses]
        contacts[customer.key] = story.events
        for event in story.events:
            model, xml = records.of_event(customer, event)
            parts[model].append(xml)
    by_key = {customer.key: customer for customer in CUSTOMERS}
    parts["crm_lead"] += handovers.leads(by_key)
    parts["mail_message"] += handovers.messages()
    parts["retention_handover"] = handovers.all_records(by_key, contacts)
    parts["retention_alert"] = alerts.all_records(by_key, pauses)
    for model, xml in parts.items():
        path = DEMO / f"{model}_demo.xml"
        path.write_text(records.document(xml), encoding="utf-8")
        size = path.stat().st_size // 1000
        sys.stdout.write(f"{path.name}: {len(xml)} records, {size} kB\n")


if __name__ == "__main__":
    main()
