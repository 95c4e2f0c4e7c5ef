"""Officers read, answer, note, hide and search: what the console does with real requests and a real store."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.screening.categories import CATEGORIES
from bot.staff import audit
from bot.store import (
    Store,
    conversations,
    drafts,
    handover,
    messages,
    notes,
    outbox,
    reads,
    redactions,
)
from bot.store.models import Author, Channel, Severity
from bot.store.staff_models import AuditEvent, Role
from bot.store.staff_replies import LONGEST_REPLY
from tests.bot.store.talk import asked_for, chat, flagged, wrote
from tests.console.conftest import Client, Desk

OFFICER = Role.PARTICIPATION_OFFICER
INBOX = "/console/inbox"


def me(client: Client) -> str:
    assert client.account is not None
    return client.account.id


async def said(store: Store, conversation_id: str) -> list[outbox.TimelineItem]:
    async with store.look() as work:
        return await outbox.timeline(work, conversation_id, 0)


async def logged(store: Store, *actions: audit.Action) -> list[tuple[str, str, dict[str, object]]]:
    async with store.look() as work:
        lines = await work.session.scalars(select(AuditEvent).order_by(AuditEvent.seq))
        return [(line.action, line.subject_id, line.details) for line in lines if line.action in actions]


async def test_the_inbox_shows_names_that_are_not_names_and_what_waits(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await flagged(
        desk.store, conversation_id, await wrote(desk.store, conversation_id, "secret words"), Severity.IMMEDIATE
    )
    page = await ola.text(INBOX)
    for shown in (
        "Calm Otter",
        "Alert: At once",
        "Nobody has acknowledged it",
        "1 new for you",
        "Not read by anybody yet",
    ):
        assert shown in page
    assert "secret words" not in page
    assert "Calm Otter" in await ola.text(f"{INBOX}?show=flagged&channel=web")
    assert "There is no such conversation" in await ola.text(f"{INBOX}?show=held_by_me")
    assert "Calm Otter" in await ola.text(f"{INBOX}?show=nonsense&since=yesterday&older=x"), "nonsense is no filter"


async def test_an_empty_inbox_says_why_it_is_empty(desk: Desk) -> None:
    assert "Nobody has written yet" in await (await desk.signed_in(OFFICER)).text(INBOX)


async def test_pages_of_the_inbox_are_linked_both_ways_and_keep_the_filters(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    for number in range(27):
        await wrote(desk.store, await chat(desk.store, f"otter {number}"), "hello")
    first = await ola.text(f"{INBOX}?channel=web")
    assert "Otter 26" in first
    older = _link(first, "next")
    assert "channel=web" in older
    second = await ola.text(older)
    assert (second.count("data-line"), "Otter 0" in second) == (2, True)
    assert "Otter 26" in await ola.text(_link(second, "prev"))


def _link(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    assert found is not None
    return found.group(1).replace("&amp;", "&")


async def test_opening_a_transcript_is_logged_and_the_young_person_can_see_that_it_was_read(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "my <b>bus</b> is late")
    page = await ola.text(f"{INBOX}/{conversation_id}")
    assert "my &lt;b&gt;bus&lt;/b&gt; is late" in page
    assert "This is the computer&#39;s answer." in page
    assert await logged(desk.store, audit.Action.TRANSCRIPT_OPENED) == [
        ("transcript_opened", conversation_id, {"up_to": 2})
    ]
    async with desk.store.look() as work:
        assert [(one.role, one.up_to) for one in await reads.readers(work, conversation_id)] == [(OFFICER, 2)]
        assert (await conversations.by_id(work, conversation_id)).read_up_to == 2
    assert "new for you" not in await ola.text(INBOX)


async def test_what_is_new_is_marked_and_long_conversations_are_read_page_by_page(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    for number in range(40):
        await wrote(desk.store, conversation_id, f"message {number} end")
    address = f"{INBOX}/{conversation_id}"
    first = await ola.text(address)
    assert ("message 0 end" in first, "message 39 end" in first, "Later messages" in first) == (True, False, True)
    async with desk.store.look() as work:
        assert (await conversations.by_id(work, conversation_id)).read_up_to == 60, "only what was shown counts as read"
    second = await ola.text(address)
    assert ("message 39 end" in second, "Earlier messages" in second) == (True, True)
    assert second.index("New since you last read this") < second.index("message 30 end")
    await wrote(desk.store, conversation_id, "one more end")
    third = await ola.text(address)
    assert third.index("message 39 end") < third.index("New since you last read this") < third.index("one more end")


async def test_jumping_ahead_does_not_count_as_having_read_what_lies_between(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    for number in range(60):
        await wrote(desk.store, conversation_id, f"message {number} end")
    await ola.text(f"{INBOX}/{conversation_id}?at=100")
    async with desk.store.look() as work:
        assert (await conversations.by_id(work, conversation_id)).read_up_to == 0


async def test_the_next_and_the_previous_conversation_are_those_of_the_list_one_came_from(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    ids = [await chat(desk.store, f"otter {number}", channel) for number, channel in enumerate(_CHANNELS)]
    for conversation_id in ids:
        await wrote(desk.store, conversation_id, "hello")
    page = await ola.text(f"{INBOX}/{ids[1]}")
    assert (f"{INBOX}/{ids[2]}" in page, f"{INBOX}/{ids[0]}" in page) == (True, True)
    page = await ola.text(f"{INBOX}/{ids[2]}?channel=web")
    assert (f"{INBOX}/{ids[1]}" in page, f"{INBOX}/{ids[0]}?channel=web" in page) == (False, True)


_CHANNELS = (Channel.WEB, Channel.TELEGRAM, Channel.WEB)


async def test_a_reply_comes_in_the_name_of_the_role_and_makes_the_computer_quiet(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await ola.get(f"{INBOX}/{conversation_id}")
    answer = await ola.post(f"{INBOX}/{conversation_id}/reply", text="Hello.\r\nI read this.")
    assert (answer.status, answer.headers["Location"]) == (303, f"{INBOX}/{conversation_id}")
    notice, reply = (await said(desk.store, conversation_id))[-2:]
    assert (notice.key, reply.author, reply.signed) == ("held_taken_over", Author.STAFF, "participation_officer")
    assert reply.text == "Hello.\nI read this."
    page = await ola.text(f"{INBOX}/{conversation_id}")
    for shown in ("Your reply is in the chat", "You answer here, and the computer is quiet", "Not on their screen yet"):
        assert shown in page
    actions = [action for action, _, _ in await logged(desk.store, *_ANSWERING)]
    assert actions == ["handed_over", "reply_sent"]


_ANSWERING = (audit.Action.HANDED_OVER, audit.Action.REPLY_SENT, audit.Action.HANDED_BACK)


async def test_of_two_officers_who_reply_the_second_is_told_and_keeps_what_they_wrote(desk: Desk) -> None:
    ola, ben = await desk.signed_in(await desk.account(OFFICER, "Ola")), await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    for client in (ola, ben):
        await client.get(f"{INBOX}/{conversation_id}")
    assert (await ola.post(f"{INBOX}/{conversation_id}/reply", text="from Ola")).status == 303
    refused = await ben.post(f"{INBOX}/{conversation_id}/reply", text="from Ben")
    page = await refused.text()
    assert refused.status == 409
    assert "Ola is answering here at the moment. Your reply was not sent." in page
    assert "from Ben</textarea>" in page
    assert "from Ben</textarea>" in await ben.text(f"{INBOX}/{conversation_id}"), "it is kept as a draft"
    assert "from Ben" not in [line.text for line in await said(desk.store, conversation_id)]
    async with desk.store.look() as work:
        assert await handover.holder(work, conversation_id) == me(ola)


async def test_a_colleague_can_answer_instead_and_the_chat_can_be_given_back(desk: Desk) -> None:
    ola, ben = await desk.signed_in(await desk.account(OFFICER, "Ola")), await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    address = f"{INBOX}/{conversation_id}"
    await ola.get(address)
    await ola.post(f"{address}/hold")
    assert "Ola</strong> answers here" in await ben.text(address)
    assert (await ben.post(f"{address}/hold")).status == 409, "taking over from the computer is not possible any more"
    assert (await ben.post(f"{address}/hold", holder=me(ola))).status == 303
    assert "You answer here now instead of Ola" in await ben.text(address)
    assert (await ola.post(f"{address}/hold", holder=me(ola))).status == 409
    await ben.post(f"{address}/hand-back")
    keys = [line.key for line in await said(desk.store, conversation_id)]
    assert [key for key in keys if key] == ["held_taken_over", "held_handed_back"]
    assert "The computer answers here." in await ben.text(address)


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST_REPLY + 1)])
async def test_an_empty_or_oversized_reply_is_refused_with_one_line_and_what_was_typed_kept(
    desk: Desk, text: str
) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await ola.get(f"{INBOX}/{conversation_id}")
    answer = await ola.post(f"{INBOX}/{conversation_id}/reply", text=text)
    page = await answer.text()
    assert answer.status == 400
    assert ("A reply has at most 10,000 characters" if text.strip() else "Write something before you send it") in page
    assert f"{text.strip()}</textarea>" in page
    assert len(await said(desk.store, conversation_id)) == 2


async def test_a_template_is_put_into_the_box_after_what_stands_there_and_nothing_is_sent(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    async with desk.store.begin() as work:
        await drafts.keep(work, me(ola), f"reply:{conversation_id}", "Hello you.")
    page = await ola.text(f"{INBOX}/{conversation_id}?template=sorry")
    assert "Hello you.\n\nI am sorry that this happened to you." in page
    assert len(await said(desk.store, conversation_id)) == 2


async def test_above_the_box_stands_whether_a_reply_reaches_anybody(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    address = f"{INBOX}/{conversation_id}"
    assert "and they have no receipt" in await ola.text(address)
    with desk.services.hub.listening(conversation_id):
        assert "They have the chat open now." in await ola.text(address)
    async with desk.store.begin() as work:
        await conversations.end(work, conversation_id)
    assert "will most likely never reach them" in await ola.text(address)


async def test_while_the_page_is_open_new_messages_come_as_a_piece_of_it_and_count_as_read(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await ola.get(f"{INBOX}/{conversation_id}")
    await wrote(desk.store, conversation_id, "are <i>you</i> there?")
    news = await (await ola.get(f"{INBOX}/{conversation_id}/new?after=2")).json()
    assert (news["up_to"], news["said"], news["more"]) == (4, "2 new messages above", False)
    assert "are &lt;i&gt;you&lt;/i&gt; there?" in news["lines"]
    assert "hello" not in news["lines"]
    async with desk.store.look() as work:
        assert (await conversations.by_id(work, conversation_id)).read_up_to == 4
    nothing = await (await ola.get(f"{INBOX}/{conversation_id}/new?after=4")).json()
    assert (nothing["lines"].strip(), nothing["said"], nothing["up_to"]) == ("", "", 4)
    assert len(await logged(desk.store, audit.Action.TRANSCRIPT_OPENED)) == 2


async def test_a_note_is_written_changed_deleted_and_brought_back(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    address = f"{INBOX}/{conversation_id}"
    await ola.get(address)
    await ola.post(f"{address}/notes", note="<script>alert(1)</script> =1+1")
    page = await ola.text(address)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; =1+1" in page
    note = await only_note(desk.store, conversation_id)
    await ola.post(f"{address}/notes/{note.id}", note="Rang the school", version="1")
    assert "Rang the school" in await ola.text(address)
    await ola.post(f"{address}/notes/{note.id}/delete", version="2")
    page = await ola.text(address)
    assert ("The note is deleted" in page, "Rang the school" in page) == (True, False)
    await ola.post(f"{address}/notes/{note.id}/put-back")
    assert "Rang the school" in await ola.text(address)
    noted = [action for action, _, _ in await logged(desk.store, *_NOTING)]
    assert noted == ["note_written", "note_changed", "note_deleted", "note_written"]


_NOTING = (audit.Action.NOTE_WRITTEN, audit.Action.NOTE_CHANGED, audit.Action.NOTE_DELETED)


async def only_note(store: Store, conversation_id: str) -> notes.OpenedNote:
    async with store.look() as work:
        (note,) = await notes.of_conversation(work, conversation_id)
    return note


async def test_the_second_of_two_who_change_a_note_sees_both_texts_and_saves_knowingly(desk: Desk) -> None:
    ola, ben = await desk.signed_in(await desk.account(OFFICER, "Ola")), await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await ola.get(f"{INBOX}/{conversation_id}")
    await ola.post(f"{INBOX}/{conversation_id}/notes", note="first")
    note = await only_note(desk.store, conversation_id)
    address = f"{INBOX}/{conversation_id}/notes/{note.id}"
    assert "first</textarea>" in await ben.text(address)
    await ola.post(address, note="by Ola", version="1")
    refused = await ben.post(address, note="by Ben", version="1")
    page = await refused.text()
    assert refused.status == 409
    assert "Ola has changed this note in the meantime; it says now: “by Ola”" in page
    assert "by Ben</textarea>" in page
    assert (await only_note(desk.store, conversation_id)).text == "by Ola"
    await ben.post(address, note="both", version="2")
    assert (await only_note(desk.store, conversation_id)).text == "both"
    assert (await ben.post(f"{address}/delete", version="3")).status == 404, "it is Ola's to delete"


async def test_an_oversized_note_is_refused_and_what_was_typed_is_kept(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await ola.get(f"{INBOX}/{conversation_id}")
    long = "y" * 5_001
    answer = await ola.post(f"{INBOX}/{conversation_id}/notes", note=long)
    page = await answer.text()
    assert answer.status == 400
    assert "A note has at most 5,000 characters" in page
    assert f"{long}</textarea>" in page
    huge = await ola.post(f"{INBOX}/{conversation_id}/notes", note="y" * 300_000)
    assert huge.status == 413


async def test_what_the_program_finds_is_hidden_and_shown_again_with_one_press(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "my mate Zubair is on 07700 900123")
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    assert "The program finds 2 pieces" in await ola.text(f"{address}/hide")
    assert (await ola.post(f"{address}/hide-found")).status == 303
    page = await ola.text(f"{INBOX}/{conversation_id}")
    assert "Zubair" not in page
    assert "07700" not in page
    (undo,) = {one for one in re.findall(r'name="redactions" value="([^"]+)"', page) if "," in one}
    await ola.post(f"{address}/show-again", redactions=undo)
    assert "Zubair" in await ola.text(f"{INBOX}/{conversation_id}")


async def test_nothing_is_found_in_the_safeguarding_copy(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "my mate Zubair hits me")
    await flagged(desk.store, conversation_id, message_id, Severity.IMMEDIATE)
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    assert "The program finds" not in await ola.text(f"{address}/hide")
    assert (await ola.post(f"{address}/hide-found")).status == 400
    assert "Zubair" in await ola.text(f"{INBOX}/{conversation_id}")


async def hidden(client: Client, address: str, **fields: str) -> tuple[int, str]:
    answer = await client.post(f"{address}/hide", **{"why": "name", "kind": "temporary", **fields})
    return answer.status, await answer.text()


async def test_words_are_hidden_for_now_and_shown_again_with_one_press(desk: Desk) -> None:
    ola, reader = await desk.signed_in(OFFICER), await desk.signed_in(Role.SECOND_READER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "Ask Kim about it")
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    assert "Ask Kim about it" in await ola.text(f"{address}/hide")
    assert (await hidden(ola, address, hide="kim"))[0] == 303
    page = await reader.text(f"{INBOX}/{conversation_id}")
    assert "Kim" not in page
    assert "[hidden: A name]" in page
    assert "Show the words again" not in page
    notice = await ola.text(f"{INBOX}/{conversation_id}?at=1")
    undo = re.search(r'name="redactions" value="([0-9a-f,]+)"', notice)
    assert undo is not None
    assert "The words are hidden" in notice
    assert (await ola.post(f"{address}/show-again", redactions=undo.group(1))).status == 303
    assert "Ask Kim about it" in await reader.text(f"{INBOX}/{conversation_id}")
    kinds = [(action, details) for action, _, details in await logged(desk.store, *_HIDING)]
    expected = {"kind": "temporary", "message_id": message_id}
    assert kinds == [("redacted", expected), ("redaction_undone", expected)]


_HIDING = (audit.Action.REDACTED, audit.Action.REDACTION_UNDONE)


async def test_words_go_for_good_only_after_a_second_question(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "I live at 5 High Street")
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    await ola.get(f"{address}/hide")
    status, page = await hidden(ola, address, hide="5 High Street", kind="permanent")
    assert (status, "Are you sure?" in page) == (200, True)
    async with desk.store.look() as work:
        assert await messages.texts(work, [message_id]) == ["I live at 5 High Street"]
    assert (await hidden(ola, address, hide="5 High Street", kind="permanent", sure="yes"))[0] == 303
    async with desk.store.look() as work:
        assert await messages.texts(work, [message_id]) == [f"I live at {redactions.MARK}"]
    assert "High Street" not in await ola.text(f"{INBOX}/{conversation_id}")


@pytest.mark.parametrize("kind", ["temporary", "permanent"])
async def test_nothing_is_hidden_in_a_message_with_an_alert(desk: Desk, kind: str) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "Kim hurts me")
    await flagged(desk.store, conversation_id, message_id, Severity.SAME_DAY)
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    assert "It is kept whole for safeguarding" in await ola.text(f"{address}/hide")
    status, page = await hidden(ola, address, hide="Kim", kind=kind, sure="yes")
    assert (status, "It is kept whole for safeguarding" in page) == (400, True)
    assert "Kim hurts me" in await ola.text(f"{INBOX}/{conversation_id}")


async def test_words_that_are_not_there_are_refused_with_what_was_typed_kept(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "Kim hurts me")
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    await ola.get(f"{address}/hide")
    status, page = await hidden(ola, address, hide="Sam")
    assert (status, "These words are not in the message" in page, 'value="Sam"' in page) == (400, True, True)


async def test_what_is_searched_for_stands_in_no_address_and_in_no_log(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "my <u>zebra</u> is late")
    page = await ola.text("/console/search")
    assert "What you search for is not put in an address" in page
    answer = await ola.post("/console/search", asked="Zebra")
    assert answer.headers["Location"] == "/console/search"
    page = await ola.text("/console/search")
    assert "my &lt;u&gt;<mark>zebra</mark>&lt;/u&gt; is late" in page
    assert f"{INBOX}/{conversation_id}?at=1#m1" in page
    assert "Everything that you may read was searched" in page
    (line,) = await logged(desk.store, audit.Action.SEARCH_MADE)
    assert line[2] == {"found": 1}
    await ola.post("/console/search/clear")
    assert "zebra" not in (await ola.text("/console/search")).lower()


async def test_search_finds_a_conversation_by_its_name_and_says_when_nothing_was_found(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    await wrote(desk.store, await chat(desk.store), "hello")
    await ola.get("/console/search")
    await ola.post("/console/search", asked="calm otter")
    assert "Calm Otter" in await ola.text("/console/search")
    await ola.post("/console/search", asked="xylophone")
    assert "Nothing was found" in await ola.text("/console/search")
    refused = await ola.post("/console/search", asked="?!")
    assert (refused.status, "Type one word or more" in await refused.text()) == (400, True)


async def test_who_is_ruled_out_meets_the_same_page_as_for_a_conversation_that_is_not_there(desk: Desk) -> None:
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "it is about zebra Ola")
    async with desk.store.begin() as work:
        note_id = await notes.write(work, conversation_id, me(ola), "a note")
    await asked_for(desk.store, conversation_id, message_id, me(ola))
    nothing = await ola.text(f"{INBOX}/{'0' * 32}")
    address = f"{INBOX}/{conversation_id}"
    for path in ("", "/new?after=0", f"/notes/{note_id}", f"/messages/{message_id}/hide"):
        answer = await ola.get(address + path)
        assert (answer.status, await answer.text()) == (404, nothing), path
    sent = {"text": "x", "note": "x", "version": "1", "hide": "zebra", "why": "name", "kind": "temporary"}
    for path in ("/reply", "/hold", "/hand-back", "/notes", f"/notes/{note_id}", f"/notes/{note_id}/delete"):
        assert (await ola.post(address + path, **sent)).status == 404, path
    for path in ("hide", "show-again"):
        answer = await ola.post(f"{address}/messages/{message_id}/{path}", redactions="0" * 32, **sent)
        assert answer.status == 404
    await ola.post("/console/search", asked="zebra")
    assert "Nothing was found" in await ola.text("/console/search")
    assert "Calm Otter" not in await ola.text(INBOX)
    assert len(await said(desk.store, conversation_id)) == 2
    async with desk.store.look() as work:
        assert await handover.holder(work, conversation_id) is None


async def test_a_second_reader_reads_and_notes_and_can_neither_reply_nor_hide(desk: Desk) -> None:
    reader = await desk.signed_in(Role.SECOND_READER)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    page = await reader.text(f"{INBOX}/{conversation_id}")
    assert "New note" in page
    for absent in ("Send reply", "Take over", "Hide words", "Open requests"):
        assert absent not in page


async def test_the_console_works_on_both_databases(desk_on_both: Desk) -> None:
    desk = desk_on_both
    ola = await desk.signed_in(OFFICER)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "Ask Kim")
    await ola.get(f"{INBOX}/{conversation_id}")
    assert (await ola.post(f"{INBOX}/{conversation_id}/reply", text="Hello")).status == 303
    address = f"{INBOX}/{conversation_id}/messages/{message_id}"
    assert (await hidden(ola, address, hide="Kim", kind="permanent", sure="yes"))[0] == 303
    await ola.post("/console/search", asked="ask")
    assert "<mark>Ask</mark>" in await ola.text("/console/search")
    assert "Waiting on them" in await ola.text(f"{INBOX}?show=waiting_on_them")


def test_every_kind_of_alert_and_goal_has_words(desk: Desk) -> None:
    words = desk.services.words
    assert [one for one in CATEGORIES if not words.knows(f"transcripts.category_{one}")] == []
