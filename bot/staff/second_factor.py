"""The second factor: time-based one-time passwords (RFC 6238), shown to an authenticator app as a QR code."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DRIFT_STEPS = 1  # a phone's clock may be half a minute off
DIGITS = 6


def new_secret() -> str:
    """160 random bits, as base32."""
    return pyotp.random_base32()


def enrolment_address(secret: str, email: str, issuer: str) -> str:
    """What an authenticator app reads: an `otpauth:` address."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def qr_code(address: str) -> str:
    """The address as an SVG element, black on white, without styles or scripts."""
    return str(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=True))


def matching_step(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """The step whose code this is, one earlier or later than `at` at most, and never one at or before `last_step`."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    present = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = [step for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1) if step > last_step]
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), digits)]
    return right[0] if right else None
