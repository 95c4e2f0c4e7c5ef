"""Numbers that belong to one person: found by their shape and their check digits, or by the words before them.

Sources: NHS number, modulus 11 (NHS data dictionary); UPN, modulus 23 (DfE, "Unique pupil numbers"); National
Insurance number, prefixes (HMRC manual NIM39110); payment cards, Luhn (ISO/IEC 7812-1); postcodes (BS 7666).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

import phonenumbers
from stdnum import iban, luhn
from stdnum.gb import nhs, upn

from bot.privacy.redaction.spans import Kind, Span

# Numbers that everybody may know, and that a young person may have been given by us.
PUBLIC = frozenset({"08001111", "0800555111", "116123", "0808800", "08088005000", "08088010711"})
_NEAR = 48  # characters before a number in which a word says what it is

_POSTCODE = re.compile(r"\b(?:[a-z]{1,2}\d{1,2}|[a-z]{1,2}\d[a-z])\s?\d[abd-hjlnp-uw-z]{2}\b", re.IGNORECASE)
_NINO = re.compile(r"\b[abceghj-prstw-zq][abceghj-nprstw-zq]\s?\d{2}\s?\d{2}\s?\d{2}\s?[a-d]\b", re.IGNORECASE)
_UPN = re.compile(r"\b[a-z]\d{11}[\da-z]\b", re.IGNORECASE)
_TEN = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_DIGITS = re.compile(r"(?<![\w#/])(?:\(?\+?\d[\d\s().-]{5,22}\d)(?![\w/])")
_UK_PHONE = re.compile(r"(?<![\d\w])(?:(?:\+|00)44[\s(.)-]*(?:0\)?)?|\(?0)(?:[\s().-]?\d){9,10}(?!\d)")
_BARE_MOBILE = re.compile(r"(?<!\d)7\d{3}[ .-]?\d{3}[ .-]?\d{3}(?!\d)")
_DIGIT_WORDS = r"(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_SPOKEN = re.compile(rf"\b{_DIGIT_WORDS}(?:[\s,-]+{_DIGIT_WORDS}){{7,}}\b", re.IGNORECASE)
_SORT_CODE = re.compile(r"(?<![\d/-])\d{2}[- ]\d{2}[- ]\d{2}(?![\d/-])")
_SIX, _EIGHT = re.compile(r"(?<!\d)\d{6}(?!\d)"), re.compile(r"(?<!\d)\d{7,8}(?!\d)")
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3}(?!\d)|(?<!\d)\d{4}[ -]?\d{6}[ -]?\d{5}(?!\d)")
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,7}(?:\s?[a-z0-9]{1,4})?\b", re.IGNORECASE)

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY_MONTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[ /.-]*(?:{_MONTHS})|(?:{_MONTHS})\s+\d{{1,2}}(?:st|nd|rd|th)?)\b"
_BIRTH_YEAR = r"(?:199\d|200\d|201\d|202[0-2])"
_FULL_DATE = re.compile(
    rf"\b(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:{_BIRTH_YEAR})|(?:{_BIRTH_YEAR})[/.-]\d{{1,2}}[/.-]\d{{1,2}}|{_DAY_MONTH},?\s+(?:{_BIRTH_YEAR}))\b",
    re.IGNORECASE,
)
_SOME_DATE = re.compile(
    rf"\b(?:\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?|{_DAY_MONTH}(?:,?\s+\d{{2,4}})?)\b", re.IGNORECASE
)
_CASE = re.compile(
    r"\b(?:[a-z]{1,5}[ /-]?)?\d{3,}(?:[/-]?\d+)*\b|\b[a-z]{1,3}\d{2}[a-z]\d{4,6}\b|\b[a-z]\d{7}\b", re.IGNORECASE
)
_LOOKED_AFTER = re.compile(r"\b(?:lac|cla|cin|ehcp)[ /-]?\d{3,}\b|\bref(?:erence)?[ :]+\d{5,}\b", re.IGNORECASE)
_PLATE = re.compile(r"\b[a-z]{2}\d{2}\s?[a-z]{3}\b", re.IGNORECASE)
_LICENCE = re.compile(r"\b[a-z9]{5}\d{6}[a-z9]{2}\d[a-z]{2}\b", re.IGNORECASE)

_SAYS_NHS = re.compile(r"\bnhs\b", re.IGNORECASE)
_SAYS_UPN = re.compile(r"\b(?:upn|pupil\s+(?:number|no|id))\b", re.IGNORECASE)
_SAYS_BANK = re.compile(r"\b(?:bank|acc|acct|account|acc(?:ount)? no|sort)\b", re.IGNORECASE)
_SAYS_SORT = re.compile(r"\bsort\b", re.IGNORECASE)
_SAYS_BORN = re.compile(r"\b(?:dob|d\.o\.b|date of birth|born|birthday|bday|b-day)\b", re.IGNORECASE)
_SAYS_CASE = re.compile(
    r"\b(?:case|ref|reference|mosaic|liquid ?logic|lac|client|passport|licence|license|id number|id no|"
    r"(?:client|case|person|child|my) id|"
    r"home office|student (?:number|no|id)|ticket|crime)\b",
    re.IGNORECASE,
)
_SAYS_PLATE = re.compile(r"\b(?:reg|plate|car|van|vehicle)\b", re.IGNORECASE)


def numbers(text: str) -> Iterator[Span]:
    return chain.from_iterable(reader(text) for reader in _READERS)


def _shape(
    pattern: re.Pattern[str], kind: Kind, fits: Callable[[str], bool] | None = None
) -> Callable[[str], Iterator[Span]]:
    def read(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if fits is None or fits(match.group()):
                yield Span(match.start(), match.end(), kind)

    return read


def _after(pattern: re.Pattern[str], says: re.Pattern[str], kind: Kind) -> Callable[[str], Iterator[Span]]:
    """Only where a word shortly before says what the number is."""

    def read(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if says.search(text, max(0, match.start() - _NEAR), match.start()):
                yield Span(match.start(), match.end(), kind)

    return read


def _either_side(pattern: re.Pattern[str], says: re.Pattern[str], kind: Kind) -> Callable[[str], Iterator[Span]]:
    def read(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            if says.search(text, max(0, match.start() - _NEAR), min(len(text), match.end() + _NEAR // 2)):
                yield Span(match.start(), match.end(), kind)

    return read


def _phones(text: str) -> Iterator[Span]:
    for pattern in (_UK_PHONE, _BARE_MOBILE, _SPOKEN):
        for match in pattern.finditer(text):
            if _is_private(match.group()):
                yield Span(match.start(), match.end(), Kind.PHONE)
    for found in phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.VALID):
        if _is_private(found.raw_string):
            yield Span(found.start, found.end, Kind.PHONE)


def _is_private(written: str) -> bool:
    return re.sub(r"\D", "", written) not in PUBLIC


def _is_card(written: str) -> bool:
    return bool(luhn.is_valid(re.sub(r"\D", "", written)))


def _is_iban(written: str) -> bool:
    return bool(iban.is_valid(written))


_READERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    _shape(_POSTCODE, Kind.POSTCODE),
    _shape(_NINO, Kind.NINO),
    _shape(_UPN, Kind.UPN, lambda written: bool(upn.is_valid(written.upper()))),
    _after(_UPN, _SAYS_UPN, Kind.UPN),
    _shape(_TEN, Kind.NHS, lambda written: bool(nhs.is_valid(written))),
    _after(_TEN, _SAYS_NHS, Kind.NHS),
    _phones,
    _either_side(_SORT_CODE, _SAYS_BANK, Kind.BANK),
    _after(_SIX, _SAYS_SORT, Kind.BANK),
    _after(_EIGHT, _SAYS_BANK, Kind.BANK),
    _shape(_CARD, Kind.BANK, _is_card),
    _after(_CARD, re.compile(r"\bcard\b", re.IGNORECASE), Kind.BANK),
    _shape(_IBAN, Kind.BANK, _is_iban),
    _shape(_FULL_DATE, Kind.BIRTH_DATE),
    _after(_SOME_DATE, _SAYS_BORN, Kind.BIRTH_DATE),
    _shape(_LOOKED_AFTER, Kind.CASE_ID),
    _after(_CASE, _SAYS_CASE, Kind.CASE_ID),
    _either_side(_PLATE, _SAYS_PLATE, Kind.CASE_ID),
    _shape(_LICENCE, Kind.CASE_ID),
)
