"""What was said. ``{person}`` is the customer's, ``{us}`` our person's first name."""

# (subject, [(who writes, text), ...])
SALES = [
    (
        "Quotation for 24 height-adjustable desks",
        [
            (
                "in",
                (
                    "Hello {us},\nwe are taking on twelve people in spring and need"
                    " desks. Could you send me a quotation for 24, delivered and"
                    " assembled?"
                ),
            ),
            (
                "out",
                (
                    "Hello {person},\nthank you for asking. The quotation is"
                    " attached; delivery would be in week 11. Shall we hold that week"
                    " for you?"
                ),
            ),
            ("in", "Please do. I will have the signature by Friday."),
        ],
    ),
    (
        "Fabric samples for the acoustic panels",
        [
            (
                "out",
                (
                    "Hello {person},\nas promised, the three fabrics from our talk"
                    " are in the post. The grey one is in stock, the others take four"
                    " weeks."
                ),
            ),
            ("in", "They have arrived, thank you. We like the blue one best."),
        ],
    ),
    (
        "Price for the conference table",
        [
            (
                "in",
                (
                    "Good morning {us},\nwhat would the oval table cost in oak"
                    " instead of beech? Everything else as before."
                ),
            ),
            (
                "out",
                (
                    "Good morning {person},\noak adds 340 per table, same delivery"
                    " time. I have put both versions into the offer."
                ),
            ),
        ],
    ),
    (
        "Plan of the second floor",
        [
            (
                "out",
                (
                    "Dear {person},\nhere is the plan with the changes we discussed:"
                    " two more workplaces by the window, the printer moved to the"
                    " corridor."
                ),
            ),
            ("in", "Looks good. Only the lockers should stay where they were."),
            ("out", "Done, the new version is attached."),
        ],
    ),
    (
        "Delivery before the opening",
        [
            (
                "in",
                (
                    "Hello {us},\nthe opening is now two weeks earlier. Is there any"
                    " way to have the counters by then?"
                ),
            ),
            (
                "out",
                (
                    "Hello {person},\nI have spoken to the plant: the counters can"
                    " come on the Thursday before, the shelves a week later. Does"
                    " that help?"
                ),
            ),
            ("in", "That saves us. Thank you very much!"),
        ],
    ),
    (
        "Framework agreement for next year",
        [
            (
                "out",
                (
                    "Dear {person},\nattached is our proposal for next year: fixed"
                    " prices, delivery in ten days, one invoice a month."
                ),
            ),
        ],
    ),
    (
        "Chairs for the training room",
        [
            (
                "in",
                "Hi {us}, are the stackable chairs still available? We need 40.",
            ),
            (
                "out",
                (
                    "Hi {person},\nyes, 40 are in stock in black and 60 in light"
                    " grey. Which colour do you want?"
                ),
            ),
        ],
    ),
]

RELATIONSHIP = [
    (
        "How are you getting on with the new rooms?",
        [
            (
                "out",
                (
                    "Hello {person},\nyou have been working in the new rooms for a"
                    " while now. Is there anything that should be different?"
                ),
            ),
            (
                "in",
                (
                    "Hello {us},\nnice of you to ask. Everybody is happy; only the"
                    " lamps above the window row are a little too bright."
                ),
            ),
        ],
    ),
    (
        "Invitation to our open day",
        [
            (
                "out",
                (
                    "Dear {person},\non the last Thursday of the month we open the"
                    " plant to a few customers. It would be a pleasure to show you"
                    " around."
                ),
            ),
            ("in", "With pleasure. There will be two of us."),
        ],
    ),
    (
        "A colleague takes over from me",
        [
            (
                "in",
                (
                    "Dear {us},\nfrom next month on a colleague looks after the rooms"
                    " here. May I introduce you to each other when you are next in"
                    " town?"
                ),
            ),
            ("out", "Dear {person},\ngladly. I will call you to find a day."),
        ],
    ),
    (
        "Thank you for the reference",
        [
            (
                "out",
                (
                    "Dear {person},\nthe photographs have turned out beautifully."
                    " Thank you for letting us show your rooms; two prints are on"
                    " their way."
                ),
            ),
        ],
    ),
    (
        "An idea for the canteen",
        [
            (
                "out",
                (
                    "Hello {person},\nwhen I was with you I saw that the canteen gets"
                    " loud at noon. Attached is how another customer solved it."
                ),
            ),
            ("in", "Interesting! Let us talk about it after the holidays."),
        ],
    ),
    (
        "Congratulations on the anniversary",
        [
            (
                "out",
                (
                    "Dear {person},\nall of us send our best wishes for your"
                    " company's anniversary. We hope there will be a party!"
                ),
            ),
            ("in", "Thank you, and there will be. The invitation follows."),
        ],
    ),
    (
        "Your question about cleaning the fabrics",
        [
            (
                "in",
                (
                    "Hello {us}, can the covers of the sofas be washed, or do they"
                    " need to go to the cleaner's?"
                ),
            ),
            (
                "out",
                (
                    "Hello {person},\nat 30 degrees without spinning they come out"
                    " well. The care sheet is attached."
                ),
            ),
        ],
    ),
    (
        "When could we meet?",
        [
            (
                "in",
                (
                    "Hi {us}, we will have a few things to discuss for next year."
                    " When are you in our area again?"
                ),
            ),
            ("out", "Hi {person},\nin three weeks. I propose the Wednesday at ten."),
        ],
    ),
]

