"""Notifications by SMS and e-mail through GOV.UK Notify. The words are in its own templates, which have ((address))."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import requests
from notifications_python_client.errors import HTTPError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient

from bot.staff.notify import Letters, Undelivered
from bot.store.notifications import Fault, Template
from bot.store.staff_models import NotificationChannel

GOV_UK_NOTIFY = "https://api.notifications.service.gov.uk"
STEP_SECONDS = 10  # for connecting and for each wait on the answer
WRONG_REQUEST = 400

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY = re.compile(rf".*{_UUID}-{_UUID}")


class NotifySettingsError(ValueError):
    """GOV.UK Notify cannot be used like this. The text never quotes the key."""


@dataclass(frozen=True)
class NotifySettings:
    """An API key of GOV.UK Notify and the ids of the council's own templates there."""

    key: str = field(repr=False)
    sms_template: str | None = None
    email_template: str | None = None
    address: str = GOV_UK_NOTIFY
    step_seconds: float = STEP_SECONDS

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise NotifySettingsError("the API key is a name, a service id and a secret, joined by hyphens")
        if not (self.sms_template or self.email_template):
            raise NotifySettingsError("there is no template: set one for SMS or e-mail")

    def template_for(self, channel: NotificationChannel) -> str | None:
        templates = {NotificationChannel.EMAIL: self.email_template, NotificationChannel.SMS: self.sms_template}
        return templates.get(channel)


class NotifySender:
    """Sends by one channel. GOV.UK Notify is told the number or address and where to sign in, and nothing else."""

    def __init__(self, settings: NotifySettings, channel: NotificationChannel, letters: Letters) -> None:
        """Raises NotifySettingsError when there is no template for the channel."""
        template = settings.template_for(channel)
        if template is None:
            raise NotifySettingsError("there is no template for this channel")
        self._settings = settings
        self._channel = channel
        self._template = template
        self._personal = {"address": letters.sign_in_address}

    async def send(self, to: str, template: Template) -> None:
        """Return once GOV.UK Notify has taken it. Raises Undelivered.

        `template` must be one of ours, and all of them read alike there. A try that is given up on after its time may
        still go out: its thread cannot be stopped.
        """
        Template(template)
        try:
            await asyncio.to_thread(self._post, to)
        except HTTPError as error:
            raise Undelivered(_fault(error)) from None
        except InvalidResponse:
            # It was taken: only the receipt cannot be read.
            return

    def _post(self, to: str) -> None:
        # A client of its own each time: the class is not made for several threads.
        client: Any = NotificationsAPIClient(  # type: ignore[no-untyped-call]
            self._settings.key, base_url=self._settings.address, timeout=self._settings.step_seconds
        )
        with client.request_session as session:
            session.max_redirects = 0
            if self._channel is NotificationChannel.SMS:
                client.send_sms_notification(to, self._template, personalisation=self._personal)
            else:
                client.send_email_notification(to, self._template, personalisation=self._personal)


def _fault(error: HTTPError) -> Fault:
    """400 is a number that is none or a template that is not there: a person must look. All else may mend itself."""
    cause = error.__cause__
    if error.response is None and isinstance(cause, requests.RequestException):
        return Fault(type(cause).__name__)
    return Fault(type(error).__name__, error.status_code, final=error.status_code == WRONG_REQUEST)
