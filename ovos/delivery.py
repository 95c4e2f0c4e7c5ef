"""Which senders there are, from the settings; `ovos notifications test` and `retry`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.staff.notify import Letters, Sender, Undelivered, load_letters
from bot.store import Store, notifications
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.notifications import Template
from bot.store.staff_models import NotificationChannel
from connectors.delivery.email import SmtpSender, SmtpSettingsError, smtp_settings
from connectors.delivery.notify import GOV_UK_NOTIFY, NotifySender, NotifySettings, NotifySettingsError
from connectors.delivery.pager import Pager, PagerSettings, PagerSettingsError
from ovos.settings import DeliverySettings, Settings, SettingsError

ALERTS_PATH = "/console/alerts"


def build_senders(settings: Settings) -> dict[NotificationChannel, Sender]:
    """A sender for each channel that is set. E-mail goes by the mail server where both ways are set.

    Raises SettingsError that names the setting and never quotes it, and ContentError when the wording is wrong.
    """
    delivery = settings.delivery
    if not (delivery.smtp_url or delivery.notify_key or delivery.pager_url):
        return {}
    if not settings.public_address:
        raise SettingsError("OVOS_ADDRESS must be set: a notification says where to sign in.")
    letters = load_letters(settings.address)
    senders: dict[NotificationChannel, Sender] = {}
    if delivery.notify_key:
        senders.update(_by_notify(delivery, letters))
    if delivery.smtp_url:
        senders[NotificationChannel.EMAIL] = _by_smtp(delivery, letters)
    if delivery.pager_url:
        senders[NotificationChannel.PAGER] = _by_pager(delivery, settings.address)
    return senders


def _by_pager(delivery: DeliverySettings, address: str) -> Pager:
    try:
        return Pager(PagerSettings(delivery.pager_url, delivery.pager_secret, f"{address}{ALERTS_PATH}"))
    except PagerSettingsError as error:
        raise SettingsError(f"OVOS_PAGER_URL or OVOS_PAGER_SECRET cannot be used: {error}.") from None


def _by_smtp(delivery: DeliverySettings, letters: Letters) -> SmtpSender:
    if not delivery.smtp_from:
        raise SettingsError("OVOS_SMTP_FROM must be set with OVOS_SMTP_URL: the address that notifications come from.")
    ca_file = Path(delivery.smtp_ca_file) if delivery.smtp_ca_file else None
    try:
        return SmtpSender(smtp_settings(delivery.smtp_url, delivery.smtp_from, ca_file), letters)
    except SmtpSettingsError as error:
        raise SettingsError(f"OVOS_SMTP_URL, OVOS_SMTP_FROM or OVOS_SMTP_CA_FILE cannot be used: {error}.") from None


def _by_notify(delivery: DeliverySettings, letters: Letters) -> dict[NotificationChannel, Sender]:
    try:
        settings = NotifySettings(
            key=delivery.notify_key,
            sms_template=delivery.notify_sms_template or None,
            email_template=delivery.notify_email_template or None,
            address=delivery.notify_url or GOV_UK_NOTIFY,
        )
    except NotifySettingsError as error:
        raise SettingsError(f"OVOS_NOTIFY_KEY, its templates or OVOS_NOTIFY_URL cannot be used: {error}.") from None
    wanted = [channel for channel in NotificationChannel if settings.template_for(channel)]
    return {channel: NotifySender(settings, channel, letters) for channel in wanted}


async def try_out(settings: Settings, to: str | None) -> int:
    """Send one notification to an address now; 1 when it did not go out, with the kind of fault."""
    if not to:
        raise SettingsError("Say where the notification goes: --to with an e-mail address or a number.")
    channel = NotificationChannel.EMAIL if "@" in to else NotificationChannel.SMS
    sender = build_senders(settings).get(channel)
    if sender is None:
        raise SettingsError(f"There is no way to send by {channel.value}. See deploy/notifications.md.")
    try:
        await sender.send(to, Template.SIGN_IN_NEEDED)
    except Undelivered as error:
        print(f"It did not go out: {error}. See deploy/notifications.md.")
        return 1
    print("It was taken for delivery.")
    return 0


async def retry(settings: Settings) -> int:
    """Start everything that is stuck again; the running service sends it."""
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        async with store.begin() as work:
            count = await notifications.retry_stuck(work, datetime.now(UTC))
    finally:
        await store.close()
    print(f"{count} will be sent again.")
    return 0
