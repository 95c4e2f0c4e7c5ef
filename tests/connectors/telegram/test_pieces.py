"""The small parts by themselves: reading an update, cutting a text, giving out turns, settings, the doctor, logs."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import NetworkError

from bot.store import Store, conversations, erasure, messages, telegram, telegram_starts, web_links
from bot.store.messages import NewMessage
from bot.store.models import Author, Channel, now
from bot.store.outbox import Button
from bot.store.rotation import sealed_columns
from bot.store.telegram import ToSend
from bot.store.telegram_starts import Start
from connectors.telegram.api import ApiSettings, build_bot, raw_updates, send
from connectors.telegram.arrived import Said, Unreadable, arrived
from connectors.telegram.pace import Pace, Rank
from connectors.telegram.polling import Poller
from connectors.telegram.shown import LONGEST, Key, keys_of, length, split
from ovos.doctor import Mark, _telegram
from ovos.logs import set_up_logs
from ovos.settings import Settings, SettingsError, TelegramEnvironment, temporary_settings
from ovos.telegram import telegram_settings
from tests.connectors.telegram.bot_api import TOKEN, Person, bot_api


def said(text: str) -> Said:
    chat = {"id": 5, "type": "private", "first_name": "N"}
    one = arrived({"update_id": 1, "message": {"message_id": 2, "chat": chat, "date": 1, "text": text}})
    assert isinstance(one, Said)
    return one


@pytest.mark.parametrize(
    ("text", "command", "more"),
    [
        ("/stop", "stop", False),
        ("/STOP@messages_test_bot  ", "stop", False),
        ("/safe please help", "safe", True),
        ("/delete\nall of it", "delete", True),
        ("/privacy_ask", None, False),
        ("stop", None, False),
        ("say /stop", None, False),
        ("/", None, False),
    ],
)
def test_a_command_is_told_from_words_and_words_behind_it_are_kept(text: str, command: str | None, more: bool) -> None:
    one = said(text)
    assert (one.text, one.command, one.more) == (text, command, more)


@pytest.mark.parametrize("behind", ["", "web-", "web-i want to die", "hello", "web-" + "x" * 42, "web-" + "x" * 44])
def test_only_a_whole_code_behind_start_is_taken_for_one_and_it_stands_nowhere_else(behind: str) -> None:
    assert said(f"/start {behind}").code is None
    code = "web-" + "aA0_-" * 8 + "xyz"
    one = said(f"/start@messages_test_bot  {code} ")
    assert (one.code, one.text, one.command, one.more) == (code, "/start", "start", False)
    assert code not in repr(one)
    assert said(f"/help {code}").code is None
    assert said(code).code is None


NAMES = ["update_id", "message", "chat", "id", "type", "text", "from", "data", "callback_query"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=12,
)


@settings(max_examples=60)
@given(ANYTHING)
def test_whatever_comes_is_read_or_refused_and_never_quoted(raw: Any) -> None:
    refused = None
    try:
        arrived(raw if isinstance(raw, dict) else {"message": raw})
    except Unreadable as error:
        refused = error
    assert refused is None or (str(refused), refused.__suppress_context__) == ("", True)


@given(st.text(alphabet=st.sampled_from("ab .!?\n🙂é"), max_size=12_000))
def test_a_text_is_cut_into_pieces_that_telegram_takes_and_loses_nothing_but_blanks(text: str) -> None:
    pieces = list(split(text))
    assert all(0 < length(piece) <= LONGEST for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_what_telegram_does_by_itself_has_no_button_and_the_others_keep_their_numbers() -> None:
    pairs = (("Copy this note", "intake:clip"), ("Get a copy", "intake:copy"), ("More", "/help_menu"))
    buttons = tuple(Button(title, payload) for title, payload in pairs)
    said = ToSend("i", 7, 0, "turn", Author.SERVICE, None, None, "A note", buttons, None)
    assert keys_of([said], "Web page", frozenset(), "tag") == [Key("Get a copy", None), Key("More", "7:2:tag")]


async def test_turns_are_given_at_telegrams_pace_safety_first_and_not_at_all_while_it_says_wait() -> None:
    pace, order = Pace(speed=10), []

    async def one(chat: str, rank: Rank) -> None:
        await pace.turn(chat, rank)
        order.append((chat, rank, time.monotonic()))

    pace.hold(2)
    began = time.monotonic()
    others = [one(f"chat {n}", Rank.MESSAGE) for n in range(60)]
    await asyncio.gather(*others, one("same", Rank.MESSAGE), one("same", Rank.MESSAGE), one("safe", Rank.SAFETY))
    assert order[0][0] == "safe"
    assert order[0][2] - began >= 0.19, "it waits as long as it was told"
    assert order[-1][2] - order[0][2] >= 62 / 300 * 0.95, "30 a second, at ten times the speed"
    first, second = (at for chat, _, at in order if chat == "same")
    assert second - first >= 0.099


async def test_a_chat_with_a_safety_reply_goes_before_others_with_what_it_had_in_line_already() -> None:
    pace, order = Pace(speed=10), []

    async def wants(chat: str) -> None:
        await pace.turn(chat)
        order.append(chat)

    asked = [asyncio.create_task(wants(f"chat {n}")) for n in range(12)]
    await asyncio.sleep(0)
    pace.hurry("chat 11")
    pace.hurry("nobody")
    await asyncio.gather(*asked)
    assert order.index("chat 11") <= 1
    assert [chat for chat in order if chat != "chat 11"] == [f"chat {n}" for n in range(11)]


async def test_of_what_came_together_chats_that_say_danger_are_taken_first_and_each_chat_in_its_order(
    sqlite_store: Store,
) -> None:
    taken: list[tuple[int, str]] = []

    class Notes:
        """Where the poller hands things on to."""

        def sounds_urgent(self, words: str) -> bool:
            return "hits me" in words

        async def take(self, one: Said) -> None:
            taken.append((one.chat_id, one.text))

    async with bot_api() as api:
        people = [Person(api, number) for number in range(1, 30)]
        for person in people:
            person.says("hello")
        for person in people:
            person.says("he hits me" if person.chat == 20 else "and that was all")
        api.push(message={"something": "else"})
        async with build_bot(ApiSettings(TOKEN, api.base_url)) as bot:
            poller = Poller(bot, sqlite_store, Notes())  # type: ignore[arg-type]
            assert await poller.poll()
    assert taken[:2] == [(20, "hello"), (20, "he hits me")]
    others = [
        *((n, "hello") for n in range(1, 30) if n != 20),
        *((n, "and that was all") for n in range(1, 30) if n != 20),
    ]
    assert taken[2:] == others


async def test_a_code_opens_one_conversation_once_for_ten_minutes_and_binds_one_chat_to_it(store: Store) -> None:
    at = now()
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.WEB, ["calm otter", "bright fern"])
        mine = opened.conversation
        await messages.store(work, NewMessage(mine.id, Channel.WEB, "one", "hello"))
        old, code = [await telegram_starts.make(work, mine.id, at) for _ in range(2)]
    assert old is not None
    assert code is not None
    async with store.begin() as work:
        assert await telegram_starts.find(work, old, at) == Start(mine.id, is_open=False)
        assert await telegram_starts.find(work, code, at) == Start(mine.id, is_open=True)
        assert await telegram_starts.find(work, code, at + telegram_starts.LASTS) == Start(mine.id, is_open=False)
        assert await telegram_starts.find(work, "web-" + "x" * 43, at) is None
        assert not await telegram_starts.use(work, code, at + telegram_starts.LASTS)
        assert await telegram_starts.use(work, code, at)
        assert not await telegram_starts.use(work, code, at)
        for number in (7_700_900_001, 7_700_900_002):
            await telegram.carry(work, await telegram.chat_hash(work, number), number, mine)
    async with store.begin() as work:
        assert await telegram.find(work, await telegram.chat_hash(work, 7_700_900_001)) is None
        chat = await telegram.find(work, await telegram.chat_hash(work, 7_700_900_002))
        conversation = await conversations.by_id(work, mine.id)
        assert chat is not None
        assert (chat.conversation_id, chat.passed, chat.sent_up_to) == (mine.id, True, 1)
        assert conversation.channel == Channel.TELEGRAM
        assert await telegram.is_settled(work, chat)
        assert await telegram.holds_words(work, mine.id)
        await telegram.note_blocked(work, chat.chat_hash)
        empty = await conversations.open_conversation(work, Channel.TELEGRAM, ["still heron", "quick wren"])
        assert not await telegram.holds_words(work, empty.conversation.id)
        # A chat that had another conversation goes over to this one.
        await telegram.bind(work, "f" * 64, 5, empty.conversation.id)
        await telegram.carry(work, "f" * 64, 5, conversation)
        assert await telegram.reaches(work, mine.id)
        assert not await telegram.reaches(work, empty.conversation.id)


async def test_a_link_opens_one_conversation_once_and_for_an_hour(store: Store) -> None:
    at = now()
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.TELEGRAM, ["calm otter", "bright fern"])
        token, old = [await web_links.make(work, opened.conversation.id, at) for _ in range(2)]
    async with store.begin() as work:
        assert await web_links.use(work, token, at) == opened.conversation.id
        assert await web_links.use(work, token, at) is None
        assert await web_links.use(work, old, at + web_links.LASTS) is None
        assert await web_links.use(work, "x" * 43, at) is None


async def test_the_number_of_a_chat_is_sealed_and_goes_with_its_conversation(store: Store) -> None:
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.TELEGRAM, ["calm otter", "bright fern"])
        hashed = await telegram.chat_hash(work, 7700900123)
        chat = await telegram.bind(work, hashed, 7700900123, opened.conversation.id)
        await web_links.make(work, opened.conversation.id, now())
        assert "7700900123" not in str(vars(chat))
        assert await telegram.chat_number(work, chat) == 7700900123
    async with store.begin() as work:
        await erasure.erase(work, opened.conversation.id)
        assert await telegram.find(work, hashed) is None
    assert ("telegram_chats", "chat_sealed") in [(table.name, column) for table, column in sealed_columns()]


def on(plain: Settings, **more: str) -> Settings:
    given = {"telegram_token": TOKEN, **more}
    return replace(plain, public_address="https://v.example", telegram=TelegramEnvironment(**given))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"telegram_token": "hello"}, "OVOS_TELEGRAM_TOKEN"),
        ({"telegram_webhook": "perhaps"}, "OVOS_TELEGRAM_WEBHOOK"),
        ({"telegram_webhook_secret": "a b"}, "OVOS_TELEGRAM_WEBHOOK_SECRET"),
        ({"telegram_base_url": "http://elsewhere.example/bot"}, "OVOS_TELEGRAM_BASE_URL"),
    ],
)
def test_a_wrong_setting_gets_one_line_that_names_it_and_does_not_quote_it(
    tmp_path: Path, more: dict[str, str], named: str
) -> None:
    wrong = on(temporary_settings(tmp_path), **more)
    with pytest.raises(SettingsError, match=named) as refused:
        telegram_settings(wrong)
    assert not [value for value in more.values() if value in str(refused.value).split(".")[0].split()]
    with pytest.raises(SettingsError, match="OVOS_ADDRESS"):
        telegram_settings(replace(on(temporary_settings(tmp_path)), public_address=""))


async def test_the_doctor_says_whether_it_is_off_on_unknown_to_telegram_or_not_reached(tmp_path: Path) -> None:
    off = temporary_settings(tmp_path)
    assert (await _telegram(off)).mark is Mark.GOOD
    assert "off" in (await _telegram(off)).say
    async with bot_api() as api:
        good = await _telegram(on(off, telegram_base_url=api.base_url))
        assert (good.mark, good.say) == (Mark.GOOD, "on, by long polling")
        wrong = await _telegram(on(off, telegram_token="1:" + "x" * 30, telegram_base_url=api.base_url))
        assert "@BotFather" in wrong.say
        base = api.base_url
    gone = await _telegram(on(off, telegram_base_url=base))
    assert (gone.mark, "cannot be reached" in gone.say) == (Mark.LOOK, True)
    assert (await _telegram(on(off, telegram_webhook="maybe"))).mark is Mark.BAD


async def test_not_even_with_every_log_turned_up_is_the_token_or_a_word_written(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    caplog.set_level(logging.DEBUG)
    try:
        async with bot_api() as api:
            bot = build_bot(ApiSettings(TOKEN, api.base_url))
            set_up_logs("web")
            root.setLevel(logging.DEBUG)
            root.addHandler(caplog.handler)
            async with bot:
                api.push(message={"message_id": 1, "from": {"first_name": "Wilhelmina"}, "text": "purple umbrella"})
                assert json.dumps(await raw_updates(bot, None)).count("purple umbrella") == 1
                await send(bot, 77009001, "yellow bicycle", [], None)
            with pytest.raises(NetworkError):
                await build_bot(ApiSettings(TOKEN, "http://127.0.0.1:9/bot")).get_me()
        written = "".join(capfd.readouterr()) + caplog.text
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
    assert not [
        w for w in (TOKEN, TOKEN.split(":")[1], "umbrella", "bicycle", "77009001", "Wilhelmina") if w in written
    ]
