"""States and provinces whose codes shoppers and merchants spell in their own way: "il", "Illinois" and "IL" are one.

Only countries that levy sales tax by region are listed (ISO 3166-2 without the country). Elsewhere a region is what was
typed. Names of countries come from Babel, in the reader's language.
"""

from collections.abc import Mapping

from babel import Locale

REGIONS: Mapping[str, Mapping[str, str]] = {
    "US": {
        "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
        "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
        "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
        "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
        "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
        "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
        "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
        "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
        "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
        "WI": "Wisconsin", "WY": "Wyoming", "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands",
        "PR": "Puerto Rico", "VI": "U.S. Virgin Islands", "AA": "Armed Forces Americas", "AE": "Armed Forces Europe",
        "AP": "Armed Forces Pacific",
    },
    "CA": {
        "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
        "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut",
        "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
    },
}  # fmt: skip

_SPELLINGS: Mapping[str, Mapping[str, str]] = {
    country: {spelling.casefold(): code for code, name in regions.items() for spelling in (code, name)}
    | ({"québec": "QC"} if country == "CA" else {})
    for country, regions in REGIONS.items()
}


def region_code(country: str, typed: str) -> str:
    """The region's code where the country's regions are listed, "" if it is none of them; elsewhere what was typed."""
    text = " ".join(typed.split()).strip(" .,")
    if country not in _SPELLINGS:
        return text
    spelling = text.casefold().removeprefix(f"{country.casefold()}-")
    return _SPELLINGS[country].get(spelling) or _SPELLINGS[country].get(spelling.replace(".", ""), "")


def is_listed(country: str) -> bool:
    return country in REGIONS


def country_name(code: str, locale: str) -> str:
    """A country's name in the language of a Babel or Django locale; the code itself where none is known."""
    return str(Locale.parse(locale.replace("-", "_")).territories.get(code, code))
