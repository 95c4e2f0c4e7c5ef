"""What the way in over the council's account refuses, against a provider that signs whatever a test tells it to.

The provider is our own (`provider.py`), because no well-behaved one can be made to do this; the whole way with an
independent provider is in `test_oidc_browser.py`.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.staff.tries import Tries
from bot.store import Store, staff
from bot.store.staff_models import AuditEvent, Role, Staff, StaffSession
from console.oidc.settings import ProviderSettings
from tests.console.conftest import Client, Desk, open_desk
from tests.console.provider import CLIENT_ID, CLIENT_SECRET, Claims, OwnProvider, new_key, own_provider

EMAIL = "ann@council.example"
ANN: Claims = {"email": EMAIL, "email_verified": True}
START, BACK = "/console/sign-in/council", "/console/sign-in/council/back"
REFUSED, DOWN, IN = f"{START}/refused", f"{START}/down", "/console/sign-in/code"


@dataclass
class Council:
    """The console, the provider, and Ann, who has an account in the one and is known to the other."""

    desk: Desk
    provider: OwnProvider
    ann: Staff

    async def at_the_provider(self, client: Client) -> str:
        """Begin, and come as far as the address that the provider sends the browser back to."""
        begun = await client.get(START)
        there = await client.session.get(begun.headers["Location"], allow_redirects=False)
        return there.headers["Location"].removeprefix(self.desk.address)

    async def walk(self, client: Client) -> str:
        """The whole way: where the browser goes after it came back."""
        answer = await client.get(await self.at_the_provider(client))
        return answer.headers["Location"]

    async def reason(self) -> str:
        async with self.desk.store.look() as work:
            query = select(AuditEvent.details).order_by(AuditEvent.seq.desc()).limit(1)
            return str((await work.session.scalars(query)).one()["reason"])

    async def sessions(self) -> int:
        async with self.desk.store.look() as work:
            return await work.session.scalar(select(func.count()).select_from(StaffSession)) or 0


def settings_for(provider: OwnProvider, **changed: Any) -> ProviderSettings:
    settings = ProviderSettings(provider.issuer, CLIENT_ID, CLIENT_SECRET, seconds=2)
    return replace(settings, **changed)


@pytest.fixture
async def council(sqlite_store: Store) -> AsyncIterator[Council]:
    async with own_provider() as provider:
        provider.claims = dict(ANN)
        async with sqlite_store.begin() as work:
            ann = await staff.add(work, EMAIL, "Ann", Role.AUDITOR)
        async for desk in open_desk(sqlite_store, council=settings_for(provider)):
            yield Council(desk, provider, ann)


async def test_the_way_in_that_the_attacks_are_measured_against(council: Council) -> None:
    client = council.desk.stranger()
    assert await council.walk(client) == IN
    assert (await client.get("/console/account")).status == 200


async def test_what_is_asked_of_the_provider_is_bound_to_this_browser_and_says_nothing_about_anybody(
    council: Council,
) -> None:
    first, second = council.desk.stranger(), council.desk.stranger()
    asked = [parse_qs(urlsplit((await one.get(START)).headers["Location"]).query) for one in (first, second)]
    assert set(asked[0]) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert (asked[0]["response_type"], asked[0]["code_challenge_method"]) == (["code"], ["S256"])
    assert asked[0]["redirect_uri"] == [council.desk.address + BACK]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43
    [cookie] = [one for one in first.session.cookie_jar if one.key == "ovos-attempt"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["max-age"]) == ("Lax", "600")
    assert asked[0]["state"][0] not in cookie.value


def wrong(**claims: Any) -> Callable[[OwnProvider], None]:
    return lambda provider: provider.claims.update(claims)


def signed_with(sign: Callable[[OwnProvider, Claims], str]) -> Callable[[OwnProvider], None]:
    def change(provider: OwnProvider) -> None:
        provider.sign = lambda claims: sign(provider, claims)

    return change


def with_the_secret(provider: OwnProvider, claims: Claims) -> str:
    return provider.signed(claims, OctKey.import_key(CLIENT_SECRET), alg="HS256")


def with_the_public_key_as_secret(provider: OwnProvider, claims: Claims) -> str:
    """By hand, since the library will not."""
    head, body = (_part({"alg": "HS256", "kid": "key-1"}), _part(claims))
    mac = hmac.digest(provider.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _part(what: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()


def with_an_unknown_key(provider: OwnProvider, claims: Claims) -> str:
    return provider.signed(claims, new_key("stranger"), kid="stranger")


def with_a_false_key(provider: OwnProvider, claims: Claims) -> str:
    return provider.signed(claims, new_key("key-1"))


def with_a_key_in_the_header(provider: OwnProvider, claims: Claims) -> str:
    mine = new_key("key-1")
    return provider.signed(claims, mine, jwk=mine.as_dict(private=False))


def with_a_key_of_another_kind(provider: OwnProvider, claims: Claims) -> str:
    return provider.signed(claims, ECKey.generate_key("P-256", {"kid": "key-1"}), alg="ES256")


def cut(provider: OwnProvider, claims: Claims) -> str:
    return provider.signed(claims)[:-9]


def with_other_claims(provider: OwnProvider, claims: Claims) -> str:
    head, _, signature = provider.signed(claims).split(".")
    return f"{head}.{provider.signed({**claims, 'sub': 'admin'}).split('.')[1]}.{signature}"


def without_the_issuer_that_was_promised(provider: OwnProvider) -> None:
    provider.metadata["authorization_response_iss_parameter_supported"] = True


def in_seconds(seconds: int) -> int:
    return int(time.time()) + seconds


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (wrong(nonce="of another attempt"), "token_nonce"),
        (wrong(nonce=None), "token_nonce"),
        (wrong(aud="another-client"), "token_audience"),
        (wrong(aud=["another-client"]), "token_audience"),
        (wrong(aud=None), "token_audience"),
        (wrong(aud=[CLIENT_ID, "another-client"]), "token_audience"),
        (wrong(aud=[CLIENT_ID, "another-client"], azp="another-client"), "token_audience"),
        (wrong(azp="another-client"), "token_audience"),
        (wrong(iss="https://login.evil.example"), "token_issuer"),
        (wrong(iss=None), "token_issuer"),
        (wrong(exp=in_seconds(-120)), "token_time"),
        (wrong(exp=None), "token_time"),
        (wrong(exp="never"), "token_time"),
        (wrong(iat=in_seconds(+3_600)), "token_time"),
        (wrong(iat=in_seconds(-7_200)), "token_time"),
        (wrong(iat=None), "token_time"),
        (wrong(nbf=in_seconds(+3_600)), "token_time"),
        (wrong(sub=None), "token_subject"),
        (wrong(sub=""), "token_subject"),
        (wrong(sub="x" * 300), "token_subject"),
        (wrong(sub=["person-1"]), "token_subject"),
        (signed_with(lambda provider, claims: provider.unsigned(claims)), "token_algorithm"),
        (signed_with(with_the_secret), "token_algorithm"),
        (signed_with(with_the_public_key_as_secret), "token_algorithm"),
        (signed_with(with_an_unknown_key), "token_key"),
        (signed_with(with_a_key_of_another_kind), "token_key"),
        (signed_with(with_a_false_key), "token_signature"),
        (signed_with(with_a_key_in_the_header), "token_malformed"),
        (signed_with(with_other_claims), "token_signature"),
        (signed_with(cut), "token_signature"),
        (signed_with(lambda _provider, _claims: "no.token"), "token_malformed"),
        (signed_with(lambda _provider, _claims: "{}"), "token_malformed"),
        (signed_with(lambda _provider, _claims: "x" * 100_000), "token_malformed"),
        (wrong(email_verified=False), "unverified_email"),
        (wrong(email_verified=None), "unverified_email"),
        (wrong(email_verified="false"), "unverified_email"),
        (wrong(email_verified=False, xms_edov=True), "unverified_email"),
        (wrong(email=None), "no_email"),
        (wrong(email=[EMAIL]), "no_email"),
        (wrong(email="somebody.else@council.example"), "unknown_account"),
        (lambda provider: provider.answer.update(iss="https://login.evil.example"), "wrong_issuer"),
        (without_the_issuer_that_was_promised, "wrong_issuer"),
        (lambda provider: provider.answer.update(error="access_denied"), "denied"),
        (lambda provider: provider.answer.update(code=""), "denied"),
        (lambda provider: provider.answer.update(code="guessed"), "code_refused"),
        (lambda provider: provider.answer.update(state="of another browser"), "wrong_state"),
    ],
)
async def test_an_attack_ends_on_the_one_page_of_refusal_without_a_session(
    council: Council, attack: Callable[[OwnProvider], None], reason: str
) -> None:
    attack(council.provider)
    client = council.desk.stranger()
    assert await council.walk(client) == REFUSED
    assert await council.reason() == reason
    assert await council.sessions() == 0
    assert (await client.get("/console/account")).status == 303


async def test_the_page_of_refusal_is_the_same_for_every_reason(council: Council) -> None:
    async def refused(client: Client, answer: ClientResponse) -> str:
        assert answer.headers["Location"] == REFUSED
        page = await client.get(REFUSED)
        assert page.status == 403
        return str((await page.text()).replace(client.csrf, ""))

    pages = set()
    for change in ({"email": "nobody@council.example"}, {"email_verified": False}, {"nonce": "wrong"}):
        client = council.desk.stranger()
        council.provider.claims = {**ANN, **change}
        pages.add(await refused(client, await client.get(await council.at_the_provider(client))))
    council.provider.claims = dict(ANN)
    async with council.desk.store.begin() as work:
        await staff.disable(work, council.ann.id, council.desk.clock())
    client = council.desk.stranger()
    pages.add(await refused(client, await client.get(await council.at_the_provider(client))))
    assert await council.reason() == "disabled"
    assert len(pages) == 1


async def test_another_person_under_the_same_address_is_refused_later(council: Council) -> None:
    assert await council.walk(council.desk.stranger()) == IN
    council.provider.claims["sub"] = "person-2"
    assert await council.walk(council.desk.stranger()) == REFUSED
    assert await council.reason() == "changed_subject"
    council.provider.claims = {"sub": "person-1"}
    assert await council.walk(council.desk.stranger()) == IN, "the subject is enough from then on"


async def test_the_way_back_does_not_work_in_another_browser(council: Council) -> None:
    victim, attacker = council.desk.stranger(), council.desk.stranger()
    back = await council.at_the_provider(attacker)
    assert (await victim.get(back)).headers["Location"] == REFUSED
    assert await council.reason() == "no_attempt"
    await victim.get(START)
    assert (await victim.get(back)).headers["Location"] == REFUSED
    assert await council.reason() == "wrong_state"
    assert council.provider.asked("/token") == 0, "the code was not even sent"


async def test_a_code_counts_once_even_with_its_own_attempt(council: Council) -> None:
    client = council.desk.stranger()
    back = await council.at_the_provider(client)
    kept = {one.key: one.value for one in client.session.cookie_jar}
    assert (await client.get(back)).headers["Location"] == IN
    thief = council.desk.stranger()
    thief.session.cookie_jar.update_cookies({"ovos-attempt": kept["ovos-attempt"]})
    assert (await thief.get(back)).headers["Location"] == REFUSED
    assert await council.reason() == "code_refused"
    assert (await client.get(back)).headers["Location"] == REFUSED, "and the attempt is spent"
    assert await council.reason() == "no_attempt"


async def test_a_stolen_code_is_of_no_use_in_an_attempt_of_ones_own(council: Council) -> None:
    """PKCE: the code answers to the browser that asked for it, whatever state the thief puts beside it."""
    stolen = parse_qs(urlsplit(await council.at_the_provider(council.desk.stranger())).query)["code"][0]
    thief = council.desk.stranger()
    own = parse_qs(urlsplit(await council.at_the_provider(thief)).query)["state"][0]
    answer = await thief.get(f"{BACK}?code={stolen}&state={own}")
    assert answer.headers["Location"] == REFUSED
    assert await council.reason() == "code_refused"


async def test_an_attempt_lasts_ten_minutes_and_cannot_be_made_up(council: Council) -> None:
    client = council.desk.stranger()
    back = await council.at_the_provider(client)
    council.desk.clock.ahead += timedelta(minutes=11)
    assert (await client.get(back)).headers["Location"] == REFUSED
    assert await council.reason() == "no_attempt"
    sealed_by_us = council.desk.store.keys.encrypt('{"state": "guessed"}')
    for made_up in ("", "x", "x" * 5_000, sealed_by_us, '{"state":"x","nonce":"x","verifier":"x"}'):
        stranger = council.desk.stranger()
        stranger.session.cookie_jar.update_cookies({"ovos-attempt": made_up})
        answer = await stranger.get(f"{BACK}?code=x&state=guessed")
        assert answer.headers["Location"] == REFUSED
        assert await council.reason() == "no_attempt"


ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "%2F%2Fevil.example")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
async def test_nobody_can_be_sent_anywhere_else_by_what_is_put_into_the_address(
    council: Council, elsewhere: str
) -> None:
    """There is no way to name a next page, so there is none to abuse."""
    client = council.desk.stranger()
    names = ("next", "redirect_uri", "return_to", "post_logout_redirect_uri")
    extra = "&".join(f"{name}={elsewhere}" for name in names)
    begun = await client.get(f"{START}?{extra}")
    assert begun.headers["Location"].startswith(f"{council.provider.issuer}/authorize?")
    assert "evil" not in begun.headers["Location"]
    there = await client.session.get(begun.headers["Location"], allow_redirects=False)
    back = there.headers["Location"].removeprefix(council.desk.address)
    assert (await client.get(f"{back}&{extra}")).headers["Location"] == IN
    assert (await client.get(f"{IN}?{extra}")).headers["Location"] == "/console"
    for path in (START, "/console/signed-out/council"):
        assert "evil" not in (await client.get(f"{path}?{extra}")).headers["Location"]


async def test_keys_that_the_provider_changes_are_fetched_and_old_ones_stop_counting(council: Council) -> None:
    assert await council.walk(council.desk.stranger()) == IN
    old, council.provider.key = council.provider.key, new_key("key-2")
    council.desk.clock.ahead += timedelta(seconds=61)
    assert await council.walk(council.desk.stranger()) == IN
    assert council.provider.asked("/jwks") == 2
    council.provider.sign = lambda claims: council.provider.signed(claims, old, kid="key-1")
    assert await council.walk(council.desk.stranger()) == REFUSED
    assert await council.reason() == "token_key"


async def test_tokens_with_made_up_keys_do_not_make_us_ask_the_provider_again_and_again(council: Council) -> None:
    council.provider.sign = lambda claims: with_an_unknown_key(council.provider, claims)
    for _ in range(5):
        assert await council.walk(council.desk.stranger()) == REFUSED
    assert council.provider.asked("/jwks") == 1


async def test_keys_of_unknown_kinds_beside_the_right_one_do_no_harm(council: Council) -> None:
    right = council.provider.key.as_dict(private=False)
    odd: list[Any] = [{"kty": "AKP", "kid": "pq"}, {"kty": "RSA", "n": "?"}, {"kty": "oct", "k": "c2VjcmV0"}, 3]
    council.provider.published = [*odd, right, {**right, "kid": "enc", "use": "enc"}]
    assert await council.walk(council.desk.stranger()) == IN


async def test_what_a_provider_adds_to_the_header_is_passed_over(council: Council) -> None:
    council.provider.sign = lambda claims: council.provider.signed(claims, x5t="abc", registry_of="this provider")
    assert await council.walk(council.desk.stranger()) == IN


async def test_the_secret_goes_into_the_body_where_the_provider_says_so(council: Council) -> None:
    council.provider.secret_in_body = True
    assert await council.walk(council.desk.stranger()) == IN


async def test_an_address_that_the_provider_tells_apart_counts_when_it_is_about_the_same_person(
    council: Council,
) -> None:
    council.provider.claims = {}
    council.provider.metadata["userinfo_endpoint"] = f"{council.provider.issuer}/userinfo"
    council.provider.told_apart = {"sub": "somebody-else", **ANN}
    assert await council.walk(council.desk.stranger()) == REFUSED
    assert await council.reason() == "no_email"
    council.provider.told_apart = {"sub": "person-1", **ANN, "iss": "ignored", "amr": ["mfa"]}
    assert await council.walk(council.desk.stranger()) == IN


@pytest.mark.parametrize(("said", "goes"), [(True, IN), ("1", IN), (False, REFUSED), ("0", REFUSED)])
async def test_entra_says_in_its_own_way_that_the_council_owns_the_address(
    council: Council, said: object, goes: str
) -> None:
    council.provider.claims = {"email": EMAIL, "xms_edov": said}
    assert await council.walk(council.desk.stranger()) == goes


def another_issuer(provider: OwnProvider) -> None:
    provider.metadata["issuer"] = "https://login.evil.example"


def unsafe_address(provider: OwnProvider) -> None:
    provider.metadata["token_endpoint"] = "http://login.council.example/token"


def no_document(provider: OwnProvider) -> None:
    provider.metadata["authorization_endpoint"] = None


def too_slow(provider: OwnProvider) -> None:
    provider.slow = 5


@pytest.mark.parametrize("fault", [another_issuer, unsafe_address, no_document, too_slow])
async def test_a_provider_that_is_down_slow_or_another_one_gets_one_clear_page_and_passwords_go_on(
    council: Council, fault: Callable[[OwnProvider], None]
) -> None:
    fault(council.provider)
    client, began = council.desk.stranger(), time.monotonic()
    for _ in range(3):
        assert (await client.get(START)).headers["Location"] == DOWN
    assert time.monotonic() - began < 4, "the second does not wait as long again"
    page = await client.get(DOWN)
    assert page.status == 503
    assert "does not answer" in await page.text()
    assert 'href="/console/sign-in"' in await page.text()
    assert 'name="password"' in await client.text("/console/sign-in")


async def test_a_provider_that_stops_half_way_lets_nobody_in_and_is_tried_again_soon(council: Council) -> None:
    client = council.desk.stranger()
    back = await council.at_the_provider(client)
    council.provider.slow = 5
    assert (await client.get(back)).headers["Location"] == DOWN
    assert await council.sessions() == 0
    council.provider.slow = 0
    council.desk.clock.ahead += timedelta(seconds=6)
    assert await council.walk(council.desk.stranger()) == IN


async def test_nothing_listens_there_at_all(sqlite_store: Store) -> None:
    settings = ProviderSettings("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET, only=True)
    async with asynccontextmanager(open_desk)(sqlite_store, council=settings) as desk:
        client = desk.stranger()
        assert (await client.get(START)).headers["Location"] == DOWN
        assert 'href="/console/sign-in"' not in await client.text(DOWN), "no password is offered where none counts"


async def test_a_wrong_secret_is_our_fault_and_not_the_persons(council: Council) -> None:
    client = council.desk.stranger()
    back = await council.at_the_provider(client)
    way_in = council.desk.services.way_in
    assert way_in is not None
    way_in.provider.settings = replace(way_in.provider.settings, client_secret="of last year")
    with capture_logs() as logs:
        assert (await client.get(back)).headers["Location"] == DOWN
    assert [(line["event"], line["reason"]) for line in logs] == [("sign_in_provider_refuses_us", "invalid_client")]


async def test_too_many_tries_leave_the_provider_in_peace(council: Council) -> None:
    way_in = council.desk.services.way_in
    assert way_in is not None
    way_in._tries = Tries(most=1, a_minute=0)
    assert await council.walk(council.desk.stranger()) == IN
    asked = council.provider.asked("/token")
    assert await council.walk(council.desk.stranger()) == DOWN
    assert council.provider.asked("/token") == asked


async def test_neither_logs_nor_our_addresses_nor_the_store_hold_a_name_a_token_or_a_code(
    council: Council, capfd: pytest.CaptureFixture[str]
) -> None:
    council.provider.claims["sub"] = "subject-of-ann"
    seen: list[str] = []
    with capture_logs() as logs:
        for change in ({}, {"email": "nobody@council.example"}, {"iss": "wrong"}):
            council.provider.claims.update(change)
            client = council.desk.stranger()
            answer = await client.get(await council.at_the_provider(client))
            seen += [answer.headers["Location"], await client.text(answer.headers["Location"])]
        client = council.desk.stranger()
        back = await council.at_the_provider(client)
        council.provider.slow = 5
        seen.append((await client.get(back)).headers["Location"])
    async with council.desk.store.look() as work:
        lines = [str(details) for details in await work.session.scalars(select(AuditEvent.details))]
    everything = " ".join([*seen, *lines, str(logs), *capfd.readouterr()])
    for secret in ("subject-of-ann", "nobody@council.example", "eyJ", "an-access-token", CLIENT_SECRET, "code="):
        assert secret not in everything, secret


async def test_without_a_provider_there_are_no_such_pages(desk: Desk) -> None:
    client = desk.stranger()
    for path in (START, BACK, REFUSED, DOWN, "/console/signed-out/council"):
        assert (await client.get(path)).status == 404
    assert START not in await client.text("/console/sign-in")
