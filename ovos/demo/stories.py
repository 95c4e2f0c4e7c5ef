"""Requests of the demonstration: how each is made in the chat, and what happens to it on which day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from actions.talk import talk
from bot.privacy.receipts import slow_hash
from bot.requests import closing, giving
from bot.requests.closing import told_date
from bot.requests.routing import Asked
from bot.requests.states import Event, may
from bot.requests.words import day_in_words
from bot.store import request_board
from bot.store.models import Request, RequestKind, RequestState, pretending
from bot.store.outbox import Bubble
from bot.store.records import NewRequest
from bot.store.secrets import SecretName, secret
from ovos.demo import office
from ovos.demo.chat import Chat
from ovos.demo.stage import Scene, Stage
from ovos.demo.words import Step, Story, sentence

ANSWERS = ("yes", "half", "no")
HOW = {"chat": "Here in this chat", "phone": "By phone", "in_person": "See me"}
WHO = {"social_worker": "My social worker", "personal_adviser": "My personal adviser (PA)", "iro": "My IRO"}
GOALS = {
    RequestKind.CONTACT: "contact_request",
    RequestKind.COMPLAINT: "complaint",
    RequestKind.ADVOCATE: "advocate",
    RequestKind.OVOS_JOIN: "ovos_join",
    RequestKind.PRIVACY: "privacy",
    RequestKind.LANGUAGE: "language_or_accessibility",
}


@dataclass(frozen=True)
class Stories:
    """Makes the scenes of a request."""

    stage: Stage

    def begins(self, story: Story, words: str, case: int, day: date, receipt: tuple[str, ...] | None = None) -> Scene:
        """The young person asks; the later steps are put in the diary. `case` is a line of the allocation list.

        With a receipt they save it and go, and see what is said from then on when they come back.
        """

        async def scene(at: datetime) -> None:
            chat = await Chat.opened(self.stage, at)
            if story.linked:
                await self._types_a_code(chat, self.stage.cases[case])
            request = await self._asks(chat, story, words)
            await chat.sees_everything()
            if receipt is not None:
                key = await secret(self.stage.work, SecretName.RECEIPTS)
                await chat.takes_a_receipt(slow_hash(receipt, key))
                await chat.leaves()
            for step in story.steps:
                self._put(step, chat, request.id, day)
            self._read_and_noted(chat, request.id)

        return scene

    async def _types_a_code(self, chat: Chat, line: Mapping[str, str]) -> None:
        """A worker of the case has given them a code."""
        stage = self.stage
        worker = stage.players[line["worker"]]
        await chat.tells(await office.makes_code(stage, worker, line["reference"], chat.at))

    # --- How it is asked, as the forms ask it ---

    async def _asks(self, chat: Chat, story: Story, words: str) -> Request:
        how_first = [sentence("utter_ask_how")]
        if story.kind is RequestKind.CONTACT and story.who in WHO:
            asks = self.stage.chance.choice(self.stage.words.talk.asks_for_somebody)
            await chat.types(asks, sentence("utter_ask_who"), goal="contact_request")
            await chat.presses(WHO[story.who], sentence("utter_ask_about_words"))
            said = await chat.types(words, *how_first)
        else:
            said = await chat.types(words, *self._before(story), *how_first, goal=GOALS[story.kind])
        await chat.presses(HOW[story.how], *await self._check(chat, story))
        request = await self._kept(chat, story, await chat.presses("Send it"), said)
        await chat.says(*self._done(story, request))
        return request

    def _before(self, story: Story) -> list[Bubble]:
        match story.kind:
            case RequestKind.ADVOCATE:
                return [sentence("utter_advocate")]
            case RequestKind.OVOS_JOIN:
                return [sentence("utter_ovos"), sentence("utter_ovos_when")]
            case _:
                return []

    async def _check(self, chat: Chat, story: Story) -> list[Bubble]:
        """What will be sent, who sees it first, and from whom it is hidden."""
        slots = {"who": story.who, "how": story.how}
        first = {RequestKind.COMPLAINT: "utter_check_complaint", RequestKind.ADVOCATE: "utter_check_advocate"}
        last = {RequestKind.COMPLAINT: "utter_check_send_complaint", RequestKind.ADVOCATE: "utter_check_send_advocate"}
        whom = talk().joined_by.join(talk().hidden_from[who] for who in (*story.about, *story.hide_from))
        hidden = sentence("utter_check_hidden", hidden_from=whom) if whom else sentence("utter_check_not_hidden")
        return [
            sentence(first.get(story.kind, "utter_check_contact"), slots),
            sentence("utter_check_words"),
            sentence("utter_check_how", slots),
            hidden,
            sentence(last.get(story.kind, "utter_check_send_contact"), goes_first=await self._goes_first(chat, story)),
        ]

    async def _goes_first(self, chat: Chat, story: Story) -> str:
        asked = Asked(story.kind, story.who, story.about, story.hide_from)
        found = await giving.where_it_goes(self.stage.work, chat.conversation_id, asked, chat.at)
        how: Literal["team", "straight", "straight_no_manager"] = "team"
        if found.assigned_to is not None:
            how = "straight_no_manager" if found.invisible_to else "straight"
        team = talk().teams["participation"]
        return talk().goes_first[how].format(who=talk().who[story.who], team=team, Team=team[0].upper() + team[1:])

    async def _kept(self, chat: Chat, story: Story, sent: str, said: str) -> Request:
        new = NewRequest(
            message_id=sent,
            conversation_id=chat.conversation_id,
            kind=story.kind,
            who=story.who,
            words=[said],
            how_to_reach=story.how,
            about=story.about,
            hide_from=story.hide_from,
        )
        with pretending(chat.at):
            request, happened = await giving.open_request(self.stage.work, new, chat.at)
            await self.stage.log(happened)
        return request

    def _done(self, story: Story, request: Request) -> list[Bubble]:
        number, team = request.number, talk().teams["participation"]
        day = told_date(request)
        if story.kind is RequestKind.COMPLAINT:
            law = [] if day is None else [sentence("utter_complaint_due", due=day_in_words(day))]
            return [
                sentence("utter_complaint_done", number=number, team=team),
                *law,
                sentence("utter_complaint_advocate_offer"),
            ]
        done = "utter_advocate_done" if story.kind is RequestKind.ADVOCATE else "utter_contact_done"
        when = (
            sentence("utter_request_no_time") if day is None else sentence("utter_request_due", due=day_in_words(day))
        )
        return [sentence(done, number=number, team=team), when]

    # --- What happens later ---

    def _put(self, step: Step, chat: Chat, request_id: str, day: date) -> None:
        times = self.stage.times
        on = times.clocks.calendar.after(day, step.after)
        # Young people answer after office hours: by then the outcome of that day is on their screen.
        is_theirs = step.do in (*ANSWERS, "withdraw")
        moment = max(times.evening(on), chat.at) if is_theirs else times.in_the_office(on)
        self.stage.diary.put(moment, self._step(step, chat, request_id))

    def _step(self, step: Step, chat: Chat, request_id: str) -> Scene:
        async def scene(at: datetime) -> None:
            match step.do:
                case "see":
                    await office.sees(self.stage, request_id, at)
                case "take":
                    await office.takes(self.stage, request_id, at)
                case "propose":
                    await office.proposes(self.stage, request_id, step.words or "", at)
                case "extend":
                    await office.extends(self.stage, request_id, at)
                case "withdraw":
                    await self._withdraws(chat.again(at), request_id)
                case "yes" | "half" | "no":
                    await self._answers(chat.again(at), request_id, step)

        return scene

    async def _answers(self, chat: Chat, request_id: str, step: Step) -> None:
        if await self._can(request_id, Event.SAID_YES):
            await chat.says_of_the_outcome(ANSWERS.index(step.do))
            if step.words:
                await chat.tells(step.words)
            await chat.sees_everything()

    async def _withdraws(self, chat: Chat, request_id: str) -> None:
        if not await self._can(request_id, Event.WITHDRAWN):
            return
        stage = self.stage
        request = await request_board.row(stage.work, request_id)
        number = 0 if request is None else request.number
        withdrawn = stage.wording.about_request(stage.wording.notices.requests.withdrawn, number)
        await chat.types(stage.words.talk.takes_it_back, goal="request_status")
        with pretending(chat.at):
            await stage.log(await closing.withdraw(stage.work, chat.conversation_id, number, chat.at))
        await chat.says(*withdrawn)
        await chat.sees_everything()

    async def _can(self, request_id: str, event: Event) -> bool:
        request, _ = await office.has_it(self.stage, request_id)
        return may(RequestState(request.state), event)

    def _read_and_noted(self, chat: Chat, request_id: str) -> None:
        stage = self.stage

        async def scene(at: datetime) -> None:
            if not await office.reads_transcript(stage, stage.officer, chat.conversation_id, at):
                return
            if stage.chance.random() < 0.2:
                note = stage.chance.choice(stage.words.staff.request_notes)
                _, who = await office.has_it(stage, request_id)
                later = at + timedelta(minutes=6)
                await office.writes_note(stage, who, chat.conversation_id, note, later, request_id)

        if stage.chance.random() < 0.85:
            stage.diary.put(stage.times.next_office_day(chat.at), scene)
