"""Data protection in the console: a hold, a bundle, deleting, and what is in the case record; all of it in the log."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

from bot.privacy import erasing
from bot.privacy.happened import LogLine
from bot.store import Work, audit, conversations, notes, seen
from bot.store.messages import NewMessage, store
from bot.store.models import Alert, Channel, Conversation, Request, RequestKind, RequestState, Severity
from bot.store.seen import How
from bot.store.staff_models import Role
from tests.console.conftest import Client, Desk

PAGE = "/console/data-protection"


async def a_chat(desk: Desk, name: str = "Quiet Otter", *, alert: bool = False) -> str:
    async with desk.store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.WEB, [name])
        sent = await store(
            work, NewMessage(opened.conversation.id, Channel.WEB, name, "my mate Zubair is on 07700 900123")
        )
        if alert:
            raised = Alert(
                message_id=sent.id,
                conversation_id=opened.conversation.id,
                severity=Severity.SAME_DAY,
                category="bullying",
                score=1.0,
                screening_version="t",
            )
            work.session.add(raised)
        return opened.conversation.id


async def actions_of(desk: Desk) -> list[str]:
    async with desk.store.look() as work:
        return [event.action for event in await audit.newest(work, audit.Filter())]


async def nothing(_work: Work, _line: LogLine) -> None:
    """Keeps no log."""


async def run_deletions(desk: Desk) -> int:
    return len(await erasing.run_due(desk.store, datetime.now(UTC) + timedelta(days=1), nothing))


async def officer(desk: Desk) -> Client:
    client = await desk.signed_in(Role.DATA_PROTECTION)
    await client.text(PAGE)
    return client


async def test_a_chat_is_found_by_its_name_and_one_that_is_not_there_is_one_clear_line(desk: Desk) -> None:
    conversation_id, client = await a_chat(desk), await officer(desk)
    assert "No hold stops a deletion" in await client.text(PAGE)
    found = await client.post(f"{PAGE}/find", designation="  quiet   OTTER ")
    assert found.headers["Location"] == f"{PAGE}/{conversation_id}"
    missing = await client.post(f"{PAGE}/find", designation="No Body")
    assert missing.status == 400
    assert "There is no chat of that name" in await missing.text()


async def test_a_hold_has_a_reason_stops_the_deletion_and_is_logged(desk: Desk) -> None:
    conversation_id, client = await a_chat(desk), await officer(desk)
    assert (await client.post(f"{PAGE}/{conversation_id}/hold", reason="short")).status == 400
    await client.post(f"{PAGE}/{conversation_id}/hold", reason="A court has asked for this chat.")
    page = await client.text(PAGE)
    assert "A court has asked for this chat." in page
    refused = await client.post(f"{PAGE}/{conversation_id}/delete", sure="yes")
    assert (refused.status, await run_deletions(desk)) == (409, 0)
    lift = page.split("/holds/")[1].split("/")[0]
    await client.post(f"{PAGE}/holds/{lift}/lift")
    assert (await client.post(f"{PAGE}/holds/{lift}/lift")).status == 404
    assert (await client.post(f"{PAGE}/{conversation_id}/delete", sure="yes")).status == 303
    assert await run_deletions(desk) == 1
    async with desk.store.look() as work:
        assert await work.session.get(Conversation, conversation_id) is None
    assert {"hold_set", "hold_lifted", "erasure_asked"} <= set(await actions_of(desk))


async def test_a_deletion_is_asked_twice_and_can_be_undone(desk: Desk) -> None:
    conversation_id, client = await a_chat(desk), await officer(desk)
    assert (await client.post(f"{PAGE}/{conversation_id}/delete")).status == 400
    await client.post(f"{PAGE}/{conversation_id}/delete", sure="yes")
    assert "It will be deleted after" in await client.text(f"{PAGE}/{conversation_id}")
    await client.post(f"{PAGE}/{conversation_id}/keep")
    assert await run_deletions(desk) == 0


async def test_a_bundle_holds_everything_without_the_names_of_others_unless_that_is_asked_for(desk: Desk) -> None:
    conversation_id, client = await a_chat(desk), await officer(desk)
    assert client.account is not None
    async with desk.store.begin() as work:
        await notes.write(work, conversation_id, client.account.id, "Rang her carer Natasha today.")

    async def taken(**fields: str) -> tuple[str, dict[str, object]]:
        answer = await client.post(f"{PAGE}/{conversation_id}/bundle", **fields)
        assert (answer.status, answer.content_type) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as file:
            return file.read("bundle.html").decode(), json.loads(file.read("bundle.json"))

    page, data = await taken()
    assert "Natasha" not in page
    assert "07700" not in page + json.dumps(data)
    assert {"conversations", "messages", "notes"} <= set(data["tables"])  # type: ignore[call-overload]
    assert "token_hash" not in json.dumps(data)
    whole, _ = await taken(whole="yes")
    assert "Natasha" in whole
    assert (await actions_of(desk)).count("subject_access_made") == 2
    # Its young person can see both that copies were made and that somebody looked at how long it is kept.
    await client.text(f"{PAGE}/{conversation_id}")
    async with desk.store.look() as work:
        told = [(one.how, one.role, one.times) for one in await seen.seen(work, conversation_id)]
    assert told == [(How.COPY, Role.DATA_PROTECTION, 2), (How.KEEPING, Role.DATA_PROTECTION, 1)]


async def test_what_is_put_into_the_case_record_leaves_the_list_and_only_who_said_so_takes_it_back(desk: Desk) -> None:
    conversation_id = await a_chat(desk, alert=True)
    async with desk.store.begin() as work:
        sent = await store(work, NewMessage(conversation_id, Channel.WEB, "r", "ring me"))
        done = Request(
            message_id=sent.id,
            conversation_id=conversation_id,
            number=1,
            kind=RequestKind.CONTACT,
            who="social_worker",
            words=[sent.id],
            state=RequestState.DONE,
        )
        work.session.add(done)
    lead, other = await desk.signed_in(Role.SAFEGUARDING_LEAD), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    page = await lead.text("/console/case-record")
    assert page.count("It is there<") == 2
    path = next(part.split('"')[0] for part in page.split('action="') if "/alert/" in part)
    assert (await lead.post(path)).status == 303
    assert (await lead.text("/console/case-record")).count("It is there<") == 1
    assert (await lead.post(path)).status == 404, "it is not on the list any more"
    undo = path.removesuffix("done") + "undo"
    await other.text("/console/case-record")
    assert (await other.post(undo)).status == 404
    assert (await lead.post(undo)).status == 303
    assert (await lead.text("/console/case-record")).count("It is there<") == 2
    assert {"put_into_record", "taken_out_of_record"} <= set(await actions_of(desk))
