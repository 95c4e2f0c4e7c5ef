"""The officer's day: a young person asks in one browser, staff read, answer and finish in others, and nobody pretends.

The whole service runs: page, intake, brain, actions, store, console. Accounts begin with a set-up link.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.staff import accounts
from bot.staff.audit import SERVICE
from bot.store import audit
from bot.store.staff_models import Role
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.conftest import browser as browser
from tests.connectors.webchat.conftest import site as site

SLOW = 20_000
PASSWORD = "purple kettle under seven stairs"
ASKED = "it is about my school trip"
REPLY = "Thank you for telling us. I am giving this to your social worker now, and I will look that it is done."
FIRST_TRY = "I rang your carer about the trip on Monday."
MISSING = "you rang my carer not me"
SECOND_TRY = "I am sorry. I rang you on Tuesday and we filled in the form for the trip together. It is at school."
TOTP_SECONDS = 30


@dataclass
class YoungPerson:
    """Somebody with a phone."""

    page: Page

    @classmethod
    async def opens_the_chat(cls, browser: Browser, site: Site) -> Self:
        context = await browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
        page = await context.new_page()
        await page.goto(f"{site.address}/chat")
        await expect(page.locator("#items > li")).to_have_count(3, timeout=SLOW)
        return cls(page)

    async def types(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.press("#text", "Enter")

    async def presses(self, button: str) -> None:
        await self.page.locator("#items").get_by_role("button", name=button, exact=True).last.click(timeout=SLOW)

    async def is_told(self, text: str) -> None:
        await expect(self.page.locator("#items")).to_contain_text(text, timeout=SLOW)

    async def asks_for_their_social_worker(self, about: str) -> None:
        await self.types("can i talk to my social worker please")
        await self.is_told("What is it about?")
        await self.types(about)
        await self.is_told("How should they answer you?")
        await self.presses("Here in this chat")
        await self.is_told("Type your first name")
        await self.presses("Skip")
        await self.is_told("Shall I send it?")
        await self.presses("Send it")
        await self.is_told("It is your request number 1.")


@dataclass
class Officer:
    """A member of staff at a desk, with an authenticator on their phone."""

    page: Page
    site: Site
    name: str
    authenticator: pyotp.TOTP

    @classmethod
    async def starts(cls, browser: Browser, site: Site, name: str, role: Role) -> Self:
        """A new account: the set-up link, a password, the authenticator."""
        email = f"{name.replace(' ', '.').lower()}.{time.time_ns()}@council.example"
        async with site.house.store.begin() as work:
            _, link = await accounts.create(work, SERVICE, email, name, role, datetime.now(UTC))
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        await page.goto(f"{site.address}/console/set-up/{link.token}")
        await page.get_by_label("New password").fill(PASSWORD)
        await page.get_by_label("The same password again").fill(PASSWORD)
        await page.get_by_role("button", name="Set password").click()
        await page.get_by_role("button", name="Sign in").click()
        await cls._gives_password(page, email)
        await page.get_by_text("The camera does not work").click()
        secret = "".join((await page.locator("#secret").inner_text()).split())
        officer = cls(page, site, name, pyotp.TOTP(secret))
        await officer._gives_code(officer.authenticator.now())
        await officer._signs_out_and_in_again(email)
        return officer

    @staticmethod
    async def _gives_password(page: Page, email: str) -> None:
        await page.get_by_label("E-mail address").fill(email)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()

    async def _gives_code(self, code: str) -> None:
        await self.page.get_by_label("Code", exact=True).fill(code)
        await self.page.get_by_role("button", name="Continue").click()
        await expect(self.page.locator(".console-top__who")).to_contain_text(self.name)

    async def _signs_out_and_in_again(self, email: str) -> None:
        """A code is good once: the next one is given, which the service takes up to half a minute early."""
        await self.page.get_by_role("button", name="Sign out").click()
        await self.page.goto(f"{self.site.address}/console/sign-in")
        await self._gives_password(self.page, email)
        await self._gives_code(self.authenticator.at(time.time() + TOTP_SECONDS))

    async def goes_to(self, link: str) -> None:
        await self.page.get_by_label("Menu").get_by_role("link", name=link, exact=True).click()

    async def opens_the_newest_conversation(self) -> None:
        await self.goes_to("Inbox")
        await self.page.locator("[data-line]").first.click()

    async def reads(self, text: str) -> None:
        await expect(self.page.locator("#main-content")).to_contain_text(text, timeout=SLOW)

    async def replies(self, text: str) -> None:
        await self.page.get_by_label("Your reply").fill(text)
        await self.page.get_by_role("button", name="Send reply").click()
        await self.reads("Your reply is in the chat")

    async def gives_back_to_the_computer(self) -> None:
        await self.page.get_by_role("button", name="Give back to the computer").click()
        await self.reads("The computer answers here again")

    async def opens_the_open_request_beside_it(self) -> str:
        """The request's address."""
        await self.page.get_by_role("link", name="Wants somebody to get in touch").first.click()
        await self.page.wait_for_url(re.compile("/console/requests/[0-9a-f]{32}"))
        return self.page.url

    async def gives_it_to(self, name: str) -> None:
        choice = self.page.get_by_label("Give it to").locator("option", has_text=name).last
        await self.page.get_by_label("Give it to").select_option(await choice.get_attribute("value"))
        await self.page.get_by_role("button", name="Give", exact=True).click()
        await self.reads(f"Given to {name}")

    async def opens_from_their_own_list(self, address: str) -> None:
        await self.page.goto(f"{self.site.address}/console/requests?view=mine")
        await self.page.locator(f"a[href='{address.removeprefix(self.site.address)}']").click()

    async def proposes(self, what_was_done: str) -> None:
        await self.page.get_by_label("What was done").fill(what_was_done)
        await self.page.get_by_role("button", name="Send and ask if it is done").click()
        await self.reads("The young person is asked now whether it is done")

    async def looks_again(self) -> None:
        await self.page.reload()


