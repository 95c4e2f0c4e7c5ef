"""Numbers that can be sent an SMS, written as the whole world writes them."""

from __future__ import annotations

import phonenumbers

HERE = "GB"


def mobile_number(typed: str) -> str | None:
    """As in +447700900123. None when it is not a number, or one at which no text message arrives."""
    try:
        number = phonenumbers.parse(typed, HERE)
    except phonenumbers.NumberParseException:
        return None
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.TOLL_FREE)
    if not phonenumbers.is_possible_number(number) or phonenumbers.number_type(number) in kinds:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