# (summary, feedback)
CALLS = [
    ("Ask how the delivery went", "All complete. One castor is missing, is sent on."),
    ("Catch up", "They are planning a second site. Call again after the board meets."),
    ("Clarify the open points", "Colours settled, still waiting for the floor plan."),
    ("Talk about the budget", "The budget is fixed in autumn. Send a rough figure."),
    ("Birthday call", "Was pleased. The new colleague starts in the spring."),
    ("Follow up on the offer", "Two competitors are in it; they want a visit first."),
    ("Arrange the next visit", "The second week of the month suits them."),
    ("Ask for feedback", "Happy with the assembly team, wishes shorter notice."),
]

# (name, minutes)
MEETINGS = [
    ("Visit and tour of the rooms", 90),
    ("Annual review", 60),
    ("Sample presentation", 60),
    ("Planning workshop", 180),
    ("Video call about the next steps", 30),
]

# (channel, direction, summary)
FAIR = ("event", "out", "Talked at the Orgatec fair, interested in acoustic booths")
LOGGED = [
    ("letter", "out", "Hand-written New Year's card"),
    ("phone", "in", "Rang my mobile: asked about spare keys for the lockers"),
    ("chat", "in", "Asked in a chat whether the show room is open on Saturday"),
    ("sms", "out", "Told by text message that the lorry is an hour late"),
    ("meeting", "out", "Met by chance at the chamber of commerce, good talk"),
    ("phone", "out", "Short call from the car, everything is fine"),
    ("letter", "in", "Letter of thanks for the quick help"),
]
PAYMENT = [
    ("phone", "out", "Asked for the payment of an invoice that is overdue"),
    ("email", "out", "Sent a copy of the invoice"),
    ("phone", "in", "Asked to split an invoice in two"),
    ("letter", "out", "First reminder"),
    ("email", "in", "Announced the payment for the end of the month"),
]
SERVICE = [
    ("phone", "in", "Complained about a scratched table top"),
    ("phone", "out", "Agreed on a date for the repair"),
    ("meeting", "out", "Exchanged a gas spring on the spot"),
    ("email", "in", "Asked for a spare part under the guarantee"),
    ("phone", "in", "A drawer jams; wants a technician"),
]
SURVEY = ("phone", "out", "Asked how satisfied they are: 9 of 10")

QUESTIONS = [
    (
        "Who is our contact person?",
        (
            "Good afternoon,\nour order has been a while ago and I do not know whom"
            " to turn to. Could somebody call me about additional chairs?"
        ),
    ),
    (
        "Enquiry from your website",
        (
            "Good day,\nwe build cupboards and often work beside your people. Would"
            " you be interested in working together?"
        ),
    ),
]

# Last words that do ask for something.
LAST_QUESTIONS = ("Looks good. Only the lockers should stay where they were.",)

# What waits for an answer at the moment.
WAITING = [
    (
        "Two more tables before the holidays?",
        (
            "Hello {us},\nwe need two more of the studio tables. Could they still"
            " come before the holidays, and at the old price?"
        ),
    ),
    (
        "Wrong colour delivered",
        (
            "Hello {us},\nsix of the chairs are grey instead of blue. When can they"
            " be exchanged? The rooms open on Monday."
        ),
    ),
    (
        "Who comes for the assembly?",
        (
            "Good morning {us},\nour gatekeeper needs the names of your people by"
            " the day after tomorrow. Could you send them?"
        ),
    ),
]

# What goes back and forth in the last days.
RECENT = {
    "mail_in": (
        "The plans for next week",
        "Hello {us},\nthe rooms are free from Tuesday on. Could your team begin then?",
    ),
    "mail_out": (
        "Re: The plans for next week",
        "Hello {person},\nthank you, I am on it and will tell you by tomorrow noon.",
    ),
}

# The ages of the issues, and what they were about.
NEWSLETTERS = [
    (28, "News from the workshop: quiet rooms in a day"),
    (91, "News from the workshop: our oak and where it grows"),
    (154, "News from the workshop: ten offices, ten ideas"),
    (217, "News from the workshop: the new catalogue is here"),
    (280, "News from the workshop: sitting less, moving more"),
    (343, "News from the workshop: repairing instead of replacing"),
    (406, "News from the workshop: light at the desk"),
    (469, "News from the workshop: open day in autumn"),
    (525, "News from the workshop: meet us at the fair"),
]
NEWSLETTER = "Dear customer,\nwhat is new with us, in three minutes of reading."
NOTICE = (
    "Your delivery is on its way",
    "Your goods have left our warehouse and will arrive within three working days.",
)
ABSENCE = (
    "Automatic reply: out of the office",
    "I am out of the office and will be back on Monday.",
)
