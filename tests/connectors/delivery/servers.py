"""Servers of our own on loopback that speak the real protocols."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.delivery.email import Cover, SmtpSettings
from ovos.settings import free_ports

FROM = "voices@council.example"


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that only its maker trusts."""

    file: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.council.example")])
    today = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    (folder / "mail.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "mail.key").write_bytes(key.private_bytes(pem, form, plain))
    return Certificate(folder / "mail.pem", folder / "mail.key")


@dataclass
class Post:
    """What the mail server does and what it took. Answers are used up in order; after them it takes everything."""

    port: int
    to_recipients: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    seconds: float = 0
    taken: list[Envelope] = field(default_factory=list)
    under_tls: list[bool] = field(default_factory=list)
    as_user: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        await asyncio.sleep(self.seconds)
        if self.to_recipients and (answer := self.to_recipients.pop(0)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.to_data and (answer := self.to_data.pop(0)):
            return answer
        self.taken.append(envelope)
        assert server.transport is not None
        self.under_tls.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _method: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == b"right"
        if good:
            self.as_user.append(data.login.decode())
        return AuthResult(success=good, handled=False)

    @property
    def recipients(self) -> list[str]:
        return [address for envelope in self.taken for address in envelope.rcpt_tos]

    @property
    def raw(self) -> bytes:
        return b"".join(envelope.original_content or b"" for envelope in self.taken)

    def messages(self) -> list[EmailMessage]:
        parsed = [message_from_bytes(one.original_content or b"", policy=policy.default) for one in self.taken]
        return [one for one in parsed if isinstance(one, EmailMessage)]

    def settings(self, cover: Cover = Cover.NONE, **more: Any) -> SmtpSettings:
        return SmtpSettings("127.0.0.1", self.port, cover, FROM, **{"step_seconds": 3, **more})


@contextmanager
def mail_server(
    certificate: Certificate | None = None, *, tls_at_once: bool = False, auth: bool = False, **answers: Any
) -> Iterator[Post]:
    """aiosmtpd, an implementation of SMTP that has nothing in common with our client's.

    With a certificate it insists on STARTTLS, or speaks TLS at once; with `auth` it insists on a password.
    """
    post = Post(free_ports(1)[0], **answers)
    context = None if certificate is None else certificate.server_context()
    options: dict[str, Any] = {}
    if context is not None and not tls_at_once:
        options |= {"tls_context": context, "require_starttls": True}
    if auth:
        options |= {"authenticator": post.authenticate, "auth_required": True, "auth_require_tls": context is not None}
    controller = Controller(
        post, hostname="127.0.0.1", port=post.port, ssl_context=context if tls_at_once else None, **options
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"ovos-{SERVICE}-{SECRET}"


@dataclass
class NotifyDesk:
    """What our copy of GOV.UK Notify's service answers and what it was asked. Answers are used up in order."""

    address: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.seconds)
        if (refusal := self._refusal(request)) is not None:
            return _error(403, "AuthError", refusal)
        if self.answers:
            status, kind = self.answers.pop(0)
            return _error(status, kind, "about 07700900123 and more")
        body = await request.json()
        self.asked.append((request.path, body))
        return web.json_response({"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "content": {}}, status=201)

    def _refusal(self, request: web.Request) -> str | None:
        """As its documentation has it: a bearer JWT, HS256 under the key's secret, `iss` the service, `iat` now."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return "Unauthorized: authentication bearer scheme must be used"
        if jwt.get_unverified_header(token) != {"typ": "JWT", "alg": "HS256"}:
            return "Invalid token: algorithm used is not HS256"
        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["iss", "iat"]})
        except jwt.InvalidTokenError:
            return "Invalid token: signature, api token not found"
        if claims["iss"] != SERVICE:
            return "Invalid token: service not found"
        if abs(time.time() - claims["iat"]) > 30:
            return "Error: Your system clock must be accurate to within 30 seconds"
        self.claims.append(claims)
        return None


def _error(status: int, kind: str, text: str) -> web.Response:
    return web.json_response({"status_code": status, "errors": [{"error": kind, "message": text}]}, status=status)


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    port = free_ports(1)[0]
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def notify_server(**answers: Any) -> AsyncIterator[NotifyDesk]:
    """The two addresses of GOV.UK Notify that we use, written after its documentation."""
    desk = NotifyDesk(**answers)
    app = web.Application()
    app.router.add_post("/v2/notifications/sms", desk.handle)
    app.router.add_post("/v2/notifications/email", desk.handle)
    async with served(app) as desk.address:
        yield desk
