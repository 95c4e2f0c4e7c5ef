"""By which way staff are told: read from the settings, said by the doctor, tried out from the command line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.store import Store, notifications, staff
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.notifications import Fault, Template
from bot.store.staff_models import NotificationChannel, Role
from connectors.delivery.email import SmtpSender
from connectors.delivery.notify import NotifySender
from ovos.delivery import build_senders
from ovos.doctor import Mark, _notifications
from ovos.processes import Running, _environment, actions_program, brain_program, web_program
from ovos.run import wait_until
from ovos.settings import DeliverySettings, Settings, SettingsError, temporary_settings
from tests.connectors.delivery.servers import FROM, KEY, mail_server
from tests.ovos.typed import Done, in_a_process, typed

EMAIL, SMS = NotificationChannel.EMAIL, NotificationChannel.SMS
ADDRESS = "https://voices.council.example"
BY_SMTP = DeliverySettings(smtp_url="smtp://ovos:s3cr3t@mail.example", smtp_from=FROM)
BY_NOTIFY = DeliverySettings(notify_key=KEY, notify_sms_template="sms", notify_email_template="email")
NOON = datetime(2100, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(temporary_settings(tmp_path), public_address=ADDRESS)


def told_by(settings: Settings, delivery: DeliverySettings) -> Settings:
    return replace(settings, delivery=delivery)


def ovos(*arguments: str, **environment: str) -> Done:
    return typed(*arguments, environment={**os.environ, **environment})


async def stick(settings: Settings) -> None:
    """Leave one notification stuck."""
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    async with store.begin() as work:
        one = await staff.add(work, "ada@council.example", "Ada", Role.PARTICIPATION_OFFICER)
        await notifications.queue(work, "alert:1", one.id, Template.ALERT_WAITING)
        [claim] = await notifications.due(work, NOON, 1)
        await notifications.failed(work, claim, Fault("SMTPRecipientsRefused", 550, final=True), NOON)
    await store.close()


def test_nothing_is_set_so_nothing_is_sent(settings: Settings) -> None:
    assert build_senders(settings) == {}


def test_gov_uk_notify_alone_does_both(settings: Settings) -> None:
    senders = build_senders(told_by(settings, BY_NOTIFY))
    assert {channel: type(sender) for channel, sender in senders.items()} == {EMAIL: NotifySender, SMS: NotifySender}


def test_a_mail_server_takes_the_e_mail_and_gov_uk_notify_the_sms(settings: Settings) -> None:
    both = replace(BY_NOTIFY, smtp_url=BY_SMTP.smtp_url, smtp_from=FROM)
    senders = build_senders(told_by(settings, both))
    assert {channel: type(sender) for channel, sender in senders.items()} == {EMAIL: SmtpSender, SMS: NotifySender}


@pytest.mark.parametrize(
    ("delivery", "names"),
    [
        (replace(BY_SMTP, smtp_from=""), "OVOS_SMTP_FROM"),
        (replace(BY_SMTP, smtp_url="http://ovos:s3cr3t@mail.example"), "OVOS_SMTP_URL"),
        (replace(BY_SMTP, smtp_ca_file="/nowhere/s3cr3t.pem"), "OVOS_SMTP_CA_FILE"),
        (replace(BY_NOTIFY, notify_key="s3cr3t"), "OVOS_NOTIFY_KEY"),
        (DeliverySettings(notify_key=KEY), "templates"),
    ],
)
def test_a_wrong_setting_is_named_and_not_quoted(settings: Settings, delivery: DeliverySettings, names: str) -> None:
    with pytest.raises(SettingsError, match=names) as caught:
        build_senders(told_by(settings, delivery))
    assert "s3cr3t" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_where_to_sign_in_must_be_known(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="OVOS_ADDRESS"):
        build_senders(replace(told_by(settings, BY_SMTP), public_address=""))


def test_a_temporary_house_inherits_no_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVOS_SMTP_URL", "smtp://mail.example")
    temporary = temporary_settings(tmp_path)
    assert build_senders(temporary) == {}
    assert _environment(web_program(), temporary)["OVOS_SMTP_URL"] == ""


def test_only_the_web_process_is_given_the_passwords(settings: Settings) -> None:
    told = told_by(settings, replace(BY_NOTIFY, smtp_url=BY_SMTP.smtp_url))
    secrets = {BY_SMTP.smtp_url, KEY}
    assert secrets <= set(_environment(web_program(), told).values())
    for program in (brain_program(told), actions_program(told)):
        assert not secrets & set(_environment(program, told).values())


async def test_the_doctor_says_by_which_way_and_what_is_missing(settings: Settings) -> None:
    found = [
        await _notifications(told_by(settings, delivery))
        for delivery in (
            DeliverySettings(),
            BY_SMTP,
            replace(BY_NOTIFY, notify_email_template=""),
            replace(BY_SMTP, smtp_from=""),
        )
    ]
    assert [finding.mark for finding in found] == [Mark.LOOK, Mark.GOOD, Mark.LOOK, Mark.BAD]
    assert "staff are not told" in found[0].say
    assert found[1].say == "by email"


async def test_the_doctor_counts_what_is_stuck(settings: Settings) -> None:
    await stick(settings)
    finding = await _notifications(told_by(settings, BY_SMTP))
    assert (finding.mark, finding.say[:24]) == (Mark.LOOK, "1 could not be sent. Men")


async def test_the_command_starts_what_is_stuck_again(settings: Settings) -> None:
    await stick(settings)
    environment = {
        "OVOS_HOME": str(settings.home),
        "OVOS_DB": settings.database,
        "OVOS_KEY_FILE": str(settings.key_file),
    }
    done = ovos("notifications", "retry", **environment)
    assert (done.returncode, done.stdout) == (0, "1 will be sent again.\n"), done.stderr
    assert "0 will be sent again" in ovos("notifications", "retry", **environment).stdout


def test_the_command_sends_one_to_try_it_out() -> None:
    with mail_server(to_recipients=["", "451 busy"]) as post:
        environment = {
            "OVOS_ADDRESS": ADDRESS,
            "OVOS_SMTP_URL": f"smtp+plain://127.0.0.1:{post.port}",
            "OVOS_SMTP_FROM": FROM,
        }
        to_her = ("notifications", "test", "--to", "ada@council.example")
        first = in_a_process(*to_her, environment={**os.environ, **environment})
        second = ovos(*to_her, **environment)
        by_sms = ovos("notifications", "test", "--to", "07700900123", **environment)
        to_nobody = ovos("notifications", "test", **environment)
    assert (first.returncode, post.recipients) == (0, ["ada@council.example"]), first.stderr
    assert (second.returncode, "SMTPRecipientsRefused 451" in second.stdout) == (1, True)
    assert (by_sms.returncode, to_nobody.returncode) == (2, 2)
    assert len(by_sms.stderr.splitlines()) == len(to_nobody.stderr.splitlines()) == 1


async def _run_until_sent(settings: Settings, arrived: Callable[[], bool]) -> str:
    """Start the web process; its counts once it has sent; then it stops when it is asked to."""
    running = await Running.start(web_program(), settings, settings.home / "web.log")
    try:
        assert await wait_until(async_(arrived), 60), (settings.home / "web.log").read_text()[-2000:]
        address = f"http://127.0.0.1:{settings.port}/metrics"
        async with ClientSession() as session:
            for _ in range(50):
                async with session.get(address) as answer:
                    counted = await answer.text()
                if 'outcome="sent"' in counted:
                    break
                await asyncio.sleep(0.1)
    finally:
        await running.stop()
    assert running.process.returncode == 0
    return counted


def async_(check: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return check()

    return asked


async def test_the_web_process_sends_what_waits_and_counts_it(settings: Settings) -> None:
    """The real process, started as `ovos run` starts it."""
    await stick(settings)
    store = Store(settings.database, load_keys(settings.key_file))
    async with store.begin() as work:
        await notifications.retry_stuck(work, datetime.now(UTC))
    await store.close()
    with mail_server() as post:
        delivery = DeliverySettings(smtp_url=f"smtp+plain://127.0.0.1:{post.port}", smtp_from=FROM)
        counted = await _run_until_sent(told_by(settings, delivery), lambda: len(post.taken) == 1)
    assert 'ovos_notifications_total{outcome="sent"} 1.0' in counted
    assert "ovos_notifications_stuck 0.0" in counted
