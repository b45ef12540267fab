"""Number plates of countries: which serials there are and how they are grouped.

A form is written as it is printed: a blank separates groups and is no part of the serial, a hyphen is. Where a country
has no sure list (districts, withheld words) the form is wider than its law and never narrower; `exact` says where
letters, numbers and districts are those of the law. Lists of words that offices withhold are not public.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from synth.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Plates:
    """Number plates of one country.

    Attributes:
        name: of the country and the kind of plate.
        forms: patterns with blanks between groups, none of which is divided by an alternative.
        exact: districts, letters and numbers are those of the law.
    """

    name: str
    forms: tuple[str, ...]
    exact: bool = False

    @property
    def pattern(self) -> str:
        """Of all serials, without the blanks."""
        return "|".join("".join(f"(?:{group})" for group in form.split(" ")) for form in self.forms)

    def grouped(self, serial: str) -> str:
        """The serial with a blank between its groups; where two ways are possible, the first groups are the longer."""
        for form in self.forms:
            found = re.fullmatch("".join(f"({_without_groups(group)})" for group in form.split(" ")), serial)
            if found is not None:
                return " ".join(found.groups())
        return serial


def _without_groups(pattern: str) -> str:
    return pattern.replace("(", "(?:")


_RO_COUNTIES = (
    "(AB|AR|AG|BC|BH|BN|BT|BV|BR|BZ|CS|CL|CJ|CT|CV|DB|DJ|GL|GR|GJ|HR|HD|IL|IS|IF|MM|MH|MS|NT|OT|PH|SM|SJ|SB|SV|TR|TM|"
    "TL|VS|VL|VN)"
)
_RO_LETTERS = "[A-HJ-NPR-Z][A-PR-Z]{2}"
_CH_CANTONS = "(AG|AI|AR|BE|BL|BS|FR|GE|GL|GR|JU|LU|NE|NW|OW|SG|SH|SO|SZ|TG|TI|UR|VD|VS|ZG|ZH)"
_IE_COUNTIES = "(C|CE|CN|CW|D|DL|G|KE|KK|KY|L|LD|LH|LM|LS|MH|MN|MO|OY|RN|SO|T|W|WH|WW|WX)"
_FR = "A-HJ-NP-TV-Z"
_FR_NOT_S = "A-HJ-NP-RTV-Z"
_FR_NOT_S_W = "A-HJ-NP-RTVX-Z"
_FR_NOT_W = "A-HJ-NP-TVX-Z"
_FROM_001 = "(00[1-9]|0[1-9]\\d|[1-9]\\d{2})"
_BG = "[ABCEHKMOPTXY]"
_IT = "[A-HJ-NPR-TV-Z]"
_NL = "[BDFGHJKLNPRSTVXZ]"
_PL = "[ACEFGHJKLMNPRSTUVWXY]"
_PL_TWO = "[A-PR-Z]{2}"
_PL_THREE = "[A-PR-Z]{3}"
_SE = "[A-HJ-PR-UW-Z]"
_TR = "[A-PR-VYZ]"
_TR_PROVINCE = "(0[1-9]|[1-7]\\d|8[01])"
_UA = "[ABCEHIKMOPTX]"

PLATES: Mapping[str, Plates] = {
    "RO": Plates(
        "Romania: county, 01 to 99 (Bucharest also 100 to 999), three letters without Q, the first not I or O",
        (
            f"{_RO_COUNTIES} (0[1-9]|[1-9]\\d) {_RO_LETTERS}",
            f"B (0[1-9]|[1-9]\\d) {_RO_LETTERS}",
            f"B [1-9]\\d{{2}} {_RO_LETTERS}",
        ),
        exact=True,
    ),
    "RO-TEMPORARY": Plates(
        "Romania, temporary (red): county, 0, a digit from 1 to 9, one to four further digits",
        (f"({_RO_COUNTIES}|B) 0[1-9]\\d{{1,4}}",),
        exact=True,
    ),
    "AT": Plates(
        "Austria: district (form only), digits, letters without Q",
        (
            "[A-PR-Z]{1,2} [1-9]\\d{2}[A-PR-Z]{2}",
            "[BEGIKLPSW] [1-9]\\d{3,4}[A-PR-Z]",
            "[A-PR-Z]{2} [1-9]\\d?[A-PR-Z]{3}",
        ),
    ),
    "BE": Plates("Belgium: 1 or 2, three letters, three digits (form only)", ("[12]-[A-Z]{3}-\\d{3}",)),
    "BG": Plates(
        "Bulgaria: district (form only), four digits, two letters shared with Cyrillic",
        (f"{_BG}{{1,2}} \\d{{4}} {_BG}{{2}}",),
    ),
    "CH": Plates("Switzerland: canton, number of up to six digits", (f"{_CH_CANTONS} [1-9]\\d{{0,5}}",), exact=True),
    "CZ": Plates(
        "Czechia: digit, letter of the region, letter or digit, four digits; no G, O, Q, W",
        ("[1-9][ABCEHJKLMPSTUZ][0-9A-FH-NPR-VXYZ] \\d{4}",),
    ),
    "DE": Plates(
        "Germany: district of one to three letters (form only, no umlauts), one or two letters, number, perhaps E or H",
        ("[A-Z]{1,3} [A-Z]{1,2} [1-9]\\d{0,3}[EH]?",),
    ),
    "DK": Plates("Denmark: two letters without I, O, Q, W, five digits", ("[A-HJ-NPR-VX-Z]{2} [1-9]\\d \\d{3}",)),
    "EE": Plates("Estonia: three digits, three letters (form only)", ("\\d{3} [A-Z]{3}",)),
    "ES": Plates("Spain: four digits, three consonants without Q", ("\\d{4} [BCDFGHJ-NPRSTV-Z]{3}",), exact=True),
    "FI": Plates("Finland: three letters, 1 to 999 (form only)", ("[A-Z]{3}-[1-9]\\d{0,2}",)),
    "FR": Plates(
        "France: two letters, 001 to 999, two letters; no I, O, U, no SS, does not begin with WW",
        (f"([{_FR_NOT_S_W}][{_FR}]|S[{_FR_NOT_S}]|W[{_FR_NOT_W}])-{_FROM_001}-([{_FR_NOT_S}][{_FR}]|S[{_FR_NOT_S}])",),
        exact=True,
    ),
    "GB": Plates(
        "Great Britain since 2001: area (form only), half-year, three letters without I and Q",
        ("[A-HK-PRSV-Y][A-HJ-PR-Y](0[2-9]|[12]\\d|5[1-9]|[67]\\d) [A-HJ-PR-Z]{3}",),
    ),
    "GR": Plates(
        "Greece: three letters shared with Latin (districts: form only), 1000 to 9999",
        ("[ABEZHIKMNOPTYX]{3}-[1-9]\\d{3}",),
    ),
    "HU": Plates(
        "Hungary: two and two letters, three digits since 2022, three letters before (form only)",
        (f"[A-Z]{{2}} [A-Z]{{2}}-{_FROM_001}", f"[A-Z]{{3}}-{_FROM_001}"),
    ),
    "IE": Plates(
        "Ireland since 2014: half-year, county, number of up to six digits",
        (f"(1[4-9]|2\\d)[12]-{_IE_COUNTIES}-[1-9]\\d{{0,5}}",),
        exact=True,
    ),
    "IT": Plates(
        "Italy: two letters, three digits, two letters; no I, O, Q, U, does not begin with EE",
        (f"([A-DF-HJ-NPR-TV-Z]{_IT}|E[A-DF-HJ-NPR-TV-Z]) \\d{{3}} {_IT}{{2}}",),
    ),
    "LT": Plates("Lithuania: three letters without Q, W, X, three digits", ("[A-PR-VYZ]{3} \\d{3}",)),
    "LV": Plates("Latvia: two letters, number of up to four digits (form only)", ("[A-Z]{2}-[1-9]\\d{0,3}",)),
    "NL": Plates(
        "Netherlands: the series 12-AB-CD, 12-ABC-3, 1-ABC-23, AB-123-C, A-123-BC; no vowels, C, M, Q, W, Y",
        (
            f"\\d{{2}}-{_NL}{{2}}-{_NL}{{2}}",
            f"\\d{{2}}-{_NL}{{3}}-\\d",
            f"\\d-{_NL}{{3}}-\\d{{2}}",
            f"{_NL}{{2}}-\\d{{3}}-{_NL}",
            f"{_NL}-\\d{{3}}-{_NL}{{2}}",
        ),
    ),
    "NO": Plates("Norway: two letters (form only), 10000 to 99999", ("[A-Z]{2} [1-9]\\d{4}",)),
    "PL": Plates(
        "Poland: district (form only), series without B, D, I, O, Q, Z",
        (
            f"{_PL_TWO} (\\d{{5}}|\\d{{4}}{_PL}|\\d{{3}}{_PL}{{2}}|[1-9]{_PL}\\d{{3}}|[1-9]{_PL}{{2}}\\d{{2}})",
            f"{_PL_THREE} ({_PL}\\d{{3}}|\\d{{2}}{_PL}{{2}}|[1-9]{_PL}\\d{{2}}|\\d{{2}}{_PL}[1-9])",
            f"{_PL_THREE} ([1-9]{_PL}{{2}}[1-9]|{_PL}{{2}}\\d{{2}}|\\d{{5}}|\\d{{4}}{_PL}|\\d{{3}}{_PL}{{2}})",
        ),
    ),
    "PT": Plates(
        "Portugal since 2020: two letters, two digits, two letters (form only)", ("[A-Z]{2} \\d{2} [A-Z]{2}",)
    ),
    "SE": Plates(
        "Sweden: three letters without I, Q, V, two digits, digit or letter (also not O)",
        (f"{_SE}{{3}} \\d{{2}}[0-9A-HJ-NPR-UW-Z]",),
    ),
    "SK": Plates("Slovakia: two letters, three digits, two letters (form only)", ("[A-Z]{2} \\d{3}[A-Z]{2}",)),
    "TR": Plates(
        "Türkiye: province, letters without Q, W, X, digits",
        (
            f"{_TR_PROVINCE} {_TR} \\d{{4}}",
            f"{_TR_PROVINCE} {_TR}{{2}} \\d{{3,4}}",
            f"{_TR_PROVINCE} {_TR}{{3}} \\d{{2,3}}",
        ),
    ),
    "UA": Plates(
        "Ukraine: region (form only), four digits, two letters shared with Latin", (f"{_UA}{{2}} \\d{{4}} {_UA}{{2}}",)
    ),
}
"""By the country's two letters (ISO 3166), kinds of plate behind a hyphen."""
COUNTRIES: Mapping[str, str] = {code: plates.name for code, plates in PLATES.items()}
"""What each code stands for."""


def plates_of(country: str) -> Plates:
    """The plates of a country.

    Raises:
        ConfigError: there is none of that code.
    """
    code = country.upper()
    if code not in PLATES:
        near = difflib.get_close_matches(code, PLATES, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"no number plates of {country!r}; there are {', '.join(PLATES)}{hint}")
    return PLATES[code]
