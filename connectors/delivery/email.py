"""Notifications by e-mail through the council's own mail server (SMTP)."""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.staff.notify import Letters, Undelivered
from bot.store.notifications import Fault, Template

STEP_SECONDS = 10.0  # for connecting and for each answer of the server


class Cover(StrEnum):
    """How the connection is kept from being read on the way."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


COVERS = {"smtp": Cover.STARTTLS, "smtps": Cover.TLS, "smtp+plain": Cover.NONE}
PORTS = {Cover.STARTTLS: 587, Cover.TLS: 465, Cover.NONE: 25}
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class SmtpSettingsError(ValueError):
    """The address of the mail server cannot be used. The text never quotes it: it may hold a password."""


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server, and the address that notifications come from. `ca_file`: a certificate to trust besides."""

    host: str
    port: int
    cover: Cover
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    step_seconds: float = STEP_SECONDS


def smtp_settings(address: str, sender: str, ca_file: Path | None = None) -> SmtpSettings:
    """From an address like smtp://user:password@host:587: `smtp` is STARTTLS (and fails without it), `smtps` is TLS
    from the first byte, `smtp+plain` is neither. Raises SmtpSettingsError.
    """
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise SmtpSettingsError("it is not an address") from None
    if parts.scheme not in COVERS:
        raise SmtpSettingsError("it begins with smtp://, smtps:// or smtp+plain://")
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise SmtpSettingsError("it is a scheme, perhaps user:password@, a host and perhaps a port")
    cover = COVERS[parts.scheme]
    if parts.username and cover is Cover.NONE and host not in OWN_MACHINE:
        raise SmtpSettingsError("a password is sent to another machine only under TLS: use smtp:// or smtps://")
    if "@" not in sender or any(character.isspace() for character in sender):
        raise SmtpSettingsError("the sender is one e-mail address")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return SmtpSettings(host, port or PORTS[cover], cover, sender, user, password, ca_file)


class SmtpSender:
    """Sends one fixed text to one person, on a connection of its own."""

    def __init__(self, settings: SmtpSettings, letters: Letters) -> None:
        """Raises SmtpSettingsError when the certificate file cannot be read."""
        self._settings = settings
        self._letters = letters
        self._tls = _trust(settings)

    async def send(self, to: str, template: Template) -> None:
        """Return once the server has taken it. Raises Undelivered."""
        try:
            await self._hand_over(self._message(to, template), to)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered(_fault(error)) from None

    def _message(self, to: str, template: Template) -> EmailMessage:
        letter = self._letters.letter(template)
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._domain)
        # Nobody's holiday message answers it (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body)
        return message

    async def _hand_over(self, message: EmailMessage, to: str) -> None:
        client = self._client()
        await client.connect()
        try:
            await client.send_message(message, sender=self._settings.sender, recipients=[to])
            # The server has taken it: how it says goodbye changes nothing.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user,
            password=settings.password,
            use_tls=settings.cover is Cover.TLS,
            start_tls=settings.cover is Cover.STARTTLS,
            tls_context=self._tls,
            timeout=settings.step_seconds,
            # Not this machine's own name, which is nobody's business.
            local_hostname=self._domain,
        )

    @property
    def _domain(self) -> str:
        return self._settings.sender.rpartition("@")[2]


def _trust(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.cover is Cover.NONE:
        return None
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(settings.ca_file)
        except OSError:
            raise SmtpSettingsError("the certificate file cannot be read") from None
    return context


def _fault(error: Exception) -> Fault:
    """The class and the server's number. That the recipient does not exist is final; most else may mend itself."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        code = error.recipients[0].code
        return Fault(type(error).__name__, code, final=500 <= code < 600)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Fault(type(error).__name__, error.code)
    return Fault(type(error).__name__)
