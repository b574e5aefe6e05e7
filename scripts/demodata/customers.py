"""The customers of the demo: who they are, who looks after them, their story.

Ages are in days before the demo is loaded (see ``events.py``).
"""

from dataclasses import dataclass, field

ADMIN, DEMO, ANNA, JONAS = "admin", "demo", "anna", "jonas"
MIRA = "mira"


@dataclass
class Person:
    """Somebody to talk to."""

    ref: str
    name: str
    function: str = ""
    email: str = ""


@dataclass
class Deal:
    """A lead or opportunity."""

    name: str
    age: int
    revenue: int
    # won, open or lost
    outcome: str = "won"
    closed_age: int = 0
    # a customer orders, without a story behind it
    is_order: bool = False


@dataclass
class Customer:
    """One line of the table below."""

    key: str
    name: str
    place: str
    domain: str
    people: str
    user: str | None
    deals: list
    # steps of the story, see stories.py
    story: list
    tags: tuple = ()
    # of Odoo's own demo: neither partner nor lead is ours to create
    ref: str = ""
    lead_ref: str = ""
    persons: list = field(init=False)

    def __post_init__(self):
        if self.ref:
            self.persons = [
                Person(ref, name, "", email)
                for ref, name, email in (
                    part.split("=") for part in self.people.split("; ")
                )
            ]
            return
        self.ref = f"demo_partner_{self.key}"
        self.persons = []
        for number, part in enumerate(self.people.split("; "), 1):
            name, function = part.split(" | ")
            self.persons.append(
                Person(
                    f"demo_person_{self.key}_{number}",
                    name,
                    function,
                    f"{address(name)}@{self.domain}",
                )
            )

    @property
    def lead(self):
        """The document that talks about sales belong to."""
        return self.lead_ref or f"demo_lead_{self.key}_1"


def address(name):
    """The local part of somebody's e-mail address."""
    spelled = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e"}
    spelled.update({"å": "a", "ø": "o", "ł": "l", "ń": "n"})
    name = name.lower().removeprefix("dr. ").removeprefix("prof. ")
    for letter, plain in spelled.items():
        name = name.replace(letter, plain)
    return ".".join(name.replace("'", "").split())


def won(name, age, revenue):
    """A deal that was won five weeks after it began."""
    return Deal(name, age, revenue, "won", max(7, age - 35))


def lost(name, age, revenue):
    """A deal that was lost seven weeks after it began."""
    return Deal(name, age, revenue, "lost", max(7, age - 49))


def under_way(name, age, revenue):
    """A deal that is still open."""
    return Deal(name, age, revenue, "open")


