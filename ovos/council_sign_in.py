"""The council's own sign-in, from the settings."""

from __future__ import annotations

from datetime import UTC, datetime

from console.oidc.provider import Provider
from console.oidc.settings import ProviderSettings, ProviderSettingsError, is_safe_address, provider_settings
from ovos.settings import Settings, SettingsError


def build_council_sign_in(settings: Settings) -> ProviderSettings | None:
    """None when no provider is set. Raises SettingsError that names the setting and never quotes it."""
    oidc = settings.oidc
    if not any(vars(oidc).values()):
        return None
    try:
        council = provider_settings(
            oidc.oidc_issuer,
            oidc.oidc_client_id,
            oidc.oidc_client_secret,
            oidc.oidc_scopes,
            oidc.oidc_second_factor,
            oidc.oidc_only,
        )
    except ProviderSettingsError as error:
        raise SettingsError(f"OVOS_OIDC_{error}. See deploy/sign_in.md.") from None
    if not settings.public_address or not is_safe_address(settings.address):
        raise SettingsError("OVOS_ADDRESS must be set, with https://: the council's sign-in sends people back there.")
    return council


async def try_out(council: ProviderSettings) -> None:
    """Read the provider's document and keys. Raises ProviderDown."""
    await Provider(council, lambda: datetime.now(UTC)).keys_for(None)
