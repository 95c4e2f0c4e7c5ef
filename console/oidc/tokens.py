"""The ID token: who signed it, for whom, when, and in answer to which question (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet

from bot.staff.council_sign_in import Refusal
from console.oidc.provider import Refused

# Signatures with a key pair only: with a shared secret, or none at all, anybody could be the provider.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
# What a provider adds to the header is passed over; what it calls critical is not (RFC 7515, 4.1.11).
REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
LEEWAY = 60  # seconds that two clocks may differ
OLDEST = 600  # seconds since the token was made
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, 2
LONGEST_TOKEN = 64 * 1024

_WHY = {
    "iss": Refusal.TOKEN_ISSUER,
    "aud": Refusal.TOKEN_AUDIENCE,
    "exp": Refusal.TOKEN_TIME,
    "iat": Refusal.TOKEN_TIME,
    "nbf": Refusal.TOKEN_TIME,
    "sub": Refusal.TOKEN_SUBJECT,
    "nonce": Refusal.TOKEN_NONCE,
}


@dataclass(frozen=True)
class Expected:
    """What the token must say. `now` is in seconds since 1970."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: int


async def claims_of(
    token: str, keys_for: Callable[[str | None], Awaitable[KeySet]], expected: Expected
) -> Mapping[str, Any]:
    """The claims, once everything about them is right. Raises Refused, and ProviderDown when the keys cannot be had."""
    keys = await keys_for(_key_id(token))
    try:
        claims = jwt.decode(token, keys, registry=REGISTRY).claims
    except InvalidKeyIdError:
        raise Refused(Refusal.TOKEN_KEY) from None
    except UnsupportedAlgorithmError:
        raise Refused(Refusal.TOKEN_ALGORITHM) from None
    except BadSignatureError:
        raise Refused(Refusal.TOKEN_SIGNATURE) from None
    except (JoseError, ValueError, TypeError):
        raise Refused(Refusal.TOKEN_MALFORMED) from None
    _check(claims, expected)
    return claims


def _key_id(token: str) -> str | None:
    """The name of the key, from the header that nobody has checked yet: a name is all that it is used for."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Refused(Refusal.TOKEN_MALFORMED)
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise Refused(Refusal.TOKEN_MALFORMED) from None
    if header.get("alg") not in ALGORITHMS:
        raise Refused(Refusal.TOKEN_ALGORITHM)
    key_id = header.get("kid")
    return key_id if isinstance(key_id, str) else None


def _check(claims: Mapping[str, Any], expected: Expected) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=expected.now,
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except ClaimError as error:
        raise Refused(_WHY.get(error.claim.partition(",")[0], Refusal.TOKEN_MALFORMED)) from None
    _check_audience(claims, expected.client_id)
    if claims["iat"] < expected.now - OLDEST - LEEWAY:
        raise Refused(Refusal.TOKEN_TIME)
    nonce, subject = claims["nonce"], claims["sub"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode("utf-8", "replace"), expected.nonce.encode()):
        raise Refused(Refusal.TOKEN_NONCE)
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii():
        raise Refused(Refusal.TOKEN_SUBJECT)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """A token for several must say that it was given to us, or another of them could use it here."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (party is not None or several) and party != client_id:
        raise Refused(Refusal.TOKEN_AUDIENCE)
