"""The win-back cases of the demo, and which play was started in whom.

Ages are in days before the demo is loaded (see ``events.py``).
"""

from dataclasses import dataclass

from .former import PLAY_AGE, PLAY_DAYS, SMALL

# When small customers were given up.
GIVEN_UP_AGES = (134, 121, 103, 88, 72, 65)
VOUCHER_COST = 45
FACTS = "Bought again or won: seen from the facts"

COMPETITORS = (("raumwerk", "Raumwerk Systems"), ("direkt", "Bürowelt Direkt"))
PLAYS = (
    (
        "voucher",
        "A voucher and a call",
        "dormancy",
        "activity_plan_wake_up",
        45,
        "45 off the next order, whatever it is",
        VOUCHER_COST,
        PLAY_DAYS,
    ),
)
# Why those had gone who came back, one after the other.
FORGOTTEN = (
    "service_nobody",
    "missing",
    "crm.lost_reason_1",
    "service_nobody",
    "need",
    "competitor",
)
# The reasons of small customers that are not named in their line as the suite does.
REASONS = {"bigger": "competitor", "expensive": "crm.lost_reason_1"}


@dataclass
class Case:
    """One case."""

    key: str
    kind: str
    opened: int
    step: str
    # without lost_reason_, but for Odoo's own
    reason: str = ""
    competitor: str = ""
    chance: int = 30
    # xmlid of the play, and when it was started
    play: str = ""
    started: int = 0
    offer: str = ""
    cost: int = 0
    # "won" or "lost", when and why so
    result: str = ""
    closed: int = 0
    note: str = ""
    # of a cancellation: when, and the last day, which may come
    cancelled: int = 0
    end: int | None = None
    notice: int = 30
    wish: str = ""
    withdrawn: bool = False
    # what made the customer leave was put right
    dealt: bool = True
    # what became of the message of its play: "sent", or why it is held back
    message: str = ""
    # what is to be done: summary, in so many days
    todo: tuple = ()
    number: int = 1

    @property
    def ref(self):
        """Its name in the data."""
        suffix = f"_{self.number}" if self.number > 1 else ""
        return f"demo_winback_{self.key}{suffix}"

    @property
    def has_left(self):
        """Whether the last day is over."""
        return bool(self.cancelled) and self.end > 0

    def moves(self, user):
        """What people did with the customer, as :class:`Journey` takes it.

        :param str user: who works the case
        """
        found = []
        if self.cancelled > 7:
            found.append((self.cancelled, "at_risk", user, "Cancelled"))
        elif self.kind == "save" and self.result:
            found.append((self.opened, "at_risk", user, self.wish))
        if self.has_left and not self.withdrawn and not self.closed > self.end:
            found.append((self.end - 1, "lost", "", ""))
        if self.result == "won":
            found.append((self.closed, "recovered", user, self.note))
        elif self.result == "lost":
            found.append((self.closed, "lost", user, self.note))
        return found

    @property
    def kept(self):
        """The ages between which the rules leave the customer alone."""
        if self.cancelled:
            return [(self.cancelled, min(self.closed or 0, self.end))]
        return [(self.opened, self.closed)] if self.closed else []


