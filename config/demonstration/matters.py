"""What is reported at the demonstration institution. Invented, but of the kind that such offices receive."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Matter:
    """One report and what became of it.

    `until` is the last thing that happened: a state of the report or the case, or `published`. `appeal` is "",
    waive, uphold, vary, quash, remit or dismiss. `ago` is how many days ago the report arrived.
    """

    title: str
    offence: str
    what: str
    where: str
    who: str
    how: str
    ago: int
    until: str
    subject: str = ""
    number: str = ""
    office: str = "SEA"
    grade: str = "C"
    gender: str = "m"
    path: str = "staff"
    when: str = "Over the past months"
    gravity: str = ""
    outcome: str = "substantiated"
    sanction: tuple[str, int | None] = ("", None)
    factors: tuple[str, ...] = ()
    appeal: str = ""
    hearing: bool = False
    identity: str = ""
    leadership: bool = False
    file: str = ""
    evidence: tuple[str, ...] = ()
    statement: str = ""
    answer: str = ""
    same_as: str = ""
    account: str = ""
    notes: tuple[str, ...] = field(default=())


MATTERS: tuple[Matter, ...] = (
    Matter(
        "Values lowered for one importer of car parts", "bribe-for-undervaluation",
        "Entries of one importer of car parts are cleared at about 40 percent of the usual value. The same officer "
        "takes each of them, also when another desk is free. A clerk of the broker told me that an envelope is "
        "handed over at the canteen each Friday.",
        "Sea port, valuation desk 4", "Officer Somsak R., and the broker's runner", "I sit two desks away.",
        712, "published", "Somsak Ratanaporn", "30412", "SEA", "C", outcome="substantiated",
        sanction=("dismissal", None), factors=("repeated",), appeal="uphold", file="entry-numbers.txt",
        evidence=("Extract of 61 entries from the declaration system", "Canteen camera recording of 4 Fridays",
                  "Price comparison by the valuation division"),
        statement="The witness saw the same runner hand over an envelope on three Fridays and keeps to it.",
        answer="The respondent says that the values were within the range shown by the system.",
    ),
    Matter(
        "Speed money at gate 3", "speed-money",
        "At gate 3 trucks wait for hours unless the driver puts a note between the papers. Those who pay are through "
        "in minutes. Everybody in our yard knows the price.",
        "Sea port, gate 3, night shift", "The two officers of the night shift", "I drive there each week.",
        683, "published", "Rahim Abdullah", "30877", "SEA", "D", path="partner",
        sanction=("suspension", 45), appeal="waive",
        evidence=("Gate log of eleven nights", "Photographs of queue tickets with times"),
        statement="Four drivers describe the same way of paying, independently of one another.",
        answer="The respondent admits to have taken small sums on two nights.",
    ),
    Matter(
        "A watch from a warehouse operator", "gift-accepted",
        "Our section head wears a watch that the operator of the bonded warehouse gave him at the New Year's dinner. "
        "The operator's licence was renewed a week later without the visit.",
        "Inland depot", "The section head of bonded warehouses", "I was at the dinner.",
        653, "published", "Antonio Valdez", "21190", "DRY", "B", sanction=("fine", 5), appeal="",
        evidence=("Gift register of the depot, without an entry", "Licence file with the missing visit report"),
        statement="Two guests of the dinner saw the gift being given.",
        answer="The respondent has returned the watch and regrets it.",
    ),
    Matter(
        "Specification written for one supplier of scanners", "procurement-conflict",
        "The tender for baggage scanners asks for a feature that only one supplier has. The chair of the committee is "
        "married to the supplier's sales director and did not say so.",
        "Headquarters, procurement", "The chair of the tender committee", "I prepared the papers of the committee.",
        624, "published", "Farah Iskandar", "11045", "HQ", "B", "f", sanction=("demotion", 1), appeal="vary",
        factors=(), hearing=True, evidence=("Tender specification with its drafts", "Register of interests",
                                            "Marriage register extract"),
        statement="The secretary of the committee confirms who proposed the feature.",
        answer="The respondent thought that the declaration of the year before was enough.",
    ),
    Matter(
        "Somebody tells traders which containers are selected", "risk-profile-leak",
        "Forwarders know on the evening before which containers are selected for inspection. Twice the seals were "
        "opened in the night. It must come from the targeting unit.",
        "Sea port, targeting unit", "Unknown officer of the targeting unit", "I was told by two forwarders.",
        594, "published", "Pham Duc Anh", "30655", "SEA", "C", path="partner",
        sanction=("dismissal", None), appeal="uphold",
        evidence=("Access log of the risk system", "Call records obtained by order", "Seal inspection reports"),
        statement="A forwarder names the person who sent him the list.",
        answer="The respondent denies everything.",
    ),
    Matter(
        "Nephew hired without a contest", "nepotism-in-recruitment",
        "The list of candidates for the three posts of assistant was changed after the interviews. One of those hired "
        "is the nephew of the head of station.",
        "Northern land border", "The head of station", "I was on the panel until I was replaced.",
        565, "published", "Khamla Vong", "40077", "NOR", "B", sanction=("increment-deferment", 6), appeal="waive",
        evidence=("The two versions of the list", "Minutes of the interviews"),
        statement="Two members of the panel were told of the change afterwards.",
        answer="The respondent says that the first list had errors.",
    ),
    Matter(
        "Shouting, threats and shut doors", "harassment",
        "Our chief shouts at the women of the team, calls one of them names, and gave her night shifts for six weeks "
        "after she objected. Two colleagues have asked to be moved.",
        "Central airport, passenger hall", "The chief of shift B", "It happens to me.",
        535, "published", "Ronaldo Gil", "22031", "AIR", "B", sanction=("pay-cut", 12), appeal="uphold",
        identity="Ana Reyes, shift B, telephone 555 0142", hearing=True,
        evidence=("Rosters of twelve weeks", "Messages of the team's group chat"),
        statement="Five colleagues describe the incidents with dates.",
        answer="The respondent calls it a rough tone that everybody was used to.",
    ),
    Matter(
        "Hotel bills of a journey that did not happen", "false-travel-claim",
        "The claim for the training in the capital has hotel bills for four nights. On two of those days he was seen "
        "at his brother's shop here.",
        "Eastern land border", "An officer of the examination team", "I share his shift.",
        506, "published", "Bui Van Hai", "51209", "EAS", "C", sanction=("forfeiture", 10), appeal="",
        evidence=("The claim with its bills", "Answer of the hotel", "Duty roster"),
        statement="The hotel has no record of the guest.",
        answer="The respondent has paid the money back.",
    ),
    Matter(
        "Report against a rival for a promotion", "false-report",
        "A report said that a colleague takes money from couriers. The messages that came with it were made up: the "
        "telephone number belongs to the sender's cousin.",
        "Central airport, courier hall", "The officer who sent the report", "Found while examining the first report.",
        477, "published", "Lim Kah Seng", "22390", "AIR", "C", sanction=("written-reprimand", None), appeal="waive",
        evidence=("The messages with their technical data", "Answer of the telephone company"),
        statement="The cousin admits that the number is his.",
        answer="The respondent apologised to the colleague.",
    ),
    Matter(
        "Seized cigarettes that never reached the store", "goods-or-money-taken",
        "Of the 40 boxes that were seized on the ferry only 31 are in the store's book. The van made a stop.",
        "Sea port, seizure store", "The two officers of the transport", "I signed for the 31 boxes.",
        447, "published", "Jamil Osman", "30733", "SEA", "C", sanction=("dismissal", None), appeal="vary",
        evidence=("Seizure record", "Store book", "Position record of the van"),
        statement="The driver of the ferry counted 40 boxes with the officers.",
        answer="The respondent says that the count on the ferry was wrong.",
    ),
    Matter(
        "Released without inspection at midnight", "unlawful-release",
        "Three containers marked for inspection were released a few minutes before midnight, when the system is slow "
        "and nobody looks. The remark says inspected.",
        "Sea port, release desk", "The officer of the late shift", "I saw the remark the next morning.",
        418, "published", "Kyaw Min", "30998", "SEA", "C", gravity="serious", sanction=("suspension", 60),
        appeal="quash", outcome="partly_substantiated",
        evidence=("Release log", "Camera recording of the inspection bay"),
        statement="The inspection bay was empty that night.",
        answer="The respondent was told by telephone to release.",
    ),
    Matter(
        "Director's family travels in the official car", "property-misused",
        "The official car takes the children of the deputy director to school and fetches furniture on Saturdays.",
        "Headquarters, motor pool", "The deputy director for administration", "I keep the logbook.",
        388, "published", "Wira Santosa", "10088", "HQ", "A", sanction=("written-reprimand", None), appeal="waive",
        gravity="serious", leadership=True,
        evidence=("Logbook of the car", "Fuel receipts"),
        statement="Two drivers confirm the journeys.",
        answer="The respondent has paid for the journeys.",
    ),
    Matter(
        "Consignment data sent to a competitor", "trader-data-disclosed",
        "A competitor quoted our prices and quantities to our own customer. They can only come from our declarations.",
        "Central airport, cargo", "Unknown", "We compared the quotation with our declarations.",
        359, "closed", "Maricel Santos", "22511", "AIR", "C", "f", path="partner", outcome="inconclusive",
        evidence=("The competitor's quotation", "Access log for the declarations"),
        statement="Eleven people opened the declarations for reasons that hold.",
    ),
    Matter(
        "Own trading company in the wife's name", "outside-work",
        "An examiner runs a trading company in the name of his wife that imports what he examines.",
        "Northern land border", "An examiner", "I delivered to the company.",
        329, "published", "Somchai Phet", "40215", "NOR", "C", path="public", gravity="serious",
        sanction=("increment-deferment", 9), appeal="dismiss",
        evidence=("Company register extract", "Examination reports with his signature"),
        statement="The company's clerk takes orders from the examiner.",
        answer="The respondent says that it is his wife's business alone.",
    ),
    Matter(
        "Pressed to take back a complaint", "retaliation",
        "After I complained about the rosters my leave was cancelled and I was told that it would be better to take "
        "the complaint back.",
        "Central airport, passenger hall", "The chief of shift B", "I was the one who complained.",
        118, "transmitted", "Ronaldo Gil", "22031", "AIR", "B", gravity="serious", sanction=("pay-cut", 12),
        appeal="pending", evidence=("Leave requests", "Messages of the chief"),
        statement="A colleague heard the conversation.", answer="The respondent says that leave was short that month.",
    ),
    Matter(
        "Weekend flights paid by a courier company", "gift-accepted",
        "A courier company paid the flights of two officers to the island. Their shift clears its parcels.",
        "Central airport, courier hall", "Two officers of the hall", "I booked the flights.",
        112, "admitted", "Bienvenido Ocampo", "22419", "AIR", "C", path="partner", sanction=("fine", 6),
        appeal="pending", evidence=("Bookings of the courier company", "Roster of the shift"),
        statement="The company's clerk booked the flights on order.",
        answer="The respondent says that he paid his flight back in cash.",
    ),
    Matter(
        "Insults in the examination bay", "harassment",
        "The chief of the bay calls the trainees animals in front of the drivers and makes one of them carry his bag.",
        "Northern land border", "The chief of the examination bay", "I am a trainee.",
        100, "appealed", "Sisavath Phommachan", "40051", "NOR", "B", sanction=("forfeiture", 8), appeal="pending",
        evidence=("Written accounts of four trainees",), statement="Four trainees agree on what was said.",
        answer="The respondent says that it was said in jest.",
    ),
    Matter(
        "Money for a good place in the queue of trucks", "speed-money",
        "The queue list at the border is changed by hand for drivers who pay.",
        "Eastern land border", "The officer who keeps the queue list", "I queue there.",
        92, "notified", "Thongchai Srisuk", "51377", "EAS", "D", path="public", sanction=("suspension", 40),
        evidence=("Queue lists of three weeks",), statement="A driver describes how he paid.",
        answer="The respondent did not answer the charge.",
    ),
    Matter(
        "Bids opened before the day", "procurement-conflict",
        "The envelopes for the uniforms were opened the evening before. The lowest bid changed by the morning.",
        "Headquarters, procurement", "A member of the committee", "I found the torn envelopes.",
        140, "remitted", "Yusuf Halim", "11302", "HQ", "C", gravity="serious", sanction=("pay-cut", 18), appeal="remit",
        evidence=("The envelopes", "Key book of the room"), statement="The guard saw a light in the room.",
        answer="The respondent was not told which envelope he is said to have opened.",
    ),
    Matter(
        "Valuation officer lives beyond any salary", "interest-not-declared",
        "Two houses and a car for each child, and nothing of it in the declaration of assets.",
        "Sea port", "A senior valuation officer", "We are neighbours.",
        142, "final", "Hendra Wijaya", "30110", "SEA", "B", path="public", sanction=("fine", 7), appeal="",
        evidence=("Declarations of assets of five years", "Land register extracts"),
        statement="The land register shows both houses.", answer="The respondent says that his brother paid.",
    ),
    Matter(
        "Certificates of origin looked at only on paper", "record-falsified",
        "The verification visits to the factory in the certificates never took place. The reports have the same text.",
        "Headquarters, origin division", "Two officers of the division", "I typed the reports.",
        128, "implemented", "Nur Aisyah", "11450", "HQ", "C", "f", gravity="serious", sanction=("pay-cut", 12),
        appeal="uphold", evidence=("Nine verification reports", "Travel records"),
        statement="The factory's manager never met the officers.", answer="The respondent copied a report once.",
    ),
    Matter(
        "Sleeping drunk on the night shift", "unfit-for-duty",
        "Twice this month the examiner of the night shift slept drunk in the office and trucks waited until six.",
        "Inland depot", "The examiner of the night shift", "I came to relieve him.",
        94, "decided", "Carlos Dizon", "60155", "DRY", "C", sanction=("fine", 4),
        evidence=("Entry book of the gate", "Statement of the duty doctor"),
        statement="The relieving officer and the guard agree.", answer="The respondent is in treatment.",
    ),
    Matter(
        "Comments and touching in the archive", "sexual-harassment",
        "He follows the younger women into the archive, makes comments about their bodies and has touched two of us.",
        "Headquarters, archive", "The head of the archive", "I am one of them.",
        86, "heard", "Benigno Torres", "11877", "HQ", "C", hearing=True, sanction=("dismissal", None),
        identity="Please write only to quiet.reader@example.org",
        evidence=("Written accounts of two women", "Plan of the archive"),
        statement="Both accounts agree on place and time.", answer="The respondent asks for a hearing.",
    ),
    Matter(
        "Answers of the entry examination sold", "abuse-of-powers",
        "The answers were offered for money in a chat group two days before the examination.",
        "Headquarters, training school", "An assistant of the school", "I was offered them.",
        66, "answered", "Desmond Ng", "11990", "HQ", "D", path="public",
        evidence=("Screenshots of the chat group",), statement="Three candidates name the same person.",
        answer="The respondent says that his telephone was stolen.",
    ),
    Matter(
        "Looks up the declarations of acquaintances", "records-browsed",
        "She looks up what her neighbours import and talks about it at the market.",
        "Northern land border", "An assistant of the registry", "I heard it at the market.",
        52, "served", "Malee Chai", "40390", "NOR", "D", "f", path="public", gravity="serious",
        evidence=("Access log of the registry",), statement="The log shows 41 look-ups without a file.",
    ),
    Matter(
        "Wrong tariff heading for one trader", "favouritism-in-service",
        "One trader's goods go under a heading with no duty. The section has known for a year.",
        "Sea port, tariff section", "The head of the tariff section", "I was told not to touch it.",
        50, "charged", "Osman Karim", "30301", "SEA", "B", gravity="serious",
        evidence=("Comparison of 30 entries",), statement="Two officers were told the same.",
    ),
    Matter(
        "Nothing was done about three complaints", "failure-to-act",
        "I complained three times about the gate. My superior put the letters into his drawer.",
        "Sea port, gate 3", "The head of the gates", "They are my letters.",
        47, "with_authority", "Ismail Noor", "30210", "SEA", "B",
        evidence=("The three letters with dates",), statement="The letters were found unregistered.",
    ),
    Matter(
        "Insults at the counter", "discourtesy",
        "The officer called me a peasant and threw my papers on the floor because a copy was missing.",
        "Island station", "The officer at the counter", "It happened to me.",
        300, "closed", "Rosa Imelda", "70031", "ISL", "C", "f", path="public", outcome="unfounded",
        evidence=("Counter camera recording",), statement="The recording shows a calm conversation.",
    ),
    Matter(
        "Away three days a week", "absence",
        "He signs in, leaves through the back and comes back to sign out.",
        "Inland depot", "A clerk of the store", "I have to do his work.",
        46, "reviewed", "Teodoro Ruiz", "60208", "DRY", "D",
        evidence=("Sign-in book and gate records",), statement="The gate records contradict the book.",
    ),
    Matter(
        "Tried to find out who had reported", "reporter-exposed",
        "Since the inspection he asks everybody who wrote the report and compares handwriting.",
        "Eastern land border", "The head of the examination team", "He asked me too.",
        38, "findings", "Vo Thanh Son", "51044", "EAS", "B",
        evidence=("Memo that asks for handwriting samples",), statement="Three people were asked.",
    ),
    Matter(
        "Free nights at a hotel that imports wine", "gift-accepted",
        "Officers of the cargo section spend weekends at a hotel whose wine they clear.",
        "Central airport, cargo", "At least two officers", "I work at the reception.",
        38, "investigating", "Arnel Bautista", "22702", "AIR", "C", path="public",
        evidence=("Reservation list given by the hotel",), statement="",
    ),
    Matter(
        "Documents removed before the audit", "obstruction",
        "On the evening before the auditors came, files of the refund section were carried out in boxes.",
        "Headquarters, refund section", "The deputy head of refunds", "I saw it from the stairs.",
        27, "investigating", "Sharifah Amin", "11533", "HQ", "B", "f",
        evidence=("Guard's book of the evening",), statement="",
    ),
    Matter(
        "Refunds for goods that never left", "record-falsified",
        "Refunds are paid for exports whose trucks were not at the border on that day.",
        "Northern land border", "Somebody in the refund desk", "I compared the gate list.",
        14, "planned", "Sithu Aung", "40128", "NOR", "C", path="partner", file="gate-list.txt",
    ),
    Matter(
        "Driver asked for money by uniformed men", "bribe-solicited",
        "Two men in uniform stop trucks after the scanner and ask for money. They know what is loaded.",
        "Inland depot, exit road", "Two men, one is called Boy", "I am a driver.",
        22, "assigned", "Roderick Luna", "60311", "DRY", "D", path="public",
    ),
    Matter(
        "The same men on the exit road", "bribe-solicited",
        "My drivers must pay at the exit road of the depot, each time to the same two men in uniform.",
        "Inland depot, exit road", "Two men in uniform", "My drivers told me, three of them.",
        12, "merged", path="partner", same_as="Driver asked for money by uniformed men",
    ),
    Matter(
        "Chief executive's friend gets the terminal contract", "procurement-conflict",
        "The Director-General met the winner of the terminal contract three times before the award, in private. The "
        "minutes were changed afterwards.",
        "Headquarters", "The Director-General", "I was at two of the meetings.",
        9, "opened", "Roberto Alcaraz", "00001", "HQ", "A", leadership=True,
        identity="Known to the ombudsman under reference 7-118",
    ),
    Matter(
        "Storage fee without a receipt", "goods-or-money-taken",
        "The warehouse of the station takes a storage fee in cash and gives no receipt.",
        "Island station", "The keeper of the warehouse", "I paid it twice.",
        34, "rejected", path="public",
    ),
    Matter(
        "Noise of the scanner building", "discourtesy",
        "The new scanner building is loud at night and nobody answers our letters.",
        "Central airport", "Nobody in particular", "I live next to it.",
        27, "referred", path="public",
    ),
    Matter(
        "Overtime for a week on leave", "false-travel-claim",
        "The overtime list of the examination bay has her for a week in which she was on leave.",
        "Sea port, examination bay", "An assistant of the bay", "I write the roster.",
        7, "assessed", file="roster.txt",
    ),
    Matter(
        "A cousin in the courier company", "interest-not-declared",
        "The officer who clears a courier company's parcels is a cousin of its manager.",
        "Central airport, courier hall", "An officer of the hall", "The manager boasts of it.",
        12, "asked", path="partner",
    ),
    Matter(
        "Fuel of the patrol boat", "goods-or-money-taken",
        "The patrol boat takes twice the fuel that it can burn. Canisters are carried away on Sundays.",
        "Island station", "The crew of the boat", "I repair the engine.",
        4, "acknowledged",
    ),
    Matter(
        "Phones taken from passengers", "goods-or-money-taken",
        "Telephones taken from passengers for a check are not given back, and there is no paper.",
        "Central airport, passenger hall", "Officers of shift A", "My sister lost hers.",
        8, "received", path="public",
    ),
    Matter(
        "Pressure to sign an inspection report", "record-falsified",
        "I was told to sign for an inspection at which I was not present. I have not signed yet.",
        "Sea port, inspection bay", "My team leader", "I am the one who must sign.",
        2, "received",
    ),
)  # fmt: skip


def _small() -> tuple[Matter, ...]:
    """What every office also receives: short reports that do not become cases."""
    texts = (
        ("Parcel kept for three weeks", "My parcel has been at the airport for three weeks and nobody answers.",
         "Central airport", "referred", "public"),
        ("Wrong duty on a bicycle", "I paid duty for a new bicycle although mine is ten years old.",
         "Sea port", "referred", "public"),
        ("Counter closed before its hour", "The counter closes twenty minutes before the hour on its door.",
         "Island station", "rejected", "public"),
        ("Parking in front of the gate", "Staff park in front of the gate, so that trucks must wait.",
         "Northern land border", "rejected", "partner"),
        ("Colleague comes late", "A colleague comes ten minutes late on Mondays.",
         "Headquarters", "rejected", "staff"),
        ("Rude answer on the telephone", "The person on the telephone hung up when I asked for the name.",
         "Eastern land border", "rejected", "public"),
        ("Queue jumped by a lorry", "A lorry passed the whole queue. It may have had a permit.",
         "Inland container depot", "rejected", "partner"),
    )  # fmt: skip
    made = []
    for number in range(42):
        title, what, where, until, path = texts[number % len(texts)]
        made.append(
            Matter(
                f"{title} ({number + 1})", "discourtesy", what, where, "I do not know the name", "I was there.",
                718 - number * 16, until, path=path,
            )
        )  # fmt: skip
    return tuple(made)


MATTERS += _small()
