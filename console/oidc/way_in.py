"""The way from the sign-in page over the provider and back: state, nonce and PKCE, bound to one browser."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.staff.council_sign_in import Proven, Refusal
from bot.staff.tries import Tries
from bot.store import KeyRing, KeyRingError
from console.oidc.provider import Metadata, Provider, Refused
from console.oidc.settings import ProviderSettings
from console.oidc.tokens import Expected, claims_of

START = "/console/sign-in/council"
BACK = f"{START}/back"
SIGNED_OUT = "/console/signed-out"
LASTS = timedelta(minutes=10)
LONGEST_COOKIE = 2_048
LONGEST_EMAIL = 254


class Attempt(BaseModel):
    """One try to sign in. Only the browser that began it has it, sealed with our keys: nobody can make one up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: str
    nonce: str
    verifier: str
    began_at: datetime

    @classmethod
    def new(cls, at: datetime) -> Attempt:
        return cls(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            began_at=at,
        )


@dataclass(frozen=True)
class Beginning:
    """Where the browser goes, and what it keeps meanwhile."""

    address: str = field(repr=False)
    sealed: str = field(repr=False)


class WayIn:
    """`address` is the console's own, as the browser sees it, without a path."""

    def __init__(
        self,
        settings: ProviderSettings,
        address: str,
        keys: KeyRing,
        clock: Callable[[], datetime],
        tries: Tries | None = None,
    ) -> None:
        self.settings = settings
        self.provider = Provider(settings, clock)
        self._address = address
        self._keys = keys
        self._clock = clock
        self._tries = tries or Tries()

    async def begin(self) -> Beginning:
        """Raises ProviderDown."""
        metadata, attempt = await self.provider.metadata(), Attempt.new(self._clock())
        asked: dict[str, str] = {
            "response_type": "code",
            "redirect_uri": self._address + BACK,
            "nonce": attempt.nonce,
            "code_verifier": attempt.verifier,
        }
        if self.settings.second_factor is not None and self.settings.second_factor[0] == "acr":
            asked["acr_values"] = self.settings.second_factor[1]
        async with self.provider.client() as client:
            address, _ = client.create_authorization_url(metadata.authorization_endpoint, state=attempt.state, **asked)
        return Beginning(address, self._keys.encrypt(attempt.model_dump_json()))

    async def finish(self, answer: Mapping[str, str], sealed: str | None) -> Proven:
        """The person whom the provider's answer proves. Raises Refused, ProviderDown and TooManyTries."""
        self._tries.take(self._clock())
        attempt = self._opened(sealed)
        metadata = await self.provider.metadata()
        code = _code(answer, attempt, metadata)
        tokens = await self.provider.exchange(code, attempt.verifier, self._address + BACK)
        now = int(self._clock().timestamp())
        expected = Expected(self.settings.issuer, self.settings.client_id, attempt.nonce, now)
        claims = await claims_of(tokens.id_token, self.provider.keys_for, expected)
        if "email" not in claims and tokens.access_token is not None:
            claims = {**claims, **await self._email_apart(tokens.access_token, claims["sub"])}
        return self._proven(claims)

    async def sign_out_address(self) -> str | None:
        """Where the provider ends its own session, None when it cannot. Raises ProviderDown.

        No ID token goes along as a hint: it would put a name into the browser's history.
        """
        endpoint = (await self.provider.metadata()).end_session_endpoint
        if endpoint is None:
            return None
        back = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self._address + SIGNED_OUT}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(back)}"

    def _opened(self, sealed: str | None) -> Attempt:
        if not sealed or len(sealed) > LONGEST_COOKIE:
            raise Refused(Refusal.NO_ATTEMPT)
        try:
            attempt = Attempt.model_validate_json(self._keys.decrypt(sealed))
        except (KeyRingError, ValidationError, ValueError):
            raise Refused(Refusal.NO_ATTEMPT) from None
        if not timedelta(0) <= self._clock() - attempt.began_at <= LASTS:
            raise Refused(Refusal.NO_ATTEMPT)
        return attempt

    async def _email_apart(self, access_token: str, subject: str) -> Mapping[str, Any]:
        """Some providers put the e-mail address beside the token. It must be about the same person (Core, 5.3.2)."""
        told = await self.provider.userinfo(access_token)
        if told.get("sub") != subject:
            return {}
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    def _proven(self, claims: Mapping[str, Any]) -> Proven:
        email = claims.get("email")
        return Proven(
            issuer=self.settings.issuer,
            subject=claims["sub"],
            email=email if isinstance(email, str) and len(email) <= LONGEST_EMAIL else None,
            email_verified=_is_verified(claims),
            second_factor=self._asked_for_second_factor(claims),
        )

    def _asked_for_second_factor(self, claims: Mapping[str, Any]) -> bool:
        if self.settings.second_factor is None:
            return False
        name, wanted = self.settings.second_factor
        said = claims.get(name)
        return wanted in said if isinstance(said, list) else said == wanted


def _code(answer: Mapping[str, str], attempt: Attempt, metadata: Metadata) -> str:
    """The code that came back, when it is the answer to our question and from whom we asked."""
    if not hmac.compare_digest(answer.get("state", "").encode("utf-8", "replace"), attempt.state.encode()):
        raise Refused(Refusal.WRONG_STATE)
    named = answer.get("iss")
    if (named is not None or metadata.says_its_name) and named != metadata.issuer:
        raise Refused(Refusal.WRONG_ISSUER)
    if "error" in answer or not answer.get("code"):
        raise Refused(Refusal.DENIED)
    return answer["code"]


def _is_verified(claims: Mapping[str, Any]) -> bool:
    """Microsoft Entra ID never says email_verified; that the council owns the address's domain it says as xms_edov."""
    if "email_verified" in claims:
        return claims["email_verified"] in (True, "true")
    return claims.get("xms_edov") in (True, "true", "1")
