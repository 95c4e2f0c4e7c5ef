"""The whole way in Chromium: over the page of an independent provider to the console, and out again.

The provider is `oidc-provider-mock` (PyPI), written by others on top of Authlib's server side, on a port of its own. It
knows registered clients and their secrets, discovery, signed tokens, nonce, single-use codes, a page on which the
person agrees or not, and a page for signing out. It does not check PKCE, never changes its keys, signs with RS256 only,
and says nothing wrong: for that there is our own provider in `test_oidc_attacks.py`. Neither is a directory that a
council runs; nothing here has been tried against Microsoft Entra ID.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import oidc_provider_mock
import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.store import Store, staff
from bot.store.staff_models import Role
from console.oidc.settings import ProviderSettings
from console.oidc.way_in import BACK
from ovos.settings import free_ports
from tests.console.conftest import Desk, open_desk
from tests.console.test_browser import is_usable

SUBJECT = "directory-number-17"
BUTTON = "Sign in with your council account"


@dataclass
class Directory:
    """The independent provider as a council's directory."""

    issuer: str

    def knows(self, email: str, **claims: Any) -> None:
        told = {"email": email, "email_verified": True, **claims}
        httpx2.put(f"{self.issuer}/users/{SUBJECT}", json=told).raise_for_status()

    def register(self, address: str) -> tuple[str, str]:
        """What the council's IT does once: our redirect address for a client id and a secret."""
        made = httpx2.post(f"{self.issuer}/oauth2/clients", json={"redirect_uris": [address + BACK]}).json()
        return made["client_id"], made["client_secret"]


@pytest.fixture
def directory() -> Iterator[Directory]:
    with oidc_provider_mock.run_server_in_thread(require_client_registration=True, require_nonce=True) as server:
        yield Directory(f"http://localhost:{server.server_port}")


Opens = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def open_with(sqlite_store: Store, directory: Directory) -> Opens:
    """A console that is registered with the directory."""

    @asynccontextmanager
    async def opened(**changed: Any) -> AsyncIterator[Desk]:
        port = free_ports(1)[0]
        client_id, secret = directory.register(f"http://127.0.0.1:{port}")
        settings = ProviderSettings(directory.issuer, client_id, secret, **changed)
        async with asynccontextmanager(open_desk)(sqlite_store, council=settings, port=port) as desk:
            yield desk

    return opened


async def to_the_directory(browser: Browser, desk: Desk) -> tuple[Page, list[str]]:
    """A new browser, from the console's sign-in page to the directory's; and what goes wrong on pages of ours."""
    page, wrong = await (await browser.new_context()).new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(f"{desk.address}/console/sign-in")
    await is_usable(page)
    await page.get_by_role("button", name=BUTTON).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Authorize Client")
    return page, wrong


async def agree(page: Page) -> None:
    await page.get_by_placeholder("sub").fill(SUBJECT)
    await page.get_by_role("button", name="Authorize").click()


