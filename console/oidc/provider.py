"""Talking to the provider: its discovery document, its keys, and the exchange of a code for tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.staff.council_sign_in import Refusal
from console.oidc.settings import ProviderSettings, is_safe_address

DISCOVERY = "/.well-known/openid-configuration"
KEPT = timedelta(hours=1)
KEYS_ASKED_AGAIN = timedelta(minutes=1)  # however many tokens come with keys that nobody knows
FAILURE_KEPT = timedelta(seconds=5)
# These say that our own settings are wrong, not that a person is refused (RFC 6749, 5.2).
OUR_FAULT = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"})

log = structlog.get_logger()


class ProviderDown(Exception):
    """No answer in time, or none that can be used. It never holds what was said."""


class Refused(Exception):
    """The person is not let in; `why` is for the audit log only."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


class Metadata(BaseModel):
    """What is used of the discovery document (OpenID Connect Discovery 1.0, 3)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    says_its_name: bool = Field(default=False, alias="authorization_response_iss_parameter_supported")

    def is_safe(self) -> bool:
        """Every address is https; only a provider on this machine may do without."""
        required = [self.authorization_endpoint, self.token_endpoint, self.jwks_uri]
        addresses = required + [one for one in (self.userinfo_endpoint, self.end_session_endpoint) if one is not None]
        scheme = urlsplit(self.issuer).scheme
        return all(is_safe_address(one) and urlsplit(one).scheme in ("https", scheme) for one in addresses)


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for."""

    id_token: str = field(repr=False)
    access_token: str | None = field(repr=False)


class Provider:
    """One provider. Its document and keys are kept for an hour; an unknown key makes us ask for the keys again."""

    def __init__(self, settings: ProviderSettings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._failed_at: datetime | None = None

    async def metadata(self) -> Metadata:
        """Raises ProviderDown, also when the document is another provider's or leads to addresses that are not safe."""
        async with self._one_at_a_time:
            if self._metadata is None or self._older(self._metadata[0], KEPT):
                found = await self._fetch(self.settings.issuer.rstrip("/") + DISCOVERY)
                self._metadata = (self._clock(), self._checked(found))
            return self._metadata[1]

    async def keys_for(self, key_id: str | None) -> KeySet:
        """The provider's keys, fetched again when this one is not among them. Raises ProviderDown."""
        address = (await self.metadata()).jwks_uri
        async with self._one_at_a_time:
            if self._keys is None or self._must_ask_again(self._keys, key_id):
                self._keys = (self._clock(), _key_set(await self._fetch(address)))
            return self._keys[1]

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """Raises Refused when the provider does not know the code, and ProviderDown."""
        metadata = await self.metadata()
        ours = {"grant_type": "authorization_code", "redirect_uri": redirect_uri}
        async with self._asking(metadata) as client:
            try:
                told = await client.fetch_token(metadata.token_endpoint, code=code, code_verifier=verifier, **ours)
            except OAuthError as error:
                if error.error not in OUR_FAULT:
                    raise Refused(Refusal.CODE_REFUSED) from None
                log.error("sign_in_provider_refuses_us", reason=error.error)
                raise ProviderDown from None
        return _tokens(told)

    async def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """What the provider says about the person apart from the token; nothing where it has no such endpoint."""
        address = (await self.metadata()).userinfo_endpoint
        if address is None:
            return {}
        return _object(await self._get(address, {"Authorization": f"Bearer {access_token}"}))

    def client(self, metadata: Metadata | None = None) -> Any:
        """Redirects are not followed: a provider that moved is set anew by a person."""
        methods = ("client_secret_basic",) if metadata is None else metadata.token_endpoint_auth_methods_supported
        # In the body no sign of the secret has to be escaped, which providers do in different ways.
        method = "client_secret_post" if "client_secret_post" in methods else "client_secret_basic"
        return AsyncOAuth2Client(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            scope=" ".join(self.settings.scopes),
            token_endpoint_auth_method=method,
            code_challenge_method="S256",
            timeout=self.settings.seconds,
        )

    async def _fetch(self, address: str) -> Any:
        """The document or the keys. Those who wait behind a try that failed do not each wait as long again."""
        if self._failed_at is not None and not self._older(self._failed_at, FAILURE_KEPT):
            raise ProviderDown
        try:
            return await self._get(address)
        except ProviderDown:
            self._failed_at = self._clock()
            raise

    async def _get(self, address: str, headers: Mapping[str, str] | None = None) -> Any:
        async with self._asking() as client:
            answer = await client.request("GET", address, headers=headers, withhold_token=True)
            answer.raise_for_status()
            return answer.json()

    @asynccontextmanager
    async def _asking(self, metadata: Metadata | None = None) -> AsyncIterator[Any]:
        """A client for one exchange. Its faults become ProviderDown, without their texts, which may quote a code."""
        try:
            async with asyncio.timeout(self.settings.seconds), self.client(metadata) as client:
                yield client
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, KeyError) as error:
            log.error("sign_in_provider_failed", kind=type(error).__name__)
            raise ProviderDown from None

    def _checked(self, found: object) -> Metadata:
        try:
            metadata = Metadata.model_validate(found)
        except ValidationError:
            metadata = None
        if metadata is None or metadata.issuer != self.settings.issuer:
            raise self._useless("issuer_or_document")
        if not metadata.is_safe():
            raise self._useless("addresses")
        return metadata

    def _useless(self, reason: str) -> ProviderDown:
        self._failed_at = self._clock()
        log.error("sign_in_provider_useless", reason=reason)
        return ProviderDown()

    def _must_ask_again(self, kept: tuple[datetime, KeySet], key_id: str | None) -> bool:
        asked_at, keys = kept
        if self._older(asked_at, KEPT):
            return True
        known = key_id is None or any(key.kid == key_id for key in keys)
        return not known and self._older(asked_at, KEYS_ASKED_AGAIN)

    def _older(self, when: datetime, than: timedelta) -> bool:
        return self._clock() - when >= than


def _key_set(found: object) -> KeySet:
    """The public signing keys of the set; what is of another kind is passed over (RFC 7517, 5)."""
    listed = _object(found).get("keys")
    keys = [key for one in listed if (key := _signing_key(one)) is not None] if isinstance(listed, list) else []
    return KeySet(keys)


def _signing_key(found: object) -> Key | None:
    if not isinstance(found, dict) or found.get("kty") not in ("RSA", "EC") or found.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(found)
    except (JoseError, ValueError, TypeError):
        return None


def _tokens(told: object) -> Tokens:
    found = _object(told)
    id_token, access_token = found.get("id_token"), found.get("access_token")
    if not isinstance(id_token, str):
        raise Refused(Refusal.TOKEN_MALFORMED)
    return Tokens(id_token, access_token if isinstance(access_token, str) else None)


def _object(found: object) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ProviderDown
    return found
