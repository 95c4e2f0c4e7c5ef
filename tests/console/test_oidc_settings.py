"""Setting the council's sign-in up: one clear line when it is wrong, the doctor, and a world without passwords."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.staff import accounts
from bot.staff.passwords import Passwords
from bot.store import Store, staff
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.staff_models import Role, Staff
from console.oidc.settings import ProviderSettings
from ovos.council_sign_in import build_council_sign_in
from ovos.doctor import Mark, _sign_in
from ovos.processes import _environment, actions_program, brain_program, web_program
from ovos.settings import OidcSettings, Settings, SettingsError, temporary_settings
from tests.console.conftest import CHEAP, Desk, open_desk
from tests.console.provider import CLIENT_ID, CLIENT_SECRET, own_provider
from tests.console.test_sign_in_pages import GOOD, link_of, sign_in
from tests.ovos.typed import Done, in_a_process, typed

ISSUER = "https://login.council.example/realm"
SET = OidcSettings(oidc_issuer=ISSUER, oidc_client_id="console", oidc_client_secret="s3cr3t-of-the-council")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(temporary_settings(tmp_path), public_address="https://voices.council.example")


def test_nothing_is_set_so_there_are_passwords_only(settings: Settings) -> None:
    assert build_council_sign_in(settings) is None


def test_what_is_set_is_used_with_as_little_asked_for_as_possible(settings: Settings) -> None:
    council = build_council_sign_in(replace(settings, oidc=SET))
    assert council == ProviderSettings(ISSUER, "console", "s3cr3t-of-the-council", ("openid", "email"))
    assert "s3cr3t" not in repr(council)
    assert "s3cr3t" not in repr(replace(settings, oidc=SET))
    full = replace(SET, oidc_scopes="openid email groups", oidc_second_factor="acr=urn:two", oidc_only="yes")
    council = build_council_sign_in(replace(settings, oidc=full))
    assert council is not None
    assert (council.scopes, council.second_factor, council.only) == (
        ("openid", "email", "groups"),
        ("acr", "urn:two"),
        True,
    )


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"oidc_issuer": ""}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "login.council.example"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "http://login.council.example"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "http://localhost.evil.example"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "https://user:s3cr3t@login.council.example"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "https://login.council.example/?s3cr3t"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "https://login.council.example:s3cr3t"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_issuer": "https://login.council.example/ s3cr3t"}, "OVOS_OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "CLIENT_ID"),
        ({"oidc_client_secret": ""}, "CLIENT_SECRET"),
        ({"oidc_client_secret": "s3cr3t\u00e9"}, "CLIENT_SECRET"),
        ({"oidc_scopes": "email"}, "SCOPES"),
        ({"oidc_scopes": 'openid "s3cr3t'}, "SCOPES"),
        ({"oidc_second_factor": "mfa"}, "SECOND_FACTOR"),
        ({"oidc_second_factor": "sub=s3cr3t"}, "SECOND_FACTOR"),
        ({"oidc_only": "s3cr3t"}, "ONLY"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_and_not_quoted(
    settings: Settings, changed: dict[str, str], names: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        build_council_sign_in(replace(settings, oidc=replace(SET, **changed)))
    assert names in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("address", ["", "http://voices.council.example"])
def test_people_are_only_sent_back_to_an_https_address(settings: Settings, address: str) -> None:
    with pytest.raises(SettingsError, match="OVOS_ADDRESS"):
        build_council_sign_in(replace(settings, public_address=address, oidc=SET))


def test_the_secret_reaches_the_web_process_only(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVOS_OIDC_CLIENT_SECRET", "inherited")
    there = replace(settings, oidc=SET)
    told = {program.name: _environment(program, there) for program in _programs(there)}
    secrets = {name: environment["OVOS_OIDC_CLIENT_SECRET"] for name, environment in told.items()}
    assert secrets == {"web": "s3cr3t-of-the-council", "actions": "", "brain": ""}


def _programs(settings: Settings) -> list:  # type: ignore[type-arg]
    return [web_program(), actions_program(settings), brain_program(settings)]


def test_starting_with_a_wrong_setting_says_one_line_and_stops(tmp_path: Path) -> None:
    settings = temporary_settings(tmp_path)
    wrong = replace(SET, oidc_issuer="http://login.council.example")
    done = in_a_process("run", environment={**settings.environment(), **wrong.environment()})
    assert done.returncode == 2
    assert done.stderr.startswith("ovos: OVOS_OIDC_ISSUER must be an https:// address")
    assert len(done.stderr.splitlines()) == 1


async def test_the_doctor_says_whether_the_provider_answers_and_who_could_sign_in_without_it(
    settings: Settings,
) -> None:
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    assert (await _sign_in(settings)).mark is Mark.GOOD
    assert (await _sign_in(replace(settings, oidc=replace(SET, oidc_only="maybe")))).mark is Mark.BAD
    async with own_provider() as provider:
        there = replace(SET, oidc_issuer=provider.issuer)
        assert (await _sign_in(replace(settings, oidc=there))).say == "with the council's accounts or passwords"
        only = replace(settings, oidc=replace(there, oidc_only="yes"))
        assert "--break-glass" in (await _sign_in(only)).say
        async with store.begin() as work:
            person = await staff.add(work, "admin@council.example", "Admin", Role.ADMINISTRATOR)
            await staff.set_password(work, person.id, "hash")
            await accounts.set_break_glass(work, "service", person.id)
        assert await _sign_in(only) == replace(await _sign_in(only), mark=Mark.GOOD, say="with the council's accounts")
        provider.metadata["issuer"] = "https://somebody.else.example"
        assert (await _sign_in(only)).mark is Mark.LOOK
    await store.close()


@asynccontextmanager
async def without_passwords(store: Store) -> AsyncIterator[Desk]:
    settings = ProviderSettings("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET, only=True)
    async with asynccontextmanager(open_desk)(store, council=settings) as desk:
        yield desk


async def with_password(desk: Desk, role: Role) -> Staff:
    person = await desk.account(role)
    hashed = await Passwords(CHEAP).hash(GOOD)
    async with desk.store.begin() as work:
        await staff.set_password(work, person.id, hashed)
    return person


async def test_where_passwords_are_off_a_right_one_is_refused_like_a_wrong_one(sqlite_store: Store) -> None:
    async with without_passwords(sqlite_store) as desk:
        person = await with_password(desk, Role.ADMINISTRATOR)
        status, page = await sign_in(desk.stranger(), person.email)
        assert status == 400
        assert "The e-mail address or the password is not right" in page
        async with desk.store.begin() as work:
            await accounts.set_break_glass(work, "service", person.id)
        assert (await sign_in(desk.stranger(), person.email))[0] == 303


async def test_where_passwords_are_off_a_set_up_link_sets_none_and_takes_the_old_phone_away(
    sqlite_store: Store,
) -> None:
    async with without_passwords(sqlite_store) as desk:
        person, client = await desk.account(Role.WORKER), desk.stranger()
        async with desk.store.begin() as work:
            await staff.set_second_factor(work, person.id, "JBSWY3DPEHPK3PXP")
        link = await link_of(desk, person)
        page = await client.text(link)
        assert "Start afresh" in page
        assert 'type="password"' not in page
        assert "You can sign in afresh" in await (await client.post(link, password=GOOD, again=GOOD)).text()
        async with desk.store.look() as work:
            now = await staff.by_id(work, person.id)
        assert now is not None
        assert (now.password_hash, now.totp_sealed) == (None, None)
        assert (await client.get(link)).status == 404, "it works once"


async def test_an_administrator_is_told_what_a_link_is_for_where_passwords_are_off(sqlite_store: Store) -> None:
    async with without_passwords(sqlite_store) as desk:
        administrator, worker = await desk.signed_in(Role.ADMINISTRATOR), await desk.account(Role.WORKER)
        page = await administrator.text(f"/console/staff/{worker.id}")
        assert "Not used yet" in page
        assert "tied to this account anew" in page
        made = await administrator.post(f"/console/staff/{worker.id}/link")
        assert "needs no link but the council account" in await made.text()


def ovos(settings: Settings, *arguments: str) -> Done:
    return typed("staff", *arguments, environment=settings.environment())


async def test_the_emergency_administrator_is_named_on_the_command_line(settings: Settings) -> None:
    ovos(settings, "add", "worker@council.example", "--name", "W", "--role", "worker")
    ovos(settings, "add", "admin@council.example", "--name", "A", "--role", "administrator")
    refused = ovos(settings, "link", "worker@council.example", "--break-glass")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    made = ovos(settings, "link", "admin@council.example", "--break-glass")
    assert "/console/set-up/" in made.stdout
    store = Store(settings.database, load_keys(settings.key_file))
    async with store.look() as work:
        marked = [one.email for one in await staff.everybody(work) if one.break_glass]
    await store.close()
    assert marked == ["admin@council.example"]
