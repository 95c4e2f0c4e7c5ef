"""The provider that a council has set, checked before anything is asked of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
CLAIM = re.compile(r"(amr|acr)=([\x21-\x7e]+)")
YES_OR_NO: Mapping[str, bool] = {"": False, "no": False, "yes": True}
STANDARD_SCOPES = ("openid", "email")


class ProviderSettingsError(Exception):
    """A setting cannot be used. The text names the setting without its prefix and never quotes what was set."""


@dataclass(frozen=True)
class ProviderSettings:
    """Where staff sign in. `second_factor` is the claim and the value by which the provider says that it asked for a
    second factor, None when that is not trusted. `only`: no passwords. `seconds` is the patience for one exchange."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = STANDARD_SCOPES
    second_factor: tuple[str, str] | None = None
    only: bool = False
    seconds: float = 8.0


def provider_settings(
    issuer: str, client_id: str, client_secret: str, scopes: str = "", second_factor: str = "", only: str = ""
) -> ProviderSettings:
    """What was set, as text, made usable. Raises ProviderSettingsError."""
    if not is_safe_address(issuer) or urlsplit(issuer).query:
        raise ProviderSettingsError("ISSUER must be an https:// address without a query (http:// on this machine only)")
    if not client_id or not client_secret:
        raise ProviderSettingsError("CLIENT_ID and CLIENT_SECRET must be set with ISSUER")
    if not (client_id + client_secret).isascii() or not (client_id + client_secret).isprintable():
        raise ProviderSettingsError("CLIENT_ID and CLIENT_SECRET must be plain letters, digits and signs")
    wanted = tuple(scopes.split()) or STANDARD_SCOPES
    if "openid" not in wanted or not all(SCOPE.fullmatch(scope) for scope in wanted):
        raise ProviderSettingsError("SCOPES must be names with spaces between them, and openid one of them")
    claim = CLAIM.fullmatch(second_factor)
    if second_factor and claim is None:
        raise ProviderSettingsError("SECOND_FACTOR must be amr= or acr= and the value that proves it, like amr=mfa")
    if only not in YES_OR_NO:
        raise ProviderSettingsError("ONLY must be yes or no")
    trusted = None if claim is None else (claim.group(1), claim.group(2))
    return ProviderSettings(issuer, client_id, client_secret, wanted, trusted, YES_OR_NO[only])


def is_safe_address(address: str) -> bool:
    """https, or http to this very machine; no fragment and no password in it."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises when it is not a number
    except ValueError:
        return False
    if not address.isascii() or not address.isprintable() or " " in address:
        return False
    if not parts.hostname or parts.fragment or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