CUSTOMERS = [
    # ---- Mitchell Admin
    Customer(
        "bergmann",
        "Bergmann & Söhne Metallbau GmbH",
        "de 70327 Stuttgart, Ulmer Straße 231, +49 711 5550 1410",
        "bergmann-metallbau.example",
        "Katrin Bergmann | Managing Director; Uwe Lenz | Head of Purchasing",
        ADMIN,
        [won("Furniture for the new hall office", 540, 18400)],
        # a pause in between that an alert brought to an end
        [("steady", 34, 535, 9, (196, 268)), ("newsletters", 2)],
    ),
    Customer(
        "hansa",
        "Hansa Logistik GmbH",
        "de 20457 Hamburg, Am Sandtorkai 58, +49 40 5550 2277",
        "hansa-logistik.example",
        "Meike Petersen | Office Manager; Jan Ohlsen | Site Manager",
        ADMIN,
        [won("Dispatch desks for terminal 4", 500, 27900)],
        [
            ("steady", 24, 490, 120),
            ("steady", 14, 100, 8),
            ("recent", "mail_in", 20),
            ("recent", "mail_out", 17),
        ],
    ),
    Customer(
        "alpenblick",
        "Alpenblick Hotels AG",
        "at 6020 Innsbruck, Maria-Theresien-Straße 12, +43 512 555 8120",
        "alpenblick-hotels.example",
        "Elisabeth Gruber | Head of Facility Management; Florian Moser | Buyer",
        ADMIN,
        [
            won("Seminar rooms in Igls", 530, 41200),
            lost("Lobby furniture for Seefeld", 250, 36000),
        ],
        # a monthly rhythm, then silence since five months
        [("steady", 38, 480, 158), ("newsletters", 4)],
    ),
    Customer(
        "nordlicht",
        "Nordlicht Energie eG",
        "de 24103 Kiel, Kaistraße 90, +49 431 5550 330",
        "nordlicht-energie.example",
        "Silke Harms | Board Member; Tim Jacobsen | IT and Facilities",
        ADMIN,
        [under_way("Desks for the new control centre", 75, 38000)],
        # an open opportunity that nobody talks about any more
        [("sales_talk", 74), ("meet", 58), ("sales_talk", 36)],
    ),
    Customer(
        "vogt",
        "Kanzlei Vogt & Partner",
        "de 80333 München, Brienner Straße 44, +49 89 5550 7140",
        "vogt-partner.example",
        "Dr. Andreas Vogt | Partner; Beate Zell | Secretariat",
        ADMIN,
        [won("Meeting rooms and reception", 545, 15800)],
        # shrunk to invoices
        [
            ("sales_talk", 540),
            ("meet", 520),
            ("sales_talk", 420),
            ("payment", 330),
            ("payment", 240),
            ("service", 190),
            ("payment", 150),
            ("payment", 60),
            ("payment", 20),
            ("newsletters", 3),
        ],
    ),
    Customer(
        "sonnenhang",
        "Weingut Sonnenhang",
        "de 55116 Mainz, Rheinallee 7, +49 6131 5550 61",
        "weingut-sonnenhang.example",
        "Johanna Klee | Owner",
        ADMIN,
        [won("Tasting room", 535, 7300)],
        [("steady", 80, 530, 104)],
    ),
    Customer(
        "baltic",
        "Baltic Timber OÜ",
        "ee 10111 Tallinn, Narva maantee 5, +372 555 0142",
        "baltic-timber.example",
        "Kristjan Tamm | Sales Director",
        ADMIN,
        [under_way("Showroom equipment", 48, 12000)],
        # asked for an offer at a fair and then heard nothing
        [],
    ),
    Customer(
        "fjord",
        "Fjord Architects AS",
        "no 0150 Oslo, Rådhusgata 23, +47 555 01 990",
        "fjord-architects.example",
        "Ingrid Solberg | Partner; Håkon Lie | Interior Architect",
        ADMIN,
        [
            won("Own studio", 420, 22500),
            under_way("Ministry building, second floor", 60, 96000),
        ],
        # a lively dialogue in both directions
        [
            ("steady", 45, 415, 70),
            ("steady", 10, 60, 10),
            ("recent", "mail_in", 46),
            ("recent", "mail_out", 42),
            ("recent", "mail_in", 6),
        ],
    ),
    Customer(
        "klinikum",
        "Rhein-Main Klinikum gGmbH",
        "de 60590 Frankfurt am Main, Sandhofstraße 74, +49 69 5550 9000",
        "rm-klinikum.example",
        "Prof. Renate Adler | Administrative Director; Sven Kuhn | Purchasing",
        ADMIN,
        [
            won("Nurses' stations, building B", 540, 88000),
            won("Administration wing", 260, 54000),
        ],
        # a key account that gets e-mails only: the policy wants calls or visits
        [
            ("steady", 60, 535, 96),
            ("meet", 78),
            ("mails", 62),
            ("mails", 34),
            ("mails", 12),
            ("call", 258),
        ],
        ("key",),
    ),
    Customer(
        "schneider",
        "Schneider Druck KG",
        "de 04109 Leipzig, Gerberstraße 18, +49 341 5550 218",
        "schneider-druck.example",
        "Olaf Schneider | Managing Partner; Petra Wolf | Accounting",
        ADMIN,
        [won("Pre-press workplaces", 480, 13600)],
        # snoozed: they move house and asked for a call afterwards
        [("steady", 38, 400, 98)],
    ),
    # ---- Marc Demo
    Customer(
        "hofmann",
        "Hofmann Maschinenbau GmbH",
        "de 90431 Nürnberg, Sigmundstraße 150, +49 911 5550 4300",
        "hofmann-maschinenbau.example",
        "Gerd Hofmann | Managing Director; Nadine Roth | Project Lead",
        DEMO,
        [won("Open-plan office, engineering", 525, 46800)],
        [("steady", 33, 520, 11, (127, 198)), ("newsletters", 3)],
    ),
    Customer(
        "lumiere",
        "Atelier Lumière SARL",
        "fr 69002 Lyon, Rue Mercière 31, +33 4 55 50 11 80",
        "atelier-lumiere.example",
        "Camille Renard | Creative Director; Hugo Petit | Studio Manager",
        DEMO,
        [won("Studio tables", 232, 9800)],
        [("steady", 40, 228, 21), ("waits", 13, 0)],
    ),
    Customer(
        "delta",
        "Delta Insurance Brokers Ltd",
        "uk EC3M 4AB London, Lime Street 48, +44 20 5550 0187",
        "delta-brokers.example",
        "Eleanor Whitfield | Operations Director; Raj Patel | Office Manager",
        DEMO,
        [won("Fourth floor refit", 500, 61500)],
        # dormant since five months
        [("steady", 40, 440, 160), ("newsletters", 3)],
    ),
    Customer(
        "kramer",
        "Kramer Pharma GmbH",
        "de 64293 Darmstadt, Frankfurter Straße 250, +49 6151 5550 77",
        "kramer-pharma.example",
        "Dr. Susanne Kramer | Managing Director; Holger Beck | Purchasing",
        DEMO,
        [won("Laboratory offices", 515, 33900)],
        # the own contact person is silent, a colleague keeps in touch
        [("steady", 42, 505, 172), ("colleague", ANNA, 36, 145, 14)],
    ),
    Customer(
        "gaerten",
        "Grüne Gärten eG",
        "de 79098 Freiburg, Schnewlinstraße 6, +49 761 5550 42",
        "gruene-gaerten.example",
        "Marlene Huber | Managing Board",
        DEMO,
        [under_way("Garden centre counter", 68, 9500)],
        [("sales_talk", 66), ("call", 52), ("sales_talk", 33)],
    ),
    Customer(
        "oostwest",
        "Oost & West Reizen BV",
        "nl 3511 Utrecht, Oudegracht 120, +31 30 555 0164",
        "oostwest-reizen.example",
        "Sanne de Vries | Office Manager",
        DEMO,
        [lost("Travel shop, six counters", 205, 14000)],
        # gets newsletters and nothing else
        [("newsletters", 7)],
    ),
    Customer(
        "pilgrim",
        "Pilgrim Software Oy",
        "fi 00100 Helsinki, Mannerheimintie 14, +358 555 0119",
        "pilgrim-software.example",
        "Aino Virtanen | People Operations",
        DEMO,
        [won("Height-adjustable desks", 330, 11800)],
        # two talks only: no rhythm of their own yet
        [("sales_talk", 325), ("call", 290), ("mails", 132)],
    ),
    Customer(
        "wirth",
        "Sanitätshaus Wirth OHG",
        "de 34117 Kassel, Königsplatz 30, +49 561 5550 88",
        "sanitaetshaus-wirth.example",
        "Ralf Wirth | Owner; Ilona Maas | Branch Manager",
        DEMO,
        [won("Shop furniture, two branches", 510, 16700)],
        # only complaints and invoices for more than a year
        [
            ("sales_talk", 505),
            ("meet", 460),
            ("service", 300),
            ("service", 210),
            ("payment", 170),
            ("service", 95),
            ("service", 33),
        ],
    ),
    Customer(
        "iberia",
        "Iberia Textil S.L.",
        "es 08010 Barcelona, Carrer de Casp 80, +34 935 550 121",
        "iberia-textil.example",
        "Laura Ferrer | Purchasing; Jordi Puig | Managing Director",
        DEMO,
        [won("Design floor", 450, 24300)],
        # late: nobody has answered the alert for weeks
        [("steady", 21, 330, 86)],
    ),
    Customer(
        "lindqvist",
        "Lindqvist Marin AB",
        "se 411 04 Göteborg, Skeppsbron 3, +46 31 555 0177",
        "lindqvist-marin.example",
        "Karin Lindqvist | Managing Director; Erik Berglund | Service Manager",
        DEMO,
        [won("Harbour office", 495, 12900)],
        # fell silent, and came back
        [
            ("steady", 27, 490, 296),
            ("call", 112),
            ("call", 90),
            ("sales_talk", 74),
            ("steady", 26, 58, 9),
            ("newsletters", 3),
        ],
    ),
    Customer(
        "falkenstein",
        "Brauerei Falkenstein GmbH",
        "de 96047 Bamberg, Obere Brücke 2, +49 951 5550 15",
        "brauerei-falkenstein.example",
        "Xaver Falk | Managing Partner",
        DEMO,
        [won("Tap room and office", 520, 10400)],
        # dismissed: they close down
        [("steady", 52, 515, 212)],
    ),
    Customer(
        "central",
        "Café Central Betriebs GmbH",
        "at 1010 Wien, Herrengasse 14, +43 1 555 0133",
        "cafe-central-betriebs.example",
        "Theresa Wagner | Head of Operations",
        DEMO,
        [won("Back office, three branches", 62, 8900)],
        # a new customer
        [("sales_talk", 60), ("meet", 44), ("sales_talk", 27), ("call", 13)],
    ),
    # ---- Anna Berg
    Customer(
        "eichenau",
        "Stadtwerke Eichenau",
        "de 82223 Eichenau, Hauptplatz 2, +49 8141 5550 0",
        "stadtwerke-eichenau.example",
        "Monika Sailer | Head of Administration; Peter Lang | Procurement",
        ANNA,
        [won("Customer centre", 530, 72000), won("Training rooms", 210, 19500)],
        [("steady", 60, 520, 66), ("meet", 24), ("mails", 12), ("call", 208)],
        ("key",),
    ),
    Customer(
        "technopark",
        "TechnoPark Jena GmbH",
        "de 07745 Jena, Wildenbruchstraße 15, +49 3641 5550 20",
        "technopark-jena.example",
        "Yvonne Thiel | Centre Manager; Lars Engelhardt | Building Services",
        ANNA,
        [won("Co-working floor", 440, 31400)],
        [
            ("steady", 24, 435, 8, (250, 308)),
            ("waits", 5, 2),
        ],
    ),
    Customer(
        "mayerkoch",
        "Mayer & Koch Steuerberater",
        "de 50667 Köln, Hohe Straße 101, +49 221 5550 66",
        "mayer-koch.example",
        "Sabine Koch | Partner",
        ANNA,
        [won("Filing and reception", 505, 6900)],
        # forgotten, and lost by that
        [("steady", 41, 500, 366), ("call", 284)],
    ),
    Customer(
        "orchard",
        "Orchard Publishing Ltd",
        "uk BS1 4DJ Bristol, Queen Square 29, +44 117 555 0156",
        "orchard-publishing.example",
        "Harriet Cole | Office Director; Owen Price | Finance",
        ANNA,
        [won("Editorial floor", 480, 20700)],
        # escalated: the alert went unanswered
        [("steady", 24, 320, 106)],
    ),
    Customer(
        "bianchi",
        "Studio Bianchi S.r.l.",
        "it 20121 Milano, Via Brera 16, +39 02 5550 183",
        "studio-bianchi.example",
        "Giulia Bianchi | Founder; Marco Conti | Project Manager",
        ANNA,
        [
            won("Sample library", 350, 8200),
            under_way("Furniture for a law firm in Turin", 40, 45000),
        ],
        [("steady", 48, 345, 60), ("sales_talk", 38), ("call", 27), ("sales_talk", 20)],
    ),
    Customer(
        "petersen",
        "Zweirad Petersen KG",
        "de 24937 Flensburg, Norderhofenden 9, +49 461 5550 31",
        "zweirad-petersen.example",
        "Hauke Petersen | Owner; Birte Claussen | Shop Manager",
        ANNA,
        [won("Service counter", 262, 9100)],
        [("steady", 30, 258, 150), ("colleague", JONAS, 35, 130, 17)],
    ),
    Customer(
        "renner",
        "Möbelhaus Renner GmbH",
        "de 44137 Dortmund, Westenhellweg 70, +49 231 5550 90",
        "moebelhaus-renner.example",
        "Dieter Renner | Managing Director; Gabi Stein | Accounting",
        ANNA,
        [won("Advisory desks", 520, 17800)],
        [
            ("sales_talk", 515),
            ("call", 470),
            ("payment", 280),
            ("payment", 185),
            ("payment", 94),
            ("service", 80),
            ("payment", 31),
        ],
    ),
    # ---- Jonas Weber
    Customer(
        "sonnenschein",
        "Kita Sonnenschein e.V.",
        "de 28195 Bremen, Am Wall 130, +49 421 5550 12",
        "kita-sonnenschein.example",
        "Anke Schröder | Head; Maik Vogel | Treasurer",
        JONAS,
        [won("Staff room and office", 192, 5400)],
        [("steady", 44, 188, 27), ("waits", 10, 1)],
    ),
    Customer(
        "brandt",
        "Autohaus Brandt GmbH",
        "de 30159 Hannover, Georgstraße 38, +49 511 5550 71",
        "autohaus-brandt.example",
        "Thomas Brandt | Managing Director; Lena Fuchs | Marketing",
        JONAS,
        [won("Sales floor", 460, 23800)],
        [("steady", 26, 340, 97)],
    ),
    Customer(
        "seeblick",
        "Seeblick Klinik GmbH",
        "de 78464 Konstanz, Seestraße 21, +49 7531 5550 300",
        "seeblick-klinik.example",
        "Dr. Iris Brenner | Head of Administration; Kai Sommer | Technical Services",
        JONAS,
        [won("Therapy rooms", 400, 29600)],
        # a complaint that was put right, and a good dialogue since
        [
            ("steady", 33, 395, 130),
            ("service", 122),
            ("service", 116),
            ("meet", 108),
            ("steady", 18, 96, 10),
            ("survey", 40),
            ("recent", "mail_out", 53),
        ],
    ),
    Customer(
        "albers",
        "Praxis Dr. Albers",
        "de 48143 Münster, Prinzipalmarkt 20, +49 251 5550 45",
        "praxis-albers.example",
        "Dr. Maren Albers | Physician",
        JONAS,
        [under_way("Waiting room and reception", 18, 7600)],
        [("sales_talk", 16), ("call", 10)],
    ),
    Customer(
        "warsaw",
        "Warsaw Design Studio Sp. z o.o.",
        "pl 00-042 Warszawa, Nowy Świat 35, +48 22 555 01 28",
        "warsaw-design.example",
        "Zofia Nowak | Art Director; Michał Kowal | Producer",
        JONAS,
        [won("Atelier", 370, 10900)],
        [("steady", 70, 365, 89)],
    ),
    # ---- nobody is responsible
    Customer(
        "polder",
        "Polder Events BV",
        "nl 3011 Rotterdam, Blaak 31, +31 10 555 0148",
        "polder-events.example",
        "Daan Visser | Managing Director",
        None,
        [won("Mobile counters", 410, 13200)],
        # their salesperson left, and nobody took over
        [("steady", 54, 405, 126)],
    ),
    Customer(
        "bellevue",
        "Hôtel Bellevue SA",
        "ch 1003 Lausanne, Rue de Bourg 10, +41 21 555 01 72",
        "hotel-bellevue.example",
        "Sophie Favre | General Manager",
        None,
        [won("Conference chairs", 300, 15100)],
        [("sales_talk", 295), ("call", 180), ("ask", 24)],
    ),
    Customer(
        "engel",
        "Tischlerei Engel",
        "de 99084 Erfurt, Anger 55, +49 361 5550 19",
        "tischlerei-engel.example",
        "Frank Engel | Master Carpenter",
        None,
        [under_way("Cooperation for built-in cupboards", 9, 0)],
        [("ask", 8)],
    ),
    # ---- of Odoo's own demo
    Customer(
        "azure",
        "Azure Interior",
        "",
        "",
        "base.res_partner_address_15=Brandon Freeman=brandon.freeman55@example.com; "
        "base.res_partner_address_16=Nicole Ford=nicole.ford75@example.com; "
        "base.res_partner_address_28=Colleen Diaz=colleen.diaz83@example.com",
        DEMO,
        [],
        # the full story, for the timeline
        [
            ("steady", 36, 540, 60),
            ("fair", 390),
            ("payment", 118),
            ("service", 83),
            ("sales_talk", 27),
            ("meet", 19),
            ("mails", 11),
            ("newsletters", 6),
            ("recent", "mail_in", 25),
        ],
        ref="base.res_partner_12",
        lead_ref="crm.crm_case_19",
    ),
    Customer(
        "gemini",
        "Gemini Furniture",
        "",
        "",
        "base.res_partner_address_5=Edwin Hansen=edwin.hansen58@example.com; "
        "base.res_partner_address_10=Jesse Brown=jesse.brown74@example.com",
        ADMIN,
        [],
        [("steady", 52, 310, 47)],
        ref="base.res_partner_3",
        lead_ref="crm.crm_case_20",
    ),
    Customer(
        "readymat",
        "Ready Mat",
        "",
        "",
        "base.res_partner_address_7=Billy Fox=billy.fox45@example.com; "
        "base.res_partner_address_13=Kim Snyder=kim.snyder96@example.com; "
        "base.res_partner_address_14=Edith Sanchez=edith.sanchez68@example.com",
        ADMIN,
        [],
        [("steady", 31, 172, 16)],
        ref="base.res_partner_4",
        lead_ref="crm.crm_case_16",
    ),
    Customer(
        "deco",
        "Deco Addict",
        "",
        "",
        "base.res_partner_address_3=Douglas Fletcher=douglas.fletcher51@example.com; "
        "base.res_partner_address_4=Floyd Steward=floyd.steward34@example.com; "
        "base.res_partner_address_31=Addison Olson=addison.olson28@example.com",
        DEMO,
        [],
        [("steady", 45, 520, 14), ("newsletters", 2)],
        ref="base.res_partner_2",
        lead_ref="crm.crm_case_14",
    ),
]
