"""What the customers of the demo bought, apart from the deals of their stories."""

import random
from dataclasses import dataclass

from .customers import Deal

# An order comes two weeks after it was first spoken of.
LEAD_DAYS = 14
# what the ages and amounts differ by, so that nothing looks like a table
AGE_JITTER, AMOUNT_JITTER = 0.4, 0.2

GOODS = (
    "Task chairs for {place}",
    "Height-adjustable desks for {place}",
    "Acoustic panels for {place}",
    "Lockers for {place}",
    "Lamps for {place}",
    "Shelves for {place}",
    "Meeting table for {place}",
    "Screens between desks for {place}",
    "Cupboards for {place}",
    "Sofas for {place}",
)
PLACES = (
    "the first floor",
    "the second floor",
    "the reception",
    "the training room",
    "the canteen",
    "the new colleagues",
    "the branch office",
    "the management",
    "the accounts department",
    "the break room",
)


@dataclass
class Orders:
    """Orders in a rhythm of so many days, from one age to another.

    :param float growth: what each amount is multiplied by against the one before:
        above 1 the customer grows, below it fades
    """

    every: int
    first: int
    last: int
    amount: int
    growth: float = 1.0


ORDERS = {
    # ---- regular
    "bergmann": Orders(46, 468, 20, 3800),
    "hofmann": Orders(47, 455, 26, 6400),
    "kramer": Orders(74, 430, 31, 8800),
    "petersen": Orders(38, 190, 38, 2600),
    "lumiere": Orders(39, 165, 45, 1900),
    "azure": Orders(36, 505, 18, 5600),
    "deco": Orders(45, 485, 24, 3100),
    "gemini": Orders(58, 286, 22, 2100),
    "warsaw": Orders(46, 305, 34, 1300),
    "bianchi": Orders(44, 282, 26, 1500),
    "hebel": Orders(34, 80, 15, 1900),
    "bellevue": Orders(47, 228, 58, 1600),
    # ---- growing
    "hansa": Orders(62, 410, 29, 4900, 1.16),
    "klinikum": Orders(66, 440, 16, 9500, 1.14),
    "eichenau": Orders(70, 430, 22, 7200, 1.12),
    "technopark": Orders(40, 370, 12, 2400, 1.11),
    "seeblick": Orders(48, 332, 24, 3100, 1.12),
    "fjord": Orders(52, 350, 34, 4200, 1.06),
    "readymat": Orders(36, 148, 33, 1800, 1.12),
    "museum": Orders(24, 46, 19, 2600, 1.3),
    # ---- fading
    "alpenblick": Orders(58, 450, 190, 11800, 0.72),
    "delta": Orders(55, 430, 178, 9600, 0.8),
    "brandt": Orders(52, 390, 150, 6900, 0.85),
    "iberia": Orders(64, 400, 214, 4600, 0.92),
    "orchard": Orders(66, 410, 206, 4500, 0.95),
    "schneider": Orders(68, 380, 140, 3800, 0.8),
    "renner": Orders(92, 450, 170, 3300, 0.7),
    "wirth": Orders(95, 420, 210, 2400, 0.75),
    "vogt": Orders(110, 420, 200, 3600, 0.7),
    "polder": Orders(52, 345, 120, 2900, 0.85),
    # ---- now and then
    "sonnenhang": Orders(190, 390, 110, 1500),
    "mayerkoch": Orders(50, 420, 366, 1800),
    "sonnenschein": Orders(36, 118, 40, 700),
    "falkenstein": Orders(120, 400, 250, 2800, 0.7),
    # ---- left, and came back or not
    "lindqvist": Orders(62, 430, 305, 3400),
    "rosenthal": Orders(44, 470, 258, 11200, 1.02),
    "adler": Orders(58, 440, 168, 8300, 0.95),
    "dreikronen": Orders(56, 410, 250, 6100),
    "steinbach": Orders(60, 450, 350, 4300),
    "lichtblick": Orders(48, 420, 205, 5200, 0.93),
}
# What was bought after a time in which the customer had left.
AGAIN = {
    "lindqvist": ((71, 3900), (30, 2800)),
    "dreikronen": ((148, 4800), (92, 6200), (37, 6900)),
    "steinbach": ((252, 3800), (186, 2100)),
}


def deals(key):
    """Return the orders of a customer as deals, the oldest first.

    :param str key: of the customer
    """
    # not hash(), which differs from run to run
    chance = random.Random(f"19 orders {key}")
    bought = [*_rhythm(ORDERS[key], chance)] if key in ORDERS else []
    bought += AGAIN.get(key, ())
    goods = chance.sample(GOODS, len(GOODS))
    places = chance.sample(PLACES, len(PLACES))
    return [
        order(goods[n % len(goods)].format(place=places[n % len(places)]), *entry)
        for n, entry in enumerate(bought)
    ]


def order(name, age, amount):
    """One order, as a deal that was won.

    :param int age: how many days ago it was won
    """
    return Deal(name, age + LEAD_DAYS, amount, "won", age, is_order=True)


def _rhythm(orders, chance):
    age, amount = orders.first, orders.amount
    while age > orders.last + orders.every // 2:
        yield age, _about(amount, chance)
        age -= round(orders.every * chance.uniform(1 - AGE_JITTER, 1 + AGE_JITTER))
        amount *= orders.growth
    yield orders.last, _about(amount, chance)


def _about(amount, chance):
    """Return about this amount, as prices are."""
    return (
        round(amount * chance.uniform(1 - AMOUNT_JITTER, 1 + AMOUNT_JITTER) / 10) * 10
    )
