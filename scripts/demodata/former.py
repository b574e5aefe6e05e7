"""More customers of the demo: those who left, the small ones of whom half were asked
to come back, and those who have just come.

Ages are in days before the demo is loaded (see ``events.py``).
"""

from dataclasses import dataclass

from .customers import ADMIN, ANNA, DEMO, JONAS, Customer, won
from .purchases import order

# When the play for small customers who had gone silent was started, and how long a
# purchase counted as a success of it.
PLAY_AGE, PLAY_DAYS = 168, 90

FORMER = [
    Customer(
        "rosenthal",
        "Privatbank Rosenthal AG",
        "de 60313 Frankfurt am Main, Goethestraße 22, +49 69 5550 4410",
        "privatbank-rosenthal.example",
        "Verena Rosenthal | Management Board; Stefan Groß | Real Estate",
        ANNA,
        [won("Customer rooms, head office", 538, 38500)],
        # went to a competitor
        [("steady", 27, 532, 262), ("payment", 246), ("call", 232), ("meet", 218)],
        ("key",),
    ),
    Customer(
        "adler",
        "Adler Versicherungsmakler GmbH",
        "de 70173 Stuttgart, Königstraße 40, +49 711 5550 620",
        "adler-makler.example",
        "Harald Adler | Managing Director; Simone Kurz | Office Manager",
        JONAS,
        [won("Open-plan office", 512, 24600)],
        # prices rose
        [("steady", 36, 506, 150), ("call", 126), ("sales_talk", 112)],
    ),
    Customer(
        "dreikronen",
        "Hotel Drei Kronen KG",
        "de 99423 Weimar, Markt 19, +49 3643 5550 70",
        "drei-kronen.example",
        "Friederike Kron | Owner; Paul Seidel | Housekeeping",
        ADMIN,
        [won("Breakfast room", 470, 17200)],
        # a complaint, a cancellation, and a good end
        [
            ("steady", 31, 464, 216),
            ("service", 208),
            ("service", 200),
            ("call", 186),
            ("meet", 178),
            ("steady", 24, 160, 12),
        ],
    ),
    Customer(
        "steinbach",
        "Steinbach Bau KG",
        "de 34117 Kassel, Wilhelmsstraße 8, +49 561 5550 940",
        "steinbach-bau.example",
        "Rüdiger Steinbach | Managing Partner",
        DEMO,
        [won("Site office and archive", 500, 9800)],
        # left, came back, and left again
        [
            ("steady", 26, 495, 352),
            ("call", 318),
            ("meet", 276),
            ("sales_talk", 258),
            ("steady", 34, 240, 152),
            ("call", 84),
        ],
    ),
    Customer(
        "lichtblick",
        "Lichtblick Optik GmbH",
        "de 28195 Bremen, Obernstraße 52, +49 421 5550 380",
        "lichtblick-optik.example",
        "Jasmin Ott | Managing Director; Bernd Krüger | Purchasing",
        JONAS,
        [won("Shop counters, six branches", 486, 21900)],
        # not satisfied with what was delivered
        [("steady", 29, 480, 192), ("service", 184), ("service", 170), ("call", 158)],
    ),
]


@dataclass
class Small:
    """One line of the table below.

    ``end``: of those who were addressed "back" with the age and amount of what they
    bought, or the reason for which they were given up; of those left out "back", or
    nothing.
    """

    key: str
    name: str
    place: str
    person: str
    user: str
    age: int
    item: str
    amount: int
    addressed: bool
    end: tuple = ()
    # a second order soon after the first
    second: int = 0


