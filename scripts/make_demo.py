#!/usr/bin/env python3
"""Write the suite's demo data: retention_suite/demo/.

scripts/make_demo.py

The same input gives the same files: change the tables in scripts/demodata/,
run this, commit both.
"""

import sys
from collections import defaultdict
from pathlib import Path

from demodata import alerts, cases, handovers, journeys, purchases, records, winbacks
from demodata.customers import ADMIN, CUSTOMERS
from demodata.events import Moment
from demodata.former import MORE
from demodata.stories import Story

DEMO = Path(__file__).resolve().parent.parent / "retention_suite/demo"


def main():
    """Write all files."""
    parts = defaultdict(list)
    parts["retention_touchpoint"].append(alerts.READ_HISTORY)
    pauses, contacts = [], {}
    customers = CUSTOMERS + MORE
    for customer in customers:
        customer.deals += purchases.deals(customer.key)
        parts["res_partner"] += records.partners(customer)
        parts["crm_lead"] += records.leads(customer, Moment)
        story = Story(customer)
        pauses += [(customer, pause) for pause in story.pauses]
        contacts[customer.key] = story.events
        for event in story.events:
            model, xml = records.of_event(customer, event)
            parts[model].append(xml)
    by_key = {customer.key: customer for customer in customers}
    parts["crm_lead"] += handovers.leads(by_key)
    parts["mail_message"] += handovers.messages()
    parts["retention_handover"] = handovers.all_records(by_key, contacts)
    parts["retention_journey_transition"] = moves(customers, contacts)
    parts["retention_winback"] = winbacks.all_records(by_key)
    parts["retention_alert"] = alerts.all_records(by_key, pauses)
    for model, xml in parts.items():
        path = DEMO / f"{model}_demo.xml"
        path.write_text(records.document(xml), encoding="utf-8")
        size = path.stat().st_size // 1000
        sys.stdout.write(f"{path.name}: {len(xml)} records, {size} kB\n")


def moves(customers, contacts):
    """How the customers moved between the stages of their journey.

    :param dict contacts: the events of each customer, by key
    """
    known = cases.all_cases()
    found = []
    for customer in customers:
        own = [case for case in known if case.key == customer.key]
        moved = [*journeys.MOVED.get(customer.key, ())]
        for case in own:
            moved += case.moves(customer.user or ADMIN)
        kept = [ages for case in own for ages in case.kept]
        journey = journeys.Journey(customer, contacts[customer.key], moved, kept)
        found += journeys.records_of(journey)
    return [*found, journeys.READ_AGAIN]


if __name__ == "__main__":
    main()
