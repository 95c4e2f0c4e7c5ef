"""Before anything else: what Telegram can see, the question of age, and that nothing said meanwhile is lost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import alerts, telegram
from bot.store.models import MessageKind, Severity
from bot.store.staff_models import Role
from tests.bot.store.people import hired
from tests.connectors.telegram.bot_api import BotApi, Person, until
from tests.connectors.telegram.conftest import Post


async def raised(post: Post, person: Person) -> list[Severity]:
    conversation = await post.conversation_of(person)
    async with post.house.store.look() as work:
        return [Severity(alert.severity) for alert in await alerts.of_conversation(work, conversation.id)]


async def test_the_first_message_says_what_telegram_can_see_and_asks_for_the_age(post: Post) -> None:
    person = post.person()
    person.says("/start")
    first = await person.hears("Telegram can see what you write here")
    assert "ring 999" in first.text
    assert [key["text"] for key in first.keys] == ["I am 16 or over", "I am under 16", "I don't feel safe"]
    assert all(set(key) == {"text", "callback_data"} for key in first.keys)
    assert "intake" not in json.dumps(first.given)
    assert first.given["protect_content"] == "true"
    assert json.loads(first.given["link_preview_options"]) == {"is_disabled": True}
    assert "parse_mode" not in first.given
    await asyncio.sleep(0.3)
    assert len(person.inbox) == 1, "asked once"
    assert post.channel.is_reached()
    assert {one["command"] for one in post.api.commands} == {"start", "help", "safe", "stop", "delete", "mydata"}


async def test_a_disclosure_before_the_question_is_answered_is_stored_alerted_and_answered_with_numbers(
    post: Post,
) -> None:
    person = post.person()
    person.says("my stepdad hits me and im scared to go home")
    reply = await person.hears("Are you safe right now?")
    assert "999" in reply.text
    assert "Childline" in reply.text
    assert await post.said(person) == ["my stepdad hits me and im scared to go home"]
    assert (await raised(post, person))[0] in (Severity.IMMEDIATE, Severity.SAME_DAY)
    assert any("url" in key for key in reply.keys), "the web page is offered after the reply, not instead of it"


async def test_who_is_under_16_gets_the_web_page_with_their_words_and_the_numbers_and_is_screened_all_the_same(
    post: Post,
) -> None:
    person = post.person()
    person.says("hello")
    await person.hears("What you wrote is saved")
    person.presses("I am under 16")
    reply = await person.hears("Please use our web page")
    assert "0800 1111" in reply.text
    assert [key["text"] for key in reply.keys if "url" in key] == ["Open the web page"]
    seen = len(person.inbox)
    person.says("i want to kill myself tonight")
    assert "999" in (await person.hears("Are you safe right now?", after=seen)).text
    assert Severity.IMMEDIATE in await raised(post, person)
    async with post.house.store.look() as work:
        chat = await telegram.find(work, await telegram.chat_hash(work, person.chat))
    assert chat is not None
    assert not chat.passed
    assert "I am under 16" not in await post.said(person), "of the age, only that it was passed is kept"


async def test_past_the_question_the_conversation_opens_as_on_the_web_and_a_press_is_marked(post: Post) -> None:
    person = await post.grown_up()
    opened = await person.hears("Real people in the participation team")
    assert {"Ask what I can get", "Who can see this?", "Say it another way"} <= {key["text"] for key in opened.keys}
    person.says("/help")
    await person.hears("You can type here in your own words")
    person.presses("Ask for a person")
    await until(lambda: any("You pressed: Ask for a person" in text for text in post.api.edited.values()))
    keeper, conversation = await hired(post.house.store, role=Role.DATA_PROTECTION), await post.conversation_of(person)
    async with post.house.store.begin() as work:
        details = {"found": 2}
        await audit.note(work, keeper, Action.SUBJECT_ACCESS_MADE, "conversation", conversation.id, details)
    person.presses("Who can see this?")
    await person.hears("People who look after your data made a copy of all of it on ")
    await person.hears("Your carers and your school cannot get in. They would need your words or your phone")
    await person.hears("Telegram can see what is written here, from both sides")
    person.presses("Say it another way")
    await person.hears("Carers and school cannot get in without your words or phone")
    assert (await post.conversation_of(person)).easy_words


async def test_names_are_dropped_at_the_door_and_the_number_is_in_no_file_and_no_log(
    post: Post, capfd: object, caplog: object, tmp_path: Path
) -> None:
    person = await post.grown_up()
    person.says("hello there, purple umbrella")
    person.sends(contact={"phone_number": "+447700900123", "first_name": "Wilhelmina", "user_id": 99887766})
    person.sends(location={"latitude": 52.4128, "longitude": -1.7782})
    await person.hears("did not look at where that is")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"ovos.db"} <= {path.name for path in files}
    telltale = [str(person.chat), "Wilhelmina", "Quartermain", "willy_q", "7700900123", "52.4128", "umbrella"]
    for path in files:
        raw = path.read_bytes()
        assert not [word for word in telltale if word.encode() in raw], path.name
    written = "".join(capfd.readouterr()) + caplog.text  # type: ignore[attr-defined]
    assert not [word for word in [*telltale, post.settings.telegram.telegram_token] if word in written]


async def test_what_is_not_text_is_never_fetched_and_is_noted_and_answered(post: Post) -> None:
    person = await post.grown_up()
    file = {"file_id": "AAA", "file_unique_id": "BBB"}
    poll = {"id": "1", "question": "Who?", "options": [{"text": "a", "voter_count": 0}], "total_voter_count": 0,
            "is_closed": False, "is_anonymous": True, "type": "regular", "allows_multiple_answers": False}  # fmt: skip
    sticker = {**file, "type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}
    for content in (
        {"photo": [{**file, "width": 9, "height": 9}], "caption": "this is what he did to my arm, he hit me"},
        {"voice": {**file, "duration": 3}},
        {"sticker": sticker},
        {"poll": poll},
        {"document": {**file, "file_name": "secret.pdf"}},
        {"video_note": {**file, "duration": 3, "length": 9}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ):
        person.sends(**content)
    await person.hears("I cannot listen to that here")
    await person.hears("I cannot see stickers")
    await person.hears("Are you safe right now?")
    await person.hears("I cannot open that here", after=len(person.inbox) - 3)
    lines = {line.text: line.kind for line in await post.lines(person) if line.author == "me"}
    for label in ("(a photo, not opened)", "(a voice message, not opened)", "(a sticker, not opened)",
                  "(a poll, not opened)", "(a file, not opened)", "(a video, not opened)"):  # fmt: skip
        assert lines[label] is MessageKind.MEDIA
    assert lines["this is what he did to my arm, he hit me"] is MessageKind.TYPED
    assert await raised(post, person), "words under a picture are read like any others"
    methods = {method for method, _ in post.api.calls}
    assert not methods & {"getFile", "getUserProfilePhotos", "getChat", "forwardMessage", "copyMessage"}


async def test_groups_and_channels_are_left_and_nothing_said_there_is_stored(post: Post) -> None:
    api: BotApi = post.api
    group = {"id": -100123, "type": "supergroup", "title": "Year 9"}
    someone = {"id": 5, "is_bot": False, "first_name": "A"}
    member = {"user": {"id": 4242, "is_bot": True, "first_name": "M"}, "status": "member"}
    api.push(my_chat_member={"chat": group, "from": someone, "date": 1, "new_chat_member": member,
                             "old_chat_member": {**member, "status": "left"}})  # fmt: skip
    api.push(message={"message_id": 1, "date": 1, "chat": group, "from": someone, "text": "my secret in a group"})
    api.push(channel_post={"message_id": 1, "date": 1, "chat": {"id": -100777, "type": "channel", "title": "x"}})
    person = await post.grown_up()
    assert set(api.left) == {-100123, -100777}
    async with post.house.store.look() as work:
        found = await telegram.find(work, await telegram.chat_hash(work, -100123))
    assert found is None
    assert all(one.chat == person.chat for one in api.taken)