SMALL = [
    Small(
        "fahrschule",
        "Fahrschule Kupfer",
        "de 39104 Magdeburg, Breiter Weg 90, +49 391 5550 14",
        "Sven Kupfer | Owner",
        DEMO,
        545,
        "Chairs for the class room",
        2600,
        True,
        ("back", 141, 1400),
        700,
    ),
    Small(
        "notar",
        "Notariat Feldmann",
        "de 49074 Osnabrück, Große Straße 12, +49 541 5550 33",
        "Dr. Ruth Feldmann | Notary",
        ANNA,
        531,
        "Filing cabinets",
        3900,
        True,
        ("need", "They work without paper now"),
    ),
    Small(
        "yoga",
        "Yogaraum Lindenhof",
        "de 79098 Freiburg, Gerberau 3, +49 761 5550 28",
        "Mara Linden | Owner",
        ANNA,
        518,
        "Benches and lockers",
        1800,
        False,
        (),
        450,
    ),
    Small(
        "zahnarzt",
        "Zahnarztpraxis Dr. Wolter",
        "de 24103 Kiel, Holtenauer Straße 44, +49 431 5550 92",
        "Dr. Jens Wolter | Dentist",
        JONAS,
        512,
        "Waiting room chairs",
        3100,
        True,
        ("back", 128, 1900),
    ),
    Small(
        "buchladen",
        "Buchladen Seitenweise",
        "de 72070 Tübingen, Neckargasse 8, +49 7071 5550 6",
        "Almut Beck | Owner",
        DEMO,
        498,
        "Reading corner",
        2200,
        False,
    ),
    Small(
        "goldschmied",
        "Goldschmiede Aurum",
        "de 75175 Pforzheim, Bahnhofstraße 20, +49 7231 5550 17",
        "Leonie Stark | Goldsmith",
        ADMIN,
        491,
        "Work benches",
        4200,
        True,
        ("closed", "The owner has retired"),
        600,
    ),
    Small(
        "musikschule",
        "Musikschule Dreiklang",
        "de 97070 Würzburg, Domstraße 15, +49 931 5550 51",
        "Tobias Hahn | Head",
        JONAS,
        480,
        "Chairs for the concert room",
        3400,
        False,
        ("back", 118, 1600),
        900,
    ),
    Small(
        "galerie",
        "Galerie am Wehr",
        "ch 3011 Bern, Kramgasse 41, +41 31 555 01 63",
        "Nina Aebi | Gallery Owner",
        ANNA,
        474,
        "Plinths and a counter",
        4800,
        True,
        ("back", 135, 2300),
    ),
    Small(
        "tierarzt",
        "Tierarztpraxis Hohenfels",
        "de 88662 Überlingen, Münsterstraße 9, +49 7551 5550 4",
        "Dr. Anja Hohenfels | Veterinary",
        ADMIN,
        466,
        "Reception desk",
        2900,
        False,
        (),
        500,
    ),
    Small(
        "reisen",
        "Reisebüro Kompass",
        "at 4020 Linz, Landstraße 33, +43 732 555 019",
        "Gernot Mayr | Owner",
        ADMIN,
        459,
        "Counters",
        3600,
        True,
        ("moved", "They have moved to Graz, too far for our fitters"),
    ),
    Small(
        "steuer",
        "Steuerkanzlei Brinkmann",
        "de 33602 Bielefeld, Niederwall 25, +49 521 5550 73",
        "Ute Brinkmann | Tax Adviser",
        JONAS,
        448,
        "Two workplaces",
        3300,
        False,
    ),
    Small(
        "catering",
        "Catering Feinkost Moll",
        "de 45127 Essen, Kettwiger Straße 2, +49 201 5550 36",
        "Daniel Moll | Owner",
        ADMIN,
        441,
        "Tables that fold",
        2700,
        True,
        ("back", 112, 1250),
        1100,
    ),
    Small(
        "fotostudio",
        "Fotostudio Blende Acht",
        "de 01067 Dresden, Prager Straße 11, +49 351 5550 82",
        "Carla Voss | Photographer",
        ADMIN,
        433,
        "Make-up tables",
        1900,
        False,
        (),
        400,
    ),
    Small(
        "apotheke",
        "Löwen-Apotheke Celle",
        "de 29221 Celle, Zöllnerstraße 6, +49 5141 5550 20",
        "Henrike Lauer | Pharmacist",
        ADMIN,
        425,
        "Shelves for the back room",
        4100,
        True,
        ("bigger", "Buys everything at Bürowelt Direkt now"),
    ),
    Small(
        "kino",
        "Filmtheater Capitol",
        "de 06108 Halle, Große Ulrichstraße 51, +49 345 5550 65",
        "Bruno Lang | Manager",
        JONAS,
        416,
        "Foyer seats",
        3700,
        False,
    ),
    Small(
        "hebammen",
        "Hebammenhaus Storchennest",
        "de 48143 Münster, Salzstraße 30, +49 251 5550 58",
        "Wiebke Kamp | Midwife",
        ADMIN,
        407,
        "Armchairs",
        1700,
        True,
        ("back", 124, 1050),
    ),
    Small(
        "segelmacher",
        "Segelmacherei Lüders",
        "de 18055 Rostock, Lange Straße 4, +49 381 5550 9",
        "Knut Lüders | Sailmaker",
        DEMO,
        398,
        "Cutting tables",
        4600,
        False,
        (),
        800,
    ),
    Small(
        "baeckerei",
        "Bäckerei Sommerfeld",
        "de 37073 Göttingen, Weender Straße 27, +49 551 5550 44",
        "Ines Sommerfeld | Owner",
        JONAS,
        389,
        "Café tables",
        2400,
        True,
        ("unknown", "Nobody could be reached"),
    ),
    Small(
        "schule",
        "Freie Schule Birkenau",
        "de 69488 Birkenau, Hauptstraße 60, +49 6201 5550 12",
        "Clemens Roth | Head",
        ANNA,
        378,
        "Staff room",
        3900,
        False,
    ),
    Small(
        "physio",
        "Physiotherapie am Park",
        "de 86150 Augsburg, Maximilianstraße 18, +49 821 5550 31",
        "Sabrina Falk | Owner",
        ANNA,
        367,
        "Stools and a counter",
        2100,
        True,
        ("back", 105, 1350),
        650,
    ),
    Small(
        "blumen",
        "Blumen Wiesengrund",
        "de 54290 Trier, Simeonstraße 14, +49 651 5550 7",
        "Heike Thoma | Florist",
        DEMO,
        355,
        "Display tables",
        1600,
        False,
    ),
    Small(
        "kletter",
        "Bouldercafé Überhang",
        "de 93047 Regensburg, Haidplatz 5, +49 941 5550 26",
        "Linus Graf | Manager",
        DEMO,
        344,
        "Tables for the café",
        2800,
        True,
        ("expensive", "Our smallest order is too large for them"),
    ),
]


