"""A small OpenID provider of our own for what a well-behaved one never does: it signs whatever a test tells it to.

It keeps to the protocol where a test does not say otherwise, and checks our side of it: the client's secret, the
redirect address, PKCE, and that a code is used once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from ovos.settings import free_ports

CLIENT_ID, CLIENT_SECRET = "ovos-console", "a secret+with %signs&="
Claims = dict[str, Any]


def new_key(name: str = "key-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@cache
def _usual_key() -> RSAKey:
    return new_key()


@dataclass
class Asked:
    """What the browser was sent with."""

    query: dict[str, str]


@dataclass
class OwnProvider:
    """`claims` are added to the ID token or replace what it would say; None takes one out. `sign` makes the token."""

    issuer: str
    key: RSAKey = field(default_factory=_usual_key)
    published: list[dict[str, Any]] | None = None
    claims: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)
    told_apart: Claims = field(default_factory=dict)
    secret_in_body: bool = False
    slow: float = 0.0
    codes: dict[str, Asked] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._note])
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/jwks", self._jwks)
        app.router.add_get("/userinfo", self._userinfo)
        return app

    def asked(self, path: str) -> int:
        return self.requests.count(path)

    @web.middleware
    async def _note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(request.path)
        await asyncio.sleep(self.slow)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _discovery(self, _request: web.Request) -> web.StreamResponse:
        addresses = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        document: dict[str, Any] = {name: f"{self.issuer}/{path}" for name, path in addresses.items()}
        if self.secret_in_body:
            document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        return web.json_response({"issuer": self.issuer, **document, **self.metadata})

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        """No page: the person agrees at once."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = Asked(dict(request.query))
        back = {"code": code, "state": request.query["state"], **self.answer}
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(back)}")

    async def _token(self, request: web.Request) -> web.StreamResponse:
        sent = await request.post()
        if not self._is_our_client(request, sent):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(str(sent["code"]), None)
        if asked is None or sent["redirect_uri"] != asked.query["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if _challenge(str(sent["code_verifier"])) != asked.query["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        id_token = (self.sign or self.signed)(self._claims(asked.query["nonce"]))
        return web.json_response({"token_type": "Bearer", "access_token": "an-access-token", "id_token": id_token})

    def _is_our_client(self, request: web.Request, sent: Any) -> bool:
        if self.secret_in_body:
            return (sent.get("client_id"), sent.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        given = request.headers.get("Authorization", "")
        return given == f"Basic {base64.b64encode(f'{CLIENT_ID}:{CLIENT_SECRET}'.encode()).decode()}"

    async def _jwks(self, _request: web.Request) -> web.StreamResponse:
        keys = self.published if self.published is not None else [self.key.as_dict(private=False)]
        return web.json_response({"keys": keys})

    async def _userinfo(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == "Bearer an-access-token"
        return web.json_response(self.told_apart)

    def _claims(self, nonce: str) -> Claims:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "person-1", "nonce": nonce, "iat": now, "exp": now + 300}
        return {name: value for name, value in {**usual, **self.claims}.items() if value is not None}

    def signed(self, claims: Claims, key: Any = None, **header: Any) -> str:
        """The token, in the usual way or with another key or header."""
        full = {"alg": "RS256", "kid": self.key.kid, **header}
        registry = JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
        return jwt.encode(full, claims, key or self.key, registry=registry)

    def unsigned(self, claims: Claims) -> str:
        return jwt.encode({"alg": "none"}, claims, self.key, algorithms=["none"])


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@asynccontextmanager
async def own_provider() -> AsyncIterator[OwnProvider]:
    port = free_ports(1)[0]
    provider = OwnProvider(f"http://127.0.0.1:{port}")
    runner = web.AppRunner(provider.app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield provider
    finally:
        await runner.cleanup()
