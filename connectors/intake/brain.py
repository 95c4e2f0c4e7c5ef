"""The brain over HTTP, on loopback: one turn, a batch of texts to read, a conversation to forget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

TURN_SECONDS = 8.0
PARSE_SECONDS = 120.0
TOKEN_HEADER = "X-Ovos-Token"  # noqa: S105 - the header's name, not a token


Model = TypeVar("Model", bound=BaseModel)


class BrainDown(Exception):
    """Nothing answers at the brain's address."""


class BrainSlow(Exception):
    """The brain did not answer within the time limit."""


class BrainFailed(Exception):
    """The brain answered that the turn failed, or answered something that is no answer."""


class BrainButton(BaseModel):
    title: str
    payload: str
    icon: str | None = None


class BrainReply(BaseModel):
    key: str | None = None
    text: str
    easy: str | None = None
    buttons: list[BrainButton] = []


class BrainIntent(BaseModel):
    name: str
    confidence: float


class BrainForm(BaseModel):
    name: str
    asking: str | None = None
    slots: dict[str, Any] = {}


class BrainTurn(BaseModel):
    """What the brain says to one message."""

    message_id: str
    seen: bool
    intent: BrainIntent
    ranking: list[BrainIntent] = []
    replies: list[BrainReply]
    form: BrainForm | None = None
    new_session: bool = False


class Parsed(BaseModel):
    """What the brain reads in a text, without a conversation."""

    intent: BrainIntent
    ranking: list[BrainIntent]


class ParsedTexts(BaseModel):
    results: list[Parsed]


@dataclass(frozen=True)
class TurnRequest:
    """One message for the brain. `intent` is set when intake has decided what it means."""

    conversation_id: str
    message_id: str
    text: str
    intent: dict[str, Any] | None
    metadata: dict[str, Any]


class BrainClient:
    """Talks to one brain. Close it at the end."""

    def __init__(self, address: str, token: str, turn_seconds: float = TURN_SECONDS) -> None:
        self._address = address.rstrip("/")
        self._headers = {TOKEN_HEADER: token}
        self._turn_seconds = turn_seconds
        self._session: aiohttp.ClientSession | None = None

    async def turn(self, request: TurnRequest) -> BrainTurn:
        """Raises BrainDown, BrainSlow or BrainFailed; none of them carries text."""
        body = {
            "conversation_id": request.conversation_id,
            "message_id": request.message_id,
            "text": request.text,
            "intent": request.intent,
            "metadata": request.metadata,
        }
        return _read(BrainTurn, await self._post("turn", body, self._turn_seconds))

    async def parse(self, texts: list[str]) -> list[Parsed]:
        """What each text means to the brain, in order."""
        return _read(ParsedTexts, await self._post("parse", {"texts": texts}, PARSE_SECONDS)).results

    async def forget(self, conversation_id: str) -> None:
        """Delete all that Rasa holds of a conversation."""
        await self._post("forget", {"conversation_id": conversation_id}, self._turn_seconds)

    async def is_ready(self) -> bool:
        try:
            async with self._open().get(self._url("health"), headers=self._headers, timeout=_limit(2.0)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, path: str, body: dict[str, Any], seconds: float) -> Any:
        try:
            async with self._open().post(
                self._url(path), json=body, headers=self._headers, timeout=_limit(seconds)
            ) as answer:
                if answer.status != 200:
                    raise BrainFailed(f"the brain answered {answer.status}")
                return await answer.json()
        except aiohttp.ClientConnectorError as error:
            raise BrainDown from error
        except TimeoutError as error:
            raise BrainSlow from error
        except (aiohttp.ClientError, ValueError) as error:
            raise BrainFailed(type(error).__name__) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
        return self._session

    def _url(self, path: str) -> str:
        return f"{self._address}/webhooks/ovos/{path}"


def _limit(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds)


def _read(model: type[Model], answer: Any) -> Model:
    try:
        return model.model_validate(answer)
    except ValidationError:
        # Raised without its cause: pydantic's error would carry the words of the turn.
        raise BrainFailed("the brain's answer is not of the agreed form") from None