def customer(small):
    """Return a small customer, with the story that its line tells."""
    age, user = small.age, small.user
    deals = [won(small.item, age, small.amount)]
    # how it began, and then silence
    story = [
        ("sales_talk", age - 2),
        ("call", age - 10),
        ("meet", age - 21),
        ("sales_talk", age - 30),
        ("mails", age - 44),
    ]
    if small.second:
        deals.append(order("Something was missing", age - 56, small.second))
    if small.addressed:
        story.append(("call", PLAY_AGE - 4 - age % 5))
    if small.end[:1] == ("back",):
        _back, bought, amount = small.end
        deals.append(order("More of the same", bought, amount))
        story += [("sales_talk", bought + 9), ("steady", 23, bought - 12, 13)]
    elif small.addressed:
        story.append(("call", PLAY_AGE - 20 - age % 12))
    return Customer(
        small.key,
        small.name,
        small.place,
        f"{small.key}.example",
        small.person,
        user,
        deals,
        story,
    )


NEW = [
    Customer(
        "hebel",
        "Hebel & Sohn Zimmerei",
        "de 87435 Kempten, Rathausplatz 21, +49 831 5550 19",
        "hebel-zimmerei.example",
        "Markus Hebel | Master Carpenter; Erika Hebel | Office",
        ADMIN,
        [won("Office above the workshop", 146, 8600)],
        # recommended by a neighbour
        [
            ("sales_talk", 143),
            ("call", 136),
            ("meet", 122),
            ("sales_talk", 113),
            ("steady", 17, 100, 10),
        ],
    ),
    Customer(
        "museum",
        "Stadtmuseum Lindau",
        "de 88131 Lindau, Marktplatz 6, +49 8382 5550 40",
        "stadtmuseum-lindau.example",
        "Dr. Caroline Weiss | Director; Felix Baur | Technician",
        JONAS,
        [won("Museum shop and cloakroom", 104, 19800)],
        # recommended by the clinic across the lake
        [
            ("sales_talk", 102),
            ("meet", 91),
            ("sales_talk", 80),
            ("call", 70),
            ("steady", 14, 64, 9),
        ],
    ),
    Customer(
        "bistro",
        "Bistro Fährhaus",
        "de 22763 Hamburg, Neumühlen 17, +49 40 5550 681",
        "bistro-faehrhaus.example",
        "Lasse Brodersen | Owner",
        ADMIN,
        [won("Terrace and bar", 47, 6900)],
        # has just bought
        [("sales_talk", 45), ("meet", 31), ("call", 9)],
    ),
]
MORE = FORMER + [customer(small) for small in SMALL] + NEW
