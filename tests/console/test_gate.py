"""What every request passes: headers, cookies, the form's token, the end of a session."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, web

from bot.store import Store, staff
from bot.store.staff_models import Role
from connectors.delivery import Hub
from console.app import Console, ConsoleServices, ConsoleSettings
from ovos.settings import free_ports, temporary_settings
from ovos.web import build_app, build_house
from tests.console.conftest import CHEAP, Clock, Desk

STRICT = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def is_strict(answer: ClientResponse) -> bool:
    policy = answer.headers["Content-Security-Policy"]
    return (
        all(answer.headers[name] == value for name, value in STRICT.items())
        and "frame-ancestors 'none'" in policy
        and "unsafe" not in policy
        and policy.startswith("default-src 'none'")
        and "camera=()" in answer.headers["Permissions-Policy"]
    )


async def test_every_answer_has_the_strict_headers_whatever_its_status(desk: Desk) -> None:
    administrator, stranger = await desk.signed_in(Role.ADMINISTRATOR), desk.stranger()
    for client, path, status in (
        (stranger, "/console/sign-in", 200),
        (stranger, "/console", 303),
        (stranger, "/console/set-up/guessed", 404),
        (administrator, "/console/staff", 200),
        (administrator, "/console/audit/there-is-no-such-page", 404),
    ):
        answer = await client.get(path)
        assert answer.status == status
        assert is_strict(answer), path
    assert is_strict(await stranger.post("/console/sign-in", csrf="wrong"))


async def test_no_page_has_a_script_or_a_style_in_it(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    for path in ("/console/staff", "/console/account", "/console/keyboard", "/console/staff/new"):
        page = await administrator.text(path)
        assert re.search(r"<style|style=|\son\w+=|<script(?![^>]* src=)", page) is None, path


async def test_styles_and_scripts_may_be_kept_for_good_because_their_address_changes_with_them(desk: Desk) -> None:
    stranger = desk.stranger()
    page = await stranger.text("/console/sign-in")
    addresses = set(re.findall(r"/console/static/[0-9a-f]{16}/[\w.-]+", page))
    assert {address.rsplit("/", 1)[1] for address in addresses} == {
        "console.css",
        "console.js",
        "govuk-frontend.min.js",
    }
    for address in addresses:
        answer = await stranger.get(address)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert is_strict_otherwise(answer)
    assert (await stranger.get("/console/static/0000000000000000/console.css")).status == 404


def is_strict_otherwise(answer: ClientResponse) -> bool:
    return "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_styles_hold_neither_the_gds_typeface_nor_the_crown(desk: Desk) -> None:
    css = desk.services.assets.find(desk.services.assets.version, "console.css")
    assert css is not None
    assert re.search(rb"GDS Transport|@font-face|crown|crest|url\((?!data:)", css.body) is None


async def test_a_form_without_the_sessions_own_token_does_nothing(desk: Desk) -> None:
    administrator, other = await desk.signed_in(Role.ADMINISTRATOR), await desk.signed_in(Role.ADMINISTRATOR)
    fields = {"email": "new@council.example", "name": "New", "role": "auditor"}
    for token in ("", "x" * 43, other.csrf):
        assert (await administrator.post("/console/staff/new", csrf=token, **fields)).status == 403
    async with desk.store.look() as work:
        assert await staff.by_email(work, "new@council.example") is None
    assert (await administrator.post("/console/staff/new", **fields)).status == 200


async def test_a_form_that_another_site_sends_is_refused_even_with_the_token(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    answer = await administrator.session.post(
        f"{desk.address}/console/account/sign-out-everywhere",
        data={"csrf": administrator.csrf},
        headers={"Sec-Fetch-Site": "cross-site"},
        allow_redirects=False,
    )
    assert answer.status == 403
    assert (await administrator.get("/console/account")).status == 200


async def test_signing_in_needs_the_token_of_the_page_too(desk: Desk) -> None:
    stranger = desk.stranger()
    assert (await stranger.post("/console/sign-in", email="a@council.example", password="x")).status == 403
    await stranger.get("/console/sign-in")
    assert (await stranger.post("/console/sign-in", email="a@council.example", password="x")).status == 400


async def test_a_session_ends_after_half_an_hour_without_a_page_and_after_ten_hours_in_all(desk: Desk) -> None:
    client = await desk.signed_in(Role.AUDITOR)
    for _ in range(3):
        desk.clock.ahead += timedelta(minutes=29)
        assert (await client.get("/console/account")).status == 200
    desk.clock.ahead += timedelta(minutes=31)
    assert (await client.get("/console/account")).headers["Location"] == "/console/sign-in"
    busy = await desk.signed_in(Role.AUDITOR)
    for _ in range(20):
        desk.clock.ahead += timedelta(minutes=29)
        assert (await busy.get("/console/account")).status == 200
    desk.clock.ahead += timedelta(minutes=21)
    assert (await busy.get("/console/account")).status == 303


async def test_signing_out_ends_the_session_and_everywhere_ends_all_of_them(desk: Desk) -> None:
    person = await desk.account(Role.AUDITOR)
    first, second, third = [await desk.signed_in(person) for _ in range(3)]
    kept = {cookie.key: cookie.value for cookie in first.session.cookie_jar}
    await first.post("/console/sign-out")
    thief = desk.stranger()
    thief.session.cookie_jar.update_cookies(kept)
    assert (await thief.get("/console/account")).status == 303
    assert (await second.get("/console/account")).status == 200
    await second.post("/console/account/sign-out-everywhere")
    assert (await third.get("/console/account")).status == 303


async def test_what_is_too_large_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    client = await desk.signed_in(Role.AUDITOR)
    answer = await client.post("/console/draft", place="note", text="x" * 300_000)
    assert answer.status == 413
    assert is_strict(answer)


@pytest.fixture
async def over_https(sqlite_store: Store) -> AsyncIterator[Desk]:
    """The console as it is behind a TLS proxy: the public address is https, and this end is not."""
    port = free_ports(1)[0]
    settings = ConsoleSettings(address="https://voice.council.example", password_cost=CHEAP)
    services, clock = ConsoleServices(sqlite_store, Hub(), settings), Clock()
    app = web.Application()
    Console(services).add_to(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    desk = Desk(f"http://127.0.0.1:{port}", sqlite_store, services, clock)
    yield desk
    for client in desk.clients:
        await client.close()
    await runner.cleanup()


async def test_over_https_cookies_are_secure_bound_to_the_host_and_out_of_reach_of_scripts(over_https: Desk) -> None:
    answer = await over_https.stranger().get("/console/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ovos-form=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_in_the_whole_web_process_the_console_keeps_its_own_headers(tmp_path: Path) -> None:
    settings = temporary_settings(tmp_path)
    runner = web.AppRunner(build_app(settings, build_house(settings)), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.port).start()
    async with ClientSession() as session:
        console = await session.get(f"{settings.address}/console/sign-in")
        assert console.status == 200
        assert is_strict(console)
        assert "form-action 'self'" in console.headers["Content-Security-Policy"]
        chat = await session.get(f"{settings.address}/chat")
        assert "form-action 'none'" in chat.headers["Content-Security-Policy"]
    await runner.cleanup()
