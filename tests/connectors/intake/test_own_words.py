"""A young person and their own words, with no brain at all: who sees them, how long, a copy, deleting."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.privacy import retention
from bot.privacy.chat_words import chat_words
from bot.privacy.guessing import Visitor
from bot.privacy.sight import Newest, who_can_read, who_cannot, who_has_read
from bot.staff import audit as audit_log
from bot.staff.audit import Action
from bot.store import attachments, audit, conversations, erasure, erasures, holds, reads, records
from bot.store.models import Channel, Conversation, Message, MessageKind, RequestKind
from bot.store.reads import Reader
from bot.store.records import NewRequest
from bot.store.requests import Viewer
from bot.store.search import Search
from bot.store.seen import ACTIONS, How, Seen
from bot.store.staff_models import AuditEvent, Role
from connectors.intake.intake import Inbound
from connectors.webchat.receipts import ReceiptDesk
from console.permissions import GRANTED, Permission
from ovos.settings import temporary_settings
from ovos.web import House, build_app, load_designations, readers_of_chats
from tests.bot.store.people import hired
from tests.connectors.intake.test_screening_in_intake import alone as alone
from tests.connectors.intake.test_screening_in_intake import lines, open_house, press, raised, say, settle, start

SECRET = "my grey umbrella is broken"


async def log_of(house: House) -> list[AuditEvent]:
    async with house.store.look() as work:
        return await audit.newest(work, audit.Filter())


async def is_there(house: House, conversation_id: str) -> bool:
    async with house.store.look() as work:
        return await work.session.get(Conversation, conversation_id) is not None


def in_a_while() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=retention.rules().undo_minutes, seconds=1)


async def test_deleting_is_asked_twice_can_be_undone_and_then_happens(alone: House) -> None:
    conversation_id = await start(alone)
    await say(alone, conversation_id, SECRET)
    check = await say(alone, conversation_id, "Delete my words!")
    assert [line.key for line in check] == ["delete_check", "delete_check_sure"]
    assert (await press(alone, conversation_id, "No, keep it"))[0].key == "delete_kept"
    await say(alone, conversation_id, "/delete")
    waits = await press(alone, conversation_id, "Yes, delete it")
    minutes = str(retention.rules().undo_minutes)
    assert waits[0].key == "delete_waits"
    assert minutes in waits[0].text
    assert (await press(alone, conversation_id, "Stop, keep it"))[0].key == "delete_undone"
    await alone.retention_clock.round(in_a_while())
    assert await is_there(alone, conversation_id), "it was undone"
    await say(alone, conversation_id, "/delete")
    await press(alone, conversation_id, "Yes, delete it")
    await alone.retention_clock.round(datetime.now(UTC))
    assert await is_there(alone, conversation_id), "there is time to undo it"
    await alone.retention_clock.round(in_a_while())
    assert not await is_there(alone, conversation_id)
    assert "erased" in [event.action for event in await log_of(alone)]


async def test_what_must_stay_is_said_before_and_stays(alone: House) -> None:
    conversation_id = await start(alone)
    for n in range(4):
        await say(alone, conversation_id, f"{SECRET} {n}")
    await say(alone, conversation_id, "im gonna kill myself tonight")
    assert await raised(alone, conversation_id)
    who = Inbound(conversation_id, Channel.WEB, "who-1", "Who can see this?", MessageKind.WHO_CAN_SEE)
    await alone.intake.receive(who)
    await settle(alone, conversation_id)
    await press(alone, conversation_id, "How long is it kept?")
    check = await press(alone, conversation_id, "Delete my words")
    assert "delete_check_record" in [line.key for line in check]
    await press(alone, conversation_id, "Yes, delete it")
    await alone.retention_clock.round(in_a_while())
    mine = [line.text for line in await lines(alone, conversation_id) if line.author == "me"]
    assert "im gonna kill myself tonight" in mine
    assert f"{SECRET} 0" not in mine


async def test_with_a_hold_it_says_that_it_cannot(alone: House) -> None:
    conversation_id = await start(alone)
    await say(alone, conversation_id, SECRET)
    officer = await hired(alone.store, role=Role.DATA_PROTECTION)
    async with alone.store.begin() as work:
        await holds.hold(work, conversation_id, "a court", officer)
    assert [line.key for line in await say(alone, conversation_id, "/delete")] == ["delete_held"]


async def test_how_long_is_told_from_the_rules_with_the_day(alone: House) -> None:
    conversation_id = await start(alone)
    await say(alone, conversation_id, SECRET)
    who = Inbound(conversation_id, Channel.WEB, "who-1", "Who can see this?", MessageKind.WHO_CAN_SEE)
    await alone.intake.receive(who)
    await settle(alone, conversation_id)
    said = " ".join(line.text for line in await press(alone, conversation_id, "How long is it kept?"))
    goes = datetime.now(UTC) + timedelta(days=retention.rules().chat_days)
    assert f"{retention.rules().chat_days} days" in said
    assert f"{goes:%A} {goes.day} {goes:%B}" in said


async def test_who_has_read_it_is_told_from_the_log_by_role_and_day(alone: House) -> None:
    conversation_id = await start(alone)

    async def asked(client_id: str) -> str:
        who = Inbound(conversation_id, Channel.WEB, client_id, "Who can see this?", MessageKind.WHO_CAN_SEE)
        stored = await alone.intake.receive(who)
        await settle(alone, conversation_id)
        said = await lines(alone, conversation_id, stored.position)
        return next(line.text for line in said if line.key == "who_has_read")

    assert await asked("who-1") == chat_words().nobody_read.text, "asked before anything is sent"
    await say(alone, conversation_id, SECRET)
    officer = await hired(alone.store, role=Role.PARTICIPATION_OFFICER)
    async with alone.store.begin() as work:
        newest = (await conversations.by_id(work, conversation_id)).said_position
        await reads.note_read(work, conversation_id, officer, newest)
    told = await asked("who-2")
    assert told.startswith("The participation team opened it on ")
    assert "Asha Patel" not in told


async def test_who_has_read_it_names_lent_readers_the_data_officer_and_who_saw_a_part_as_the_log_has_them(
    alone: House,
) -> None:
    conversation_id = await start(alone)

    async def asked() -> str:
        client_id = f"who-{len(await log_of(alone))}"
        who = Inbound(conversation_id, Channel.WEB, client_id, "Who can see this?", MessageKind.WHO_CAN_SEE)
        stored = await alone.intake.receive(who)
        await settle(alone, conversation_id)
        said = await lines(alone, conversation_id, stored.position)
        return next(line.text for line in said if line.key == "who_has_read")

    async def logged(action: Action, actor: str, subject: tuple[str, str], details: dict[str, int]) -> None:
        async with alone.store.begin() as work:
            await audit_log.note(work, actor, action, *subject, details)

    await say(alone, conversation_id, SECRET)
    keeper = await hired(alone.store, role=Role.DATA_PROTECTION)
    chat = ("conversation", conversation_id)
    await logged(Action.KEEPING_LOOKED_AT, keeper, chat, {})
    told = await asked()
    assert told.startswith(chat_words().nobody_read.text)
    assert "People who look after your data looked at how long it is kept, on " in told
    assert "Your words do not show there." in told

    desk = ReceiptDesk(alone.store, alone.wording.receipt_words, alone.wording)
    words, _ = await desk.lending.lend(conversation_id)
    await desk.open(" ".join(words), Visitor(), None)
    told = await asked()
    assert chat_words().nobody_read.text not in told, "somebody could read all of it"
    assert "Someone used the words that you lent, on " in told
    await desk.lending.take_back(conversation_id)
    lent, _ = await desk.lending.lend(conversation_id)
    await desk.open(" ".join(lent), Visitor(), None)
    assert "Someone used the words that you lent 2 times. The last time was " in await asked()

    await logged(Action.SUBJECT_ACCESS_MADE, keeper, chat, {"found": 3})
    await logged(Action.SUBJECT_ACCESS_MADE, audit_log.SERVICE, chat, {"found": 3})
    await logged(Action.TRANSCRIPT_OPENED, keeper, chat, {"up_to": 2})
    await logged(Action.SUBJECT_ACCESS_MADE, keeper, ("conversation", "f" * 32), {"found": 3})
    told = await asked()
    assert told.count("People who look after your data made a copy of all of it on ") == 1
    assert "Someone who runs this system made a copy of all of it on " in told
    assert "People who look after your data opened part of it on " in told
    assert set(ACTIONS) <= {action.value for action in Action}


def test_newest_words_are_not_said_to_be_unseen_where_somebody_may_have_seen_them() -> None:
    words, at = chat_words(), datetime.now(UTC)
    officer = Reader(Role.PARTICIPATION_OFFICER, 4, at)
    later = Newest(9, at + timedelta(hours=1))
    copied = Seen(How.COPY, Role.DATA_PROTECTION, at + timedelta(hours=2), 1)
    looked = Seen(How.KEEPING, Role.DATA_PROTECTION, at + timedelta(hours=2), 1)
    unseen = words.has_read_some.text
    assert unseen in who_has_read(words, [officer], [], later).text
    assert unseen in who_has_read(words, [officer], [looked], later).text
    assert unseen not in who_has_read(words, [officer], [copied], later).text
    assert unseen not in who_has_read(words, [officer], [], Newest(4, at)).text


def test_who_can_see_this_follows_the_permissions_and_the_other_text_says_the_same() -> None:
    may_read = readers_of_chats()
    assert may_read == {role for role in Role if Permission.READ_TRANSCRIPTS in GRANTED[role]}
    words = chat_words()
    said = who_can_read(words, may_read)
    assert all((words.can_read[role].text in said.text) == (role in may_read) for role in Role)
    assert words.cannot_read[Role.COUNCILLOR].text in who_cannot(words, may_read).text
    assert words.cannot_read[Role.COUNCILLOR].text not in who_cannot(words, {*may_read, Role.COUNCILLOR}).text
    domain = (Path(__file__).parents[3] / "domain.yml").read_text()
    assert f'"{said.text}"' in domain, "utter_privacy_who says what the permissions say"


async def test_a_copy_is_a_page_and_data_for_the_holder_of_the_token_and_nobody_else(tmp_path: Path) -> None:
    settings = temporary_settings(tmp_path)
    async with open_house(settings) as house:
        opened = await house.intake.open(Channel.WEB, load_designations())
        await say(house, opened.conversation.id, f"<b>{SECRET}</b>")
        async with house.store.begin() as work:
            mine_id = await work.session.scalar(select(Message.id))
            new = NewRequest(str(mine_id), opened.conversation.id, RequestKind.CONTACT, "personal_adviser")
            await attachments.attach(work, (await records.add_request(work, new)).id, "A note for my PA")
        async with TestClient(TestServer(build_app(settings, house))) as client:
            mine = {"Authorization": f"Bearer {opened.token}"}
            page = await client.post("/chat/api/copy", json={"form": "page"}, headers=mine)
            assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
            assert "copy.html" in page.headers["Content-Disposition"]
            text = await page.text()
            assert f"&lt;b&gt;{SECRET}&lt;/b&gt;" in text, "words are never markup"
            assert f"{chat_words().copy_page.attached}\nA note for my PA" in text
            data = json.loads(await (await client.post("/chat/api/copy", json={"form": "data"}, headers=mine)).text())
            assert [row["text"] for row in data["messages"]] == [f"<b>{SECRET}</b>"]
            assert [row["text"] for row in data["request_attachments"]] == ["A note for my PA"]
            assert opened.token not in json.dumps(data)
            assert not [key for rows in data.values() for row in rows for key in row if "hash" in key]
            for headers in ({}, {"Authorization": "Bearer somebody-else"}):
                assert (await client.post("/chat/api/copy", json={"form": "page"}, headers=headers)).status == 409
            assert (await client.post("/chat/api/copy", json={"form": "everything"}, headers=mine)).status == 400
        taken = [event for event in await log_of(house) if event.action == "copy_taken"]
        assert len(taken) == 2
        assert SECRET not in repr([event.details for event in taken])


async def test_after_a_deletion_a_browser_without_sockets_is_told_the_same_as_one_with_them(tmp_path: Path) -> None:
    settings = temporary_settings(tmp_path)
    async with open_house(settings) as house:
        opened = await house.intake.open(Channel.WEB, load_designations())
        await say(house, opened.conversation.id, SECRET)
        await say(house, opened.conversation.id, "/delete")
        await press(house, opened.conversation.id, "Yes, delete it")
        await house.retention_clock.round(in_a_while())
        async with TestClient(TestServer(build_app(settings, house))) as client:

            async def told(token: str) -> list[str]:
                mine = {"Authorization": f"Bearer {token}"}
                frame = {"type": "say", "id": "12345678", "text": "hello"}
                polled = await client.get("/chat/api/poll?after=3", headers=mine)
                sent = await client.post("/chat/api/send", json=frame, headers=mine)
                again = await client.post("/chat/api/hello", json={"type": "hello", "token": token})
                assert {polled.status, sent.status, again.status} == {409}
                by_socket = await client.ws_connect("/chat/ws")
                await by_socket.send_json({"type": "hello", "token": token})
                frames = [*(await polled.json())["frames"], *(await sent.json())["frames"], await again.json()]
                frames.append(await by_socket.receive_json(timeout=5))
                assert {one["type"] for one in frames} == {"closed"}
                return [one["text"] for one in frames]

            assert await told(opened.token) == [chat_words().erased] * 4
            assert await told("somebody-else") == [house.wording.notices.errors.unknown_session] * 4


@pytest.mark.parametrize("text", ["delete my account on insta", "i want to delete my words from the report card"])
async def test_only_a_whole_message_that_asks_for_it_is_taken_for_it(alone: House, text: str) -> None:
    conversation_id = await start(alone)
    said = await say(alone, conversation_id, text)
    assert "delete_check" not in [line.key for line in said]


async def test_the_brain_is_asked_to_forget_until_it_has(
    alone: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation_id, asked = await start(alone), []
    await say(alone, conversation_id, SECRET)
    await say(alone, conversation_id, "/delete")
    await press(alone, conversation_id, "Yes, delete it")
    await alone.retention_clock.round(in_a_while())
    async with alone.store.look() as work:
        assert [one for _, one in await erasures.unforgotten(work)] == [conversation_id], "the brain was not there"

    async def forget(one: str) -> None:
        asked.append(one)

    monkeypatch.setattr(alone.brain, "forget", forget)
    for _ in range(2):
        await alone.retention_clock.round(in_a_while())
    assert asked == [conversation_id]


async def test_the_search_in_memory_forgets_what_was_deleted(alone: House) -> None:
    conversation_id = await start(alone)
    await say(alone, conversation_id, "xylophone marmalade")
    officer = await hired(alone.store)
    search = alone.retention_clock.search = Search(alone.store)
    viewer = Viewer(officer, Role.PARTICIPATION_OFFICER)
    assert len((await search.find(viewer, "xylophone")).hits) == 1
    async with alone.store.begin() as work:
        await erasure.delete_whole(work, conversation_id)
    assert await search.forget_what_is_gone() == 1, "another process deleted it"
    assert (await search.find(viewer, "xylophone")).hits == []
    assert hash("xylophone") not in search._index._where
