"""The everyday cases of such an office: small matters, and accusations that did not hold."""

from __future__ import annotations

from config.demonstration.matters import Matter

WRITTEN: tuple[str, None] = ("written-reprimand", None)
SPOKEN: tuple[str, None] = ("oral-warning", None)

EVERYDAY: tuple[Matter, ...] = (
    Matter(
        "Shouting at the cashier", "discourtesy",
        "The officer at the cash desk shouted at a customer until she wept.",
        "Sea port, cash desk", "The officer at the cash desk", "I stood behind her.",
        664, "closed", "Andi Pratama", "30551", "SEA", "C", path="public", sanction=SPOKEN, appeal="waive",
        evidence=("Recording of the cash desk",), statement="A second customer heard it.",
        answer="The respondent is sorry for it.",
    ),
    Matter(
        "Signed in for a colleague", "absence",
        "He signs in for his neighbour each Monday, who comes at noon.",
        "Headquarters, registry", "Two clerks of the registry", "I sit opposite.",
        640, "closed", "Felipe Aquino", "11602", "HQ", "C", outcome="unfounded",
        evidence=("Sign-in book and door records",), statement="The door records agree with the book.",
    ),
    Matter(
        "A watch from an importer", "gift-accepted",
        "He wears a watch that an importer gave him for the new year.",
        "Central airport, cargo", "An examiner of the cargo section", "He told us so himself.",
        616, "closed", "Chaiwat Meesuk", "22610", "AIR", "C", outcome="unsubstantiated",
        evidence=("Register of gifts",), statement="The watch was bought; there is a bill for it.",
    ),
    Matter(
        "Asked for coffee money", "speed-money",
        "An officer asked my driver for coffee money before he stamped the paper.",
        "Northern land border", "An officer of the morning shift", "My driver told me.",
        590, "closed", "Soe Moe", "40144", "NOR", "C", path="partner", outcome="inconclusive",
        evidence=("Duty roster of the week",), statement="The driver could not say which officer it was.",
    ),
    Matter(
        "Left the gate for an hour", "absence",
        "The gate was closed for an hour because nobody was there.",
        "Inland depot, gate", "The guard of the gate", "I waited there.",
        562, "closed", "Ernesto Diaz", "60190", "DRY", "D", path="public", sanction=SPOKEN, appeal="waive",
        evidence=("Gate log of the day",), statement="Three drivers waited.",
        answer="The respondent was at the dentist and had told nobody.",
    ),
    Matter(
        "Overtime on a holiday", "absence",
        "She has overtime for a holiday on which the office was locked.",
        "Headquarters, finance", "A clerk of finance", "I locked the office.",
        534, "closed", "Nguyen Thu Ha", "11720", "HQ", "C", "f", outcome="unfounded",
        evidence=("Overtime list and door records",), statement="She worked at home, with leave to do so.",
    ),
    Matter(
        "Mocked for his accent", "discourtesy",
        "The officer mocked the way my colleague speaks, in front of everybody.",
        "Eastern land border", "The officer of window 2", "I stood beside him.",
        506, "closed", "Pham Quoc Bao", "51233", "EAS", "C", path="partner", sanction=WRITTEN, appeal="waive",
        evidence=("Written accounts of two agents",), statement="Both accounts agree.",
        answer="The respondent meant it as a joke.",
    ),
    Matter(
        "Bribe for a quick release of fruit", "bribe-solicited",
        "My competitor's fruit always passes at once. He must be paying.",
        "Sea port, cold store", "Somebody in the cold store", "I see his trucks leave.",
        478, "closed", "Wahyu Saputra", "30940", "SEA", "C", path="public", outcome="unfounded",
        evidence=("Release times of 200 consignments",), statement="The times do not differ between importers.",
    ),
    Matter(
        "Private errands during duty", "absence",
        "The driver of the section runs private errands every afternoon.",
        "Headquarters, motor pool", "A driver", "I see him at the market.",
        450, "closed", "Rolando Cruz", "11815", "HQ", "D", sanction=WRITTEN, appeal="waive",
        evidence=("Logbook of the car",), statement="The logbook has gaps on eleven days.",
        answer="The respondent does not contest it.",
    ),
    Matter(
        "Looked up a neighbour's car", "records-browsed",
        "He knew what I had paid for my car before anybody else did.",
        "Central airport, registry", "A clerk of the registry", "He is my neighbour.",
        422, "closed", "Supachai Wong", "22733", "AIR", "C", path="public", outcome="unsubstantiated",
        evidence=("Access log of the registry",), statement="The log shows no look-up.",
    ),
    Matter(
        "Rude on the telephone, twice", "discourtesy",
        "The officer called me stupid on the telephone, twice in a week.",
        "Island station", "The officer on the telephone", "It happened to me.",
        394, "closed", "Yuli Handayani", "70044", "ISL", "C", "f", path="public", sanction=SPOKEN, appeal="waive",
        evidence=("Note of the calls",), statement="A colleague heard one of the calls.",
        answer="The respondent had a bad week.",
    ),
    Matter(
        "Favours for a cousin's firm", "favouritism-in-service",
        "A cousin's firm never waits for an examination.",
        "Northern land border", "An examiner", "We all know it.",
        366, "closed", "Kham Souk", "40190", "NOR", "C", outcome="inconclusive",
        evidence=("Selection list of the risk system",), statement="The system selects, and it leaves no room.",
    ),
    Matter(
        "Drunk at the counter", "unfit-for-duty",
        "The officer smelled of alcohol at nine in the morning.",
        "Sea port, counter 2", "The officer at the counter", "I stood before him.",
        270, "closed", "Made Suarta", "30615", "SEA", "C", path="public", outcome="unsubstantiated",
        evidence=("Report of the duty doctor",), statement="The doctor found nothing; it was cough medicine.",
    ),
    Matter(
        "Slept at the scanner", "absence",
        "The operator of the scanner slept while trucks passed.",
        "Eastern land border, scanner", "The operator", "I passed there.",
        240, "closed", "Le Van Duc", "51270", "EAS", "D", path="partner", sanction=WRITTEN, appeal="waive",
        evidence=("Recording of the scanner room",), statement="The recording shows him asleep.",
        answer="The respondent had worked two shifts.",
    ),
    Matter(
        "Threw papers at an agent", "discourtesy",
        "She threw my papers through the window.",
        "Inland depot, window 4", "The officer at the window", "They were mine.",
        210, "closed", "Carmela Reyes", "60240", "DRY", "C", "f", path="partner", outcome="unfounded",
        evidence=("Recording of the hall",), statement="The recording shows that the wind took them.",
    ),
    Matter(
        "Came late for a month", "absence",
        "The head of the store came at ten for a month.",
        "Inland depot, store", "The head of the store", "I wait for the key.",
        180, "closed", "Arturo Lim", "60101", "DRY", "B", sanction=SPOKEN, appeal="waive",
        evidence=("Door records of the store",), statement="The records show it.",
        answer="The respondent's child was in hospital.",
    ),
)  # fmt: skip
