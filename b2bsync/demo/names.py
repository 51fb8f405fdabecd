"""Word lists the generator makes items, firms and places of."""

GROUPS = {
    "G10": ("Hex bolt", "Wood screw", "Hex nut", "Washer", "Threaded rod", "Wall anchor"),
    "G20": ("Claw hammer", "Screwdriver", "Combination pliers", "Hand saw", "Spirit level", "Open spanner"),
    "G30": ("Cordless drill", "Angle grinder", "Jigsaw", "Rotary hammer", "Belt sander"),
    "G40": ("Wall paint", "Paint roller", "Flat brush", "Masking tape", "Wood varnish"),
    "G50": ("Ball valve", "Pipe elbow", "Copper pipe", "Basin tap", "Thread tape"),
    "G60": ("Cable tie", "Junction box", "Circuit breaker", "Wall socket", "Installation cable"),
    "G70": ("Garden hose", "Leaf rake", "Pruning shears", "Spade", "Lawn sprinkler"),
    "G80": ("Safety goggles", "Work gloves", "Hard hat", "Ear muffs", "Hi-vis vest"),
    "G90": ("White spirit", "Acetone", "Nitro thinner", "Paint stripper"),
}
"""Product group to kinds of item."""

FINISHES = (
    "zinc",
    "stainless",
    "brass",
    "black",
    "galvanised",
    "nylon",
    "heavy duty",
    "compact",
    "professional",
    "basic",
)

FIRM_FIRST = (
    "Alder", "Birch", "Cedar", "Dover", "Elm", "Fairview", "Granite", "Harbor", "Iron", "Juniper",
    "Kestrel", "Lakeside", "Maple", "Northern", "Oak", "Prairie", "Quarry", "River", "Summit", "Timber",
)  # fmt: skip
FIRM_SECOND = (
    "Supply",
    "Hardware",
    "Trading",
    "Stores",
    "Industries",
    "Building",
    "Tools",
    "Works",
    "Outfitters",
    "Depot",
)

SEGMENTS = ("RETAIL", "WHOLESALE", "INDUSTRY", "PUBLIC")

STREETS = ("Mill Road", "Station Street", "Canal Way", "Foundry Lane", "Market Square", "Depot Avenue")

PLACES = {
    "USD": (("Dayton", "OH", "45402", "US"), ("Macon", "GA", "31201", "US"), ("Boise", "ID", "83702", "US")),
    "EUR": (("Lille", None, "59000", "FR"), ("Ulm", None, "89073", "DE"), ("Porto", None, "4000-001", "PT")),
    "MXN": (("Puebla", "PUE", "72000", "MX"), ("Toluca", "MEX", "50000", "MX"), ("Celaya", "GUA", "38000", "MX")),
}
"""Currency to (city, region, postal code, country)."""