@pytest.fixture
async def young_person(browser: Browser, site: Site) -> AsyncIterator[YoungPerson]:
    person = await YoungPerson.opens_the_chat(browser, site)
    yield person
    await person.page.context.close()


@pytest.fixture
async def ola(browser: Browser, site: Site) -> AsyncIterator[Officer]:
    officer = await Officer.starts(browser, site, "Ola Reed", Role.PARTICIPATION_OFFICER)
    yield officer
    await officer.page.context.close()


@pytest.fixture
async def wendy(browser: Browser, site: Site) -> AsyncIterator[Officer]:
    worker = await Officer.starts(browser, site, "Wendy Marsh", Role.WORKER)
    yield worker
    await worker.page.context.close()


async def test_a_request_goes_all_the_way_and_the_young_person_says_when_it_is_done(
    site: Site, young_person: YoungPerson, ola: Officer, wendy: Officer
) -> None:
    await young_person.asks_for_their_social_worker(about=ASKED)

    await ola.opens_the_newest_conversation()
    await ola.reads(ASKED)
    await young_person.is_told("A person from the participation team has read up to here")

    await ola.replies(REPLY)
    await young_person.is_told(REPLY)
    await young_person.types("ok")
    await ola.reads("ok")
    await ola.gives_back_to_the_computer()

    address = await ola.opens_the_open_request_beside_it()
    await ola.reads(ASKED)
    await ola.gives_it_to(wendy.name)

    await wendy.opens_from_their_own_list(address)
    await wendy.reads(ASKED)
    await wendy.proposes(FIRST_TRY)
    await young_person.is_told(FIRST_TRY)
    await young_person.is_told("They say your request number 1 is done. You decide. Is it done?")

    await young_person.presses("No, it is not done")
    await young_person.is_told("What is still missing")
    await young_person.types(MISSING)
    await young_person.is_told("I put that with your request number 1")
    await wendy.looks_again()
    await wendy.reads("The young person said: no, it is not done. It is open again")
    await wendy.reads(MISSING)

    await wendy.proposes(SECOND_TRY)
    await young_person.is_told(SECOND_TRY)
    await young_person.presses("Yes, it is done")
    await young_person.is_told("You said that request number 1 is done.")
    await wendy.looks_again()
    await wendy.reads("Done: they said yes")

    await ola.page.goto(address)
    await ola.reads("Done: they said yes")
    async with site.house.store.look() as work:
        await audit.verify(work)
