"""E-mail by SMTP, against aiosmtpd: an independent implementation of the protocol, on a real socket."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from bot.staff.notify import Letters, Undelivered
from bot.store.notifications import Fault, Template
from connectors.delivery.email import Cover, SmtpSender, SmtpSettings, SmtpSettingsError, smtp_settings
from ovos.settings import free_ports
from tests.connectors.delivery.servers import FROM, Certificate, mail_server

TO = "officer@council.example"
WORDS = "There is something for you. Sign in: https://voices.council.example/console"


async def fault_of(settings: SmtpSettings, letters: Letters) -> Fault:
    with pytest.raises(Undelivered) as caught:
        await SmtpSender(settings, letters).send(TO, Template.REQUEST_WAITING)
    return caught.value.fault


async def test_the_fixed_words_arrive_and_nothing_else(letters: Letters) -> None:
    with mail_server() as post:
        await SmtpSender(post.settings(), letters).send(TO, Template.ALERT_WAITING)
    [message] = post.messages()
    assert post.recipients == [TO]
    assert post.taken[0].mail_from == FROM
    assert message.get_content().strip() == WORDS
    assert (message["From"], message["To"], message["Subject"]) == (FROM, TO, "There is something for you")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    assert message["Message-ID"].endswith("@council.example>")
    assert not message.is_multipart()


async def test_the_connection_is_covered_by_starttls(letters: Letters, certificate: Certificate) -> None:
    with mail_server(certificate) as post:
        await SmtpSender(post.settings(Cover.STARTTLS, ca_file=certificate.file), letters).send(
            TO, Template.SIGN_IN_NEEDED
        )
    assert post.under_tls == [True]


async def test_the_connection_is_covered_by_tls_from_the_first_byte(letters: Letters, certificate: Certificate) -> None:
    with mail_server(certificate, tls_at_once=True) as post:
        await SmtpSender(post.settings(Cover.TLS, ca_file=certificate.file), letters).send(TO, Template.SIGN_IN_NEEDED)
    assert post.under_tls == [True]


@pytest.mark.parametrize("cover", [Cover.STARTTLS, Cover.TLS])
async def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    letters: Letters, certificate: Certificate, cover: Cover
) -> None:
    with mail_server(certificate, tls_at_once=cover is Cover.TLS) as post:
        fault = await fault_of(post.settings(cover), letters)
    assert post.taken == []
    assert not fault.final


async def test_a_server_without_starttls_gets_nothing(letters: Letters) -> None:
    with mail_server() as post:
        fault = await fault_of(post.settings(Cover.STARTTLS), letters)
    assert (post.taken, fault.final) == ([], False)


async def test_the_password_is_sent_under_cover(letters: Letters, certificate: Certificate) -> None:
    with mail_server(certificate, auth=True) as post:
        settings = post.settings(Cover.STARTTLS, ca_file=certificate.file, user="ovos", password="right")
        await SmtpSender(settings, letters).send(TO, Template.SIGN_IN_NEEDED)
    assert (post.as_user, post.recipients) == (["ovos"], [TO])


async def test_a_wrong_password_may_be_put_right(letters: Letters, certificate: Certificate) -> None:
    with mail_server(certificate, auth=True) as post:
        settings = post.settings(Cover.STARTTLS, ca_file=certificate.file, user="ovos", password="wrong")
        assert await fault_of(settings, letters) == Fault("SMTPAuthenticationError", 535)
    assert post.taken == []


async def test_a_missing_password_may_be_put_right(letters: Letters) -> None:
    with mail_server(auth=True) as post:
        fault = await fault_of(post.settings(), letters)
    assert (fault.status, fault.final, post.taken) == (530, False, [])


async def test_busy_now_is_taken_at_the_next_try(letters: Letters) -> None:
    with mail_server(to_recipients=["451 4.7.1 Greylisted officer@council.example"]) as post:
        sender = SmtpSender(post.settings(), letters)
        with pytest.raises(Undelivered) as caught:
            await sender.send(TO, Template.REQUEST_LATE)
        await sender.send(TO, Template.REQUEST_LATE)
    assert caught.value.fault == Fault("SMTPRecipientsRefused", 451)
    assert post.recipients == [TO]


async def test_somebody_who_does_not_exist_is_a_matter_for_a_person(letters: Letters) -> None:
    with mail_server(to_recipients=["550 5.1.1 No such user officer@council.example"]) as post:
        fault = await fault_of(post.settings(), letters)
    assert fault == Fault("SMTPRecipientsRefused", 550, final=True)
    assert TO not in str(fault)


async def test_a_message_that_is_refused_is_not_called_sent(letters: Letters) -> None:
    with mail_server(to_data=["554 5.7.1 Refused"]) as post:
        assert await fault_of(post.settings(), letters) == Fault("SMTPDataError", 554)
    assert post.taken == []


async def test_nobody_answers(letters: Letters) -> None:
    settings = SmtpSettings("127.0.0.1", free_ports(1)[0], Cover.NONE, FROM)
    assert await fault_of(settings, letters) == Fault("SMTPConnectError")


async def test_a_slow_server_is_given_up_on(letters: Letters) -> None:
    began = time.monotonic()
    with mail_server(seconds=1) as post:
        fault = await fault_of(post.settings(step_seconds=0.3), letters)
        assert fault == Fault("SMTPReadTimeoutError")
        assert time.monotonic() - began < 3
        assert post.taken == []


async def test_a_server_that_says_nothing_at_all_is_given_up_on(letters: Letters) -> None:
    done = asyncio.Event()

    async def silence(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fault = await fault_of(SmtpSettings("127.0.0.1", port, Cover.NONE, FROM, step_seconds=0.3), letters)
    done.set()
    server.close()
    assert fault == Fault("SMTPConnectTimeoutError")


async def test_a_server_that_goes_without_a_goodbye_has_taken_it_all_the_same(letters: Letters) -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while (line := await reader.readline()) != b".\r\n":
            command = line[:4].upper()
            if command in (b"EHLO", b"MAIL", b"RCPT"):
                writer.write(b"250 yes\r\n")
            elif command == b"DATA":
                writer.write(b"354 go on\r\n")
        writer.write(b"250 taken\r\n")
        await writer.drain()
        writer.transport.abort()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await SmtpSender(SmtpSettings("127.0.0.1", port, Cover.NONE, FROM), letters).send(TO, Template.SIGN_IN_NEEDED)
    server.close()


async def test_an_address_with_a_line_break_in_it_cannot_add_a_header(letters: Letters) -> None:
    with mail_server() as post:
        with pytest.raises(ValueError):
            await SmtpSender(post.settings(), letters).send(f"{TO}\r\nBcc: other@example.org", Template.SIGN_IN_NEEDED)
    assert post.taken == []


def test_an_address_of_a_mail_server_is_read() -> None:
    read = smtp_settings("smtp://ovos%40council:p%2Fw@mail.example", FROM)
    assert read == SmtpSettings("mail.example", 587, Cover.STARTTLS, FROM, "ovos@council", "p/w")
    assert replace(read, user=None, password=None) == smtp_settings("smtp://mail.example:587/", FROM)
    assert (
        smtp_settings("smtps://mail.example", FROM).port,
        smtp_settings("smtp+plain://mail.example", FROM).port,
    ) == (
        465,
        25,
    )
    assert "p/w" not in repr(read)


@pytest.mark.parametrize(
    "address",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:many",
        "smtp://mail.example/box",
        "smtp://mail.example?tls=none",
        "smtp+plain://ovos:s3cr3t@mail.example",
        "smtp://ovos:s3cr3t@[mail.example",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(SmtpSettingsError) as caught:
        smtp_settings(address, FROM)
    assert "s3cr3t" not in str(caught.value)
    assert "mail.example" not in str(caught.value)


@pytest.mark.parametrize("sender", ["", "voices", "Voices <voices@council.example>", "a@b\r\nBcc: c@d"])
def test_the_sender_is_one_address(sender: str) -> None:
    with pytest.raises(SmtpSettingsError):
        smtp_settings("smtp://mail.example", sender)