VOUCHER_PLAY = "demo_play_voucher"
CALL_PLAY = "play_cancellation"
SAVE_PLAY = "play_save"
WAKE_PLAY = "play_wake_up"
CASES = [
    # ---- decided
    Case(
        "rosenthal",
        "cancellation",
        238,
        "decided",
        reason="competitor",
        competitor="raumwerk",
        chance=25,
        play=CALL_PLAY,
        started=238,
        offer="A year of free service with a contract over three years",
        cost=1500,
        result="lost",
        closed=206,
        note="The competitor has furnished their new branches on trial",
        cancelled=238,
        end=206,
        wish="One supplier for all branches",
    ),
    Case(
        "adler",
        "cancellation",
        128,
        "decided",
        reason="price",
        chance=40,
        play=CALL_PLAY,
        started=127,
        offer="The old prices for another six months",
        cost=800,
        result="lost",
        closed=97,
        note="Six months were not enough for them",
        cancelled=128,
        end=97,
        wish="The old prices",
    ),
    Case(
        "lichtblick",
        "save",
        176,
        "decided",
        reason="quality",
        chance=45,
        play=SAVE_PLAY,
        started=175,
        offer="All drawers exchanged",
        cost=620,
        result="lost",
        closed=146,
        note="The new drawers jammed as well",
        wish="Drawers that open",
    ),
    Case(
        "steinbach",
        "cancellation",
        330,
        "loyalty",
        reason="service_nobody",
        chance=50,
        play=CALL_PLAY,
        started=322,
        offer="A contact person of their own",
        result="won",
        closed=252,
        note="A contact person of their own, and an order",
        cancelled=362,
        end=331,
    ),
    Case(
        "steinbach",
        "cancellation",
        88,
        "decided",
        reason="competitor",
        competitor="direkt",
        chance=10,
        result="lost",
        closed=62,
        note="Orders online only now",
        number=2,
    ),
    Case(
        "mayerkoch",
        "save",
        290,
        "decided",
        reason="service_nobody",
        chance=20,
        result="lost",
        closed=269,
        note="Had no contact for months and bought elsewhere",
    ),
    Case(
        "falkenstein",
        "cancellation",
        35,
        "decided",
        reason="closed",
        chance=5,
        result="lost",
        closed=31,
        note="The brewery closes at the end of the year",
    ),
    Case(
        "dreikronen",
        "cancellation",
        196,
        "loyalty",
        reason="complaint",
        chance=60,
        play=CALL_PLAY,
        started=196,
        offer="All chairs upholstered anew, free of charge",
        cost=450,
        result="won",
        closed=168,
        note="Withdrawn",
        cancelled=196,
        end=165,
        wish="Chairs that last",
        withdrawn=True,
    ),
    Case(
        "seeblick",
        "save",
        118,
        "loyalty",
        reason="service_late",
        chance=70,
        play=SAVE_PLAY,
        started=117,
        offer="A technician on the same day, for a year",
        cost=250,
        result="won",
        closed=93,
        note="The technician came the next morning",
        wish="Doors that do not jam",
    ),
    Case(
        "lindqvist",
        "dormancy",
        116,
        "loyalty",
        reason="service_nobody",
        chance=45,
        play=WAKE_PLAY,
        started=113,
        result="won",
        closed=71,
        note=FACTS,
        dealt=False,
        message="sent",
    ),
    # ---- under way
    Case(
        "brandt",
        "cancellation",
        0,
        "reason",
        reason="service_late",
        chance=40,
        cancelled=6,
        end=-24,
        wish="Somebody who calls back the same day",
    ),
    Case(
        "schneider",
        "cancellation",
        0,
        "identified",
        cancelled=1,
        end=-60,
        todo=("Call about the cancellation", 0),
    ),
    Case(
        "alpenblick",
        "save",
        26,
        "reason",
        reason="crm.lost_reason_1",
        chance=35,
        wish="Prices like those of the hotel chains",
    ),
    Case(
        "vogt",
        "save",
        13,
        "running",
        reason="service_nobody",
        chance=55,
        play=SAVE_PLAY,
        started=12,
        offer="A visit with ideas for the library",
        cost=90,
        todo=("Ask whether what was agreed works", 3),
    ),
    Case(
        "delta",
        "save",
        11,
        "identified",
        chance=50,
    ),
    Case(
        "pilgrim",
        "save",
        22,
        "reason",
        reason="competitor",
        competitor="raumwerk",
        chance=35,
        offer="Two desks on trial for three months",
        cost=180,
    ),
    Case(
        "iberia",
        "save",
        19,
        "running",
        reason="service_nobody",
        chance=45,
        play=SAVE_PLAY,
        started=18,
        offer="A visit and a plan for the new collection",
        cost=320,
        todo=("Ask whether what was agreed works", 2),
    ),
    Case(
        "renner",
        "cancellation",
        56,
        "running",
        reason="price",
        play=CALL_PLAY,
        started=55,
        offer="Last year's prices until summer",
        cost=260,
        cancelled=56,
        end=24,
        wish="A discount for resellers",
        todo=("Call again: does the offer help?", 1),
    ),
]


def small_cases():
    """The cases of the small customers who were addressed."""
    found, given_up, forgotten = [], iter(GIVEN_UP_AGES), iter(FORGOTTEN)
    for small in SMALL:
        if not small.addressed:
            continue
        offer = {
            "play": VOUCHER_PLAY,
            "started": PLAY_AGE,
            "offer": PLAYS[0][5],
            "cost": VOUCHER_COST,
        }
        what, why = small.end[:2]
        if what == "back":
            found.append(
                Case(
                    small.key,
                    "dormancy",
                    PLAY_AGE,
                    "loyalty",
                    reason=next(forgotten),
                    result="won",
                    closed=why,
                    note=FACTS,
                    **offer,
                )
            )
            continue
        found.append(
            Case(
                small.key,
                "dormancy",
                PLAY_AGE,
                "decided",
                reason=REASONS.get(what, what),
                competitor="direkt" if what == "bigger" else "",
                result="lost",
                closed=next(given_up),
                note=why,
                **offer,
            )
        )
    return found


# Small customers who were left out, and in whom another play is running now.
WOKEN = (("yoga", "treated"), ("kino", "treated"), ("steuer", "left_out"))
WOKEN_AGE = 17
# Who wants no e-mails from us.
NO_MAILS = "kino"


def woken_cases():
    """The cases of those in whom the second play is running."""
    return [
        Case(
            key,
            "dormancy",
            WOKEN_AGE,
            "running",
            chance=20,
            play=WAKE_PLAY,
            started=WOKEN_AGE,
            message="blacklist" if key == NO_MAILS else "sent",
            todo=("Call: what do they need now?", -3),
        )
        for key, group in WOKEN
        if group == "treated"
    ]


def all_cases():
    """All cases, the oldest first."""
    cases = CASES + small_cases() + woken_cases()
    return sorted(cases, key=lambda case: -(case.opened or case.cancelled))
