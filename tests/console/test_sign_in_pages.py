"""From a setup link to the first page, over HTTP. The same refusal for every reason."""

from __future__ import annotations

import re

import pyotp
import pytest

from bot.staff import accounts
from bot.store import staff
from bot.store.staff_models import Role, Staff
from tests.console.conftest import Client, Desk

GOOD = "otter cabbage violin"


async def link_of(desk: Desk, person: Staff) -> str:
    async with desk.store.begin() as work:
        link = await accounts.new_link(work, "service", person.id, desk.clock())
    return f"/console/set-up/{link.token}"


async def set_up(desk: Desk, role: Role) -> tuple[Staff, Client]:
    """A person who has set a password, in a browser that is not signed in."""
    person, client = await desk.account(role), desk.stranger()
    link = await link_of(desk, person)
    await client.get(link)
    done = await client.post(link, password=GOOD, again=GOOD)
    assert "Your password is set" in await done.text()
    return person, client


async def sign_in(client: Client, email: str, password: str = GOOD) -> tuple[int, str]:
    await client.get("/console/sign-in")
    answer = await client.post("/console/sign-in", email=email, password=password)
    return answer.status, await answer.text()


def without_what_was_typed(page: str) -> str:
    return re.sub(r'value="[^"]*"|content="[^"]*"', "", page)


async def test_a_setup_link_sets_the_password_and_signing_in_leads_to_the_first_page(desk: Desk) -> None:
    person, client = await set_up(desk, Role.AUDITOR)
    status, _ = await sign_in(client, person.email)
    assert status == 303
    assert (await client.get("/console/sign-in/code")).headers["Location"] == "/console"
    assert (await client.get("/console/account")).status == 200


async def test_a_role_that_reads_words_gets_nowhere_before_its_authenticator_app_is_set_up(desk: Desk) -> None:
    person, client = await set_up(desk, Role.PARTICIPATION_OFFICER)
    await sign_in(client, person.email)
    assert (await client.get("/console")).headers["Location"] == "/console/sign-in"
    assert (await client.get("/console/sign-in/code")).headers["Location"] == "/console/sign-in/second-factor"
    page = await client.text("/console/sign-in/second-factor")
    assert "<svg" in page
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
    assert secret is not None
    assert (await client.get("/console/account")).status == 303
    code = pyotp.TOTP(secret.group(1).replace(" ", "")).at(desk.clock())
    wrong = await client.post("/console/sign-in/second-factor", code="000000")
    assert wrong.status == 400
    assert secret.group(1) in await wrong.text(), "the same secret until it is confirmed"
    assert (await client.post("/console/sign-in/second-factor", code=code)).status == 303
    assert (await client.get("/console/account")).status == 200
    assert (await client.get("/console/sign-in/second-factor")).status == 303, "it is not shown again"


async def test_every_refusal_reads_the_same(desk: Desk) -> None:
    person, client = await set_up(desk, Role.AUDITOR)
    gone, _ = await set_up(desk, Role.AUDITOR)
    waiting = await desk.account(Role.AUDITOR)
    async with desk.store.begin() as work:
        await staff.disable(work, gone.id, desk.clock())
    pages = {
        without_what_was_typed((await sign_in(client, email, password))[1])
        for email, password in (
            (person.email, "a wrong password"),
            ("nobody@council.example", GOOD),
            (gone.email, GOOD),
            (waiting.email, GOOD),
            *[(person.email, "a wrong password")] * 5,
            (person.email, GOOD),
        )
    }
    assert len(pages) == 1
    assert "The e-mail address or the password is not right" in pages.pop()


async def test_what_was_typed_is_kept_except_the_password(desk: Desk) -> None:
    _, page = await sign_in(desk.stranger(), 'x"><b>@council.example', "secret words here")
    assert 'value="x&#34;&gt;&lt;b&gt;@council.example"' in page
    assert "secret words here" not in page


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "12 characters or more"),
        (GOOD, GOOD + "x", "not the same"),
        ("password1234", "password1234", "Many people use this password"),
        ("", "", "Enter a password"),
    ],
)
async def test_a_password_that_is_not_taken_leaves_the_link_as_it_was(
    desk: Desk, password: str, again: str, said: str
) -> None:
    person, client = await desk.account(Role.AUDITOR), desk.stranger()
    link = await link_of(desk, person)
    await client.get(link)
    refused = await client.post(link, password=password, again=again)
    assert refused.status == 400
    page = await refused.text()
    assert said in page
    assert page.index("There is a problem") < page.index("<h1")
    assert (await client.post(link, password=GOOD, again=GOOD)).status == 200


async def test_a_link_that_is_used_guessed_or_replaced_says_one_and_the_same(desk: Desk) -> None:
    person, client = await desk.account(Role.AUDITOR), desk.stranger()
    used = await link_of(desk, person)
    await client.get(used)
    await client.post(used, password=GOOD, again=GOOD)
    replaced = await link_of(desk, person)
    await link_of(desk, person)
    pages = {await client.text(link) for link in (used, replaced, "/console/set-up/" + "A" * 43)}
    assert len(pages) == 1
    assert "This link does not work" in pages.pop()


async def test_changing_ones_password_asks_for_the_old_one_and_ends_the_other_browsers(desk: Desk) -> None:
    person, here = await set_up(desk, Role.AUDITOR)
    await sign_in(here, person.email)
    elsewhere = await desk.signed_in(person)
    fields = {"password": "violin cabbage otter", "again": "violin cabbage otter"}
    await here.get("/console/account/password")
    assert (await here.post("/console/account/password", old_password="not mine at all", **fields)).status == 400
    assert (await here.post("/console/account/password", old_password=GOOD, **fields)).status == 303
    assert "signed out everywhere else" in await here.text("/console/account")
    assert (await elsewhere.get("/console/account")).status == 303
    assert (await sign_in(desk.stranger(), person.email))[0] == 400
    assert (await sign_in(desk.stranger(), person.email, "violin cabbage otter"))[0] == 303


async def test_when_too_many_try_at_once_everybody_is_asked_to_wait(desk: Desk) -> None:
    desk.services.sign_in._tries._left = 0
    status, page = await sign_in(desk.stranger(), "a@council.example")
    assert status == 429
    assert "Try again in a minute" in page
