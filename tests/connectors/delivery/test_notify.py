"""GOV.UK Notify, through its own Python client, against a server of ours on loopback.

No independent implementation of its service exists to test against. The server here is written after its public
documentation: it checks the token that the client signs (HS256 under the key's secret, `iss`, `iat` within 30 seconds)
and answers 201, or 400, 403, 429 and 500 with the bodies that are documented. That the real service takes what we send
is shown only by `ovos notifications test` with a council's own key.
"""

from __future__ import annotations

import time

import pytest

from bot.staff.notify import Letters, Undelivered
from bot.store.notifications import Fault, Template
from bot.store.staff_models import NotificationChannel
from connectors.delivery.notify import NotifySender, NotifySettings, NotifySettingsError
from ovos.settings import free_ports
from tests.connectors.delivery.servers import KEY, SECRET, SERVICE, NotifyDesk, notify_server

NUMBER = "07700900123"
SMS, EMAIL = NotificationChannel.SMS, NotificationChannel.EMAIL
SMS_TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
EMAIL_TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"
SIGN_IN = {"address": "https://voices.council.example/console"}


def settings(address: str, **more: object) -> NotifySettings:
    values = {"key": KEY, "sms_template": SMS_TEMPLATE, "email_template": EMAIL_TEMPLATE, **more}
    return NotifySettings(address=address, **values)  # type: ignore[arg-type]


async def fault_of(desk: NotifyDesk, letters: Letters, **more: object) -> Fault:
    with pytest.raises(Undelivered) as caught:
        await NotifySender(settings(desk.address, **more), SMS, letters).send(NUMBER, Template.ALERT_WAITING)
    return caught.value.fault


async def test_an_sms_names_the_number_the_template_and_where_to_sign_in(letters: Letters) -> None:
    async with notify_server() as desk:
        await NotifySender(settings(desk.address), SMS, letters).send(NUMBER, Template.ALERT_WAITING)
    body = {"phone_number": NUMBER, "template_id": SMS_TEMPLATE, "personalisation": SIGN_IN}
    assert desk.asked == [("/v2/notifications/sms", body)]


async def test_an_e_mail_goes_the_same_way(letters: Letters) -> None:
    async with notify_server() as desk:
        await NotifySender(settings(desk.address), EMAIL, letters).send("a@council.example", Template.REQUEST_LATE)
    body = {"email_address": "a@council.example", "template_id": EMAIL_TEMPLATE, "personalisation": SIGN_IN}
    assert desk.asked == [("/v2/notifications/email", body)]


async def test_the_token_is_signed_with_the_keys_secret_for_the_keys_service(letters: Letters) -> None:
    async with notify_server() as desk:
        await NotifySender(settings(desk.address), SMS, letters).send(NUMBER, Template.ALERT_WAITING)
    [claims] = desk.claims
    assert set(claims) == {"iss", "iat"}
    assert claims["iss"] == SERVICE
    assert abs(claims["iat"] - time.time()) < 30


async def test_a_key_that_is_not_known_there_may_be_put_right(letters: Letters) -> None:
    wrong = f"ovos-{SERVICE}-00000000-8d35-48ac-975b-e847b4f122b0"
    async with notify_server() as desk:
        assert await fault_of(desk, letters, key=wrong) == Fault("HTTPError", 403)
    assert desk.asked == []


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((400, "ValidationError"), Fault("HTTPError", 400, final=True)),
        ((400, "BadRequestError"), Fault("HTTPError", 400, final=True)),
        ((403, "AuthError"), Fault("HTTPError", 403)),
        ((429, "RateLimitError"), Fault("HTTPError", 429)),
        ((429, "TooManyRequestsError"), Fault("HTTPError", 429)),
        ((500, "Exception"), Fault("HTTPError", 500)),
        ((503, "Exception"), Fault("HTTP503Error", 503)),
    ],
)
async def test_what_is_kept_of_a_refusal_is_its_kind_and_number(
    letters: Letters, answer: tuple[int, str], fault: Fault
) -> None:
    async with notify_server(answers=[answer]) as desk:
        found = await fault_of(desk, letters)
    assert found == fault
    assert NUMBER not in str(found)


async def test_nobody_answers(letters: Letters) -> None:
    desk = NotifyDesk(address=f"http://127.0.0.1:{free_ports(1)[0]}")
    assert await fault_of(desk, letters) == Fault("ConnectionError")


async def test_a_slow_service_is_given_up_on(letters: Letters) -> None:
    began = time.monotonic()
    async with notify_server(seconds=1) as desk:
        assert await fault_of(desk, letters, step_seconds=0.3) == Fault("ReadTimeout")
        assert time.monotonic() - began < 3


async def test_a_template_that_is_not_one_of_ours_is_not_sent(letters: Letters) -> None:
    async with notify_server() as desk:
        with pytest.raises(ValueError):
            await NotifySender(settings(desk.address), SMS, letters).send(NUMBER, "She said ...")  # type: ignore[arg-type]
    assert desk.asked == []


@pytest.mark.parametrize("key", ["", "s3cr3t", f"ovos-{SERVICE}", f"{KEY}s3cr3t"])
def test_a_key_that_is_none_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(NotifySettingsError) as caught:
        NotifySettings(key, SMS_TEMPLATE)
    assert "s3cr3t" not in str(caught.value)


def test_a_channel_without_a_template_has_no_sender(letters: Letters) -> None:
    with pytest.raises(NotifySettingsError):
        NotifySettings(KEY)
    with pytest.raises(NotifySettingsError):
        NotifySender(NotifySettings(KEY, SMS_TEMPLATE), EMAIL, letters)


def test_the_key_is_not_shown_by_the_settings() -> None:
    assert SECRET not in repr(NotifySettings(KEY, SMS_TEMPLATE))