async def test_in_over_the_directorys_page_and_out_of_both(
    open_with: Opens, directory: Directory, browser: Browser
) -> None:
    async with open_with() as desk:
        person = await desk.account(Role.COUNCILLOR, "Cass Councillor")
        directory.knows(person.email.upper())
        page, wrong = await to_the_directory(browser, desk)
        await agree(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Publications")
        assert page.url == f"{desk.address}/console/publications", "no code is left in the address"
        await expect(page.get_by_role("link", name="Cass Councillor")).to_be_visible()
        await page.goto(f"{desk.address}/console/account")
        await expect(page.get_by_text("None: you sign in with your council account")).to_be_visible()
        await is_usable(page)

        await page.get_by_role("button", name="Sign out", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("End Session")
        await page.get_by_role("button", name="End session").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
        await page.goto(f"{desk.address}/console/account")
        await expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
        assert wrong == []


async def test_whoever_reads_words_is_asked_for_our_code_when_the_directorys_is_not_trusted(
    open_with: Opens, directory: Directory, browser: Browser
) -> None:
    async with open_with() as desk:
        person = await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer")
        directory.knows(person.email, amr=["pwd", "mfa"])
        page, wrong = await to_the_directory(browser, desk)
        await agree(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Set up your authenticator app")
        await page.get_by_text("The camera does not work").click()
        totp = pyotp.TOTP((await page.locator("#secret").inner_text()).replace(" ", ""))
        await page.get_by_role("textbox", name="Code").fill(totp.at(desk.clock()))
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Hello Ola Officer")
        assert wrong == []


@pytest.mark.parametrize(
    ("trusted", "claims", "heading"),
    [
        (("amr", "mfa"), {"amr": ["pwd", "mfa"]}, "Hello Ola Officer"),
        (("amr", "mfa"), {"amr": ["pwd"]}, "Set up your authenticator app"),
        (("amr", "mfa"), {"acr": "mfa"}, "Set up your authenticator app"),
        (("acr", "urn:two"), {"acr": "urn:two"}, "Hello Ola Officer"),
        (("acr", "urn:two"), {"acr": "urn:twofold"}, "Set up your authenticator app"),
    ],
)
async def test_the_directorys_own_second_factor_counts_only_as_the_council_has_said(
    open_with: Opens, directory: Directory, browser: Browser, trusted: tuple[str, str], claims: Any, heading: str
) -> None:
    async with open_with(second_factor=trusted) as desk:
        person = await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer")
        directory.knows(person.email, **claims)
        page, _ = await to_the_directory(browser, desk)
        await agree(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text(heading)


async def test_saying_no_at_the_directory_or_having_no_account_here_ends_on_one_page(
    open_with: Opens, directory: Directory, browser: Browser
) -> None:
    async with open_with() as desk:
        directory.knows("nobody@council.example")
        refusals = set()
        page, wrong = await to_the_directory(browser, desk)
        await page.get_by_role("button", name="Deny").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
        await is_usable(page)
        refusals.add((page.url, await page.inner_text("main")))
        await page.get_by_role("link", name="Sign in").click()
        await page.get_by_role("button", name=BUTTON).click()
        await agree(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
        refusals.add((page.url, await page.inner_text("main")))
        assert len(refusals) == 1
        async with desk.store.look() as work:
            assert await staff.everybody(work) == [], "signing in makes no account"
        assert [fault for fault in wrong if "403" not in fault] == []


async def test_where_passwords_are_off_the_page_offers_one_to_the_emergency_administrator_only(
    open_with: Opens, directory: Directory, browser: Browser
) -> None:
    async with open_with(only=True) as desk:
        page, wrong = await to_the_directory(browser, desk)
        await page.goto(f"{desk.address}/console/sign-in")
        await expect(page.get_by_label("Password")).to_be_hidden()
        await page.get_by_text("Emergency administrator").click()
        await page.get_by_label("E-mail address").fill("somebody@council.example")
        await page.get_by_label("Password").fill("otter cabbage violin")
        await page.keyboard.press("Enter")
        await expect(page.locator(".govuk-error-summary")).to_be_focused()
        await is_usable(page)
        assert wrong == []


async def test_the_page_that_says_that_the_directory_is_down_can_be_used_by_everybody(
    sqlite_store: Store, browser: Browser
) -> None:
    settings = ProviderSettings("http://127.0.0.1:9", "console", "secret")
    async with asynccontextmanager(open_desk)(sqlite_store, council=settings) as desk:
        page = await (await browser.new_context()).new_page()
        await page.goto(f"{desk.address}/console/sign-in")
        await page.get_by_role("button", name=BUTTON).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("The council’s sign-in does not answer")
        await is_usable(page)
        await page.get_by_role("link", name="sign in with it").click()
        await expect(page.get_by_label("Password")).to_be_visible()
