"""Conversations of the demonstration in which nobody asks for a person: questions, feedback, news, alerts, misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.talk import talk
from bot.alerts import deeds
from bot.alerts.telling import Why
from bot.privacy.quoting import redacted
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import alert_work, misunderstood, records
from bot.store.alert_models import AlertOutcome, Duty
from bot.store.misunderstood import Decision
from bot.store.models import Consent, FeedbackKind, TurnOutcome, pretending
from bot.store.outbox import Bubble, Button
from bot.store.records import NewFeedback
from bot.store.requests import Viewer
from bot.store.staff_models import Role
from connectors.intake.quoted import MARK
from ovos.demo import office
from ovos.demo.chat import Chat
from ovos.demo.sorting import FACES, Heard, Wishes, sort
from ovos.demo.stage import Player, Scene, Stage
from ovos.demo.words import AlertLine, HideLine, MisunderstoodLine, sentence

MISSES_LOOKED_AT_AFTER = 3  # working days


@dataclass(frozen=True)
class Talks:
    """Makes the scenes. Each opens a conversation of its own."""

    stage: Stage

    # --- Questions ---

    def question(self, card_id: str, words: str) -> Scene:
        async def scene(at: datetime) -> None:
            chat = await self._greeted(at)
            await chat.types(words, *self._card(card_id, at), goal="entitlement")
            chance = self.stage.chance.random()
            if chance < 0.35:
                await chat.presses("How do I get it?", *self._how(card_id, at))
            elif chance < 0.6:
                await self._thanks(chat)
            await self._over(chat)

        return scene

    def _card(self, card_id: str, at: datetime) -> list[Bubble]:
        card = self.stage.card(card_id, at.date())
        if not card.written:
            return [sentence("utter_card_not_written", card_id=card_id)]
        asked = next((who for who in card.ask if who != "out_of_hours"), "unsure")
        warned = [] if card.warning is None else [sentence("utter_card_warning", card_warning=card.warning)]
        easy = card.easy or card.text
        said = sentence("utter_card", card_text=card.text, card_easy=easy, card_id=card_id, card_who=asked)
        return [*warned, said]

    def _how(self, card_id: str, at: datetime) -> list[Bubble]:
        card = self.stage.card(card_id, at.date())
        if not card.how:
            return [sentence("utter_card_more_not_written", card_id=card_id, card_who="unsure")]
        source = card.sources_line or card.title
        return [
            sentence("utter_card_how", card_how=card.how),
            sentence("utter_card_source", card_source=source, card_id=card_id, card_who="unsure"),
        ]

    # --- Feedback and good news ---

    def feedback(self, words: Sequence[str]) -> Scene:
        async def scene(at: datetime) -> None:
            chat = await self._greeted(at)
            more = sentence("utter_ask_more_words")
            said = [await chat.types(one, more, goal="feedback") for one in words]
            heard, text = Heard.of("\n".join(words)), "\n".join(words)
            await chat.presses("That's all", sentence("utter_ask_feeling"))
            await chat.presses(_face(heard), *_mirrored(heard))
            if heard is not None:
                await chat.presses("Yes, that is it", sentence("utter_ask_better_words"))
            wishes = self._wishes(0.6)
            await chat.presses("Skip", shown_for_a_yes(text), sentence("utter_ask_share"))
            await chat.presses("Yes, they can" if wishes.shares else "No", sentence("utter_ask_hear"))
            if wishes.hears:
                await chat.presses("Yes, tell me", sentence("utter_ask_may_train"))
                trains = "You can use my words" if wishes.trains else "No"
                await chat.presses(trains, sentence("utter_age_band"), sentence("utter_age_band_other"))
                await chat.presses("Skip", sentence("utter_home_kind"), sentence("utter_home_kind_other"))
                await chat.presses("Skip", sentence("utter_ask_wants_person"))
            else:
                await chat.presses("Skip the rest", sentence("utter_ask_wants_person"))
            await chat.presses("No, thanks", *kept("feedback", share=wishes.shares), sentence("utter_no_promise"))
            await self._keeps(chat, said, FeedbackKind.FEEDBACK, text, wishes, heard)
            await self._over(chat)

        return scene

    def good_news(self, words: str) -> Scene:
        async def scene(at: datetime) -> None:
            chat = await self._greeted(at)
            heard = Heard.of(words)
            said = [await chat.types(words, sentence("utter_celebrate"), *_mirrored(heard), goal="good_news")]
            if heard is not None:
                await chat.presses("Yes, that is it", shown_for_a_yes(words), sentence("utter_ask_share"))
            else:
                await chat.presses("Skip", shown_for_a_yes(words), sentence("utter_ask_share"))
            wishes = self._wishes(0.75)
            await chat.presses("Yes, they can" if wishes.shares else "No", sentence("utter_ask_pass_on"))
            await chat.presses("Skip", *kept("good_news", share=wishes.shares))
            await self._keeps(chat, said, FeedbackKind.GOOD_NEWS, words, wishes, heard)
            await self._over(chat)

        return scene

    def _wishes(self, often_shared: float) -> Wishes:
        chance = self.stage.chance
        shares, hears = chance.random() < often_shared, chance.random() < 0.5
        return Wishes(shares, hears, trains=hears and chance.random() < 0.5)

    async def _keeps(
        self, chat: Chat, said: Sequence[str], kind: FeedbackKind, text: str, wishes: Wishes, heard: Heard | None
    ) -> None:
        consent = Consent.YES if wishes.shares else Consent.NO
        with pretending(chat.at):
            new = NewFeedback(chat.last_message_id, chat.conversation_id, kind, said, consent)
            feedback = await records.add_feedback(self.stage.work, new)
        await sort(self.stage, feedback, text, wishes, heard, chat.at)

    # --- Alerts ---

    def alert(self, line: AlertLine, *, answered: bool) -> Scene:
        async def scene(at: datetime) -> None:
            chat = await self._greeted(at)
            message_id = await chat.alarms(line)
            await chat.sees_everything()
            self._read_later(chat, 0)
            if answered:
                later = chat.at + timedelta(minutes=self.stage.chance.randint(2, 12))
                self.stage.diary.put(later, self._answer(message_id))

        return scene

    def _answer(self, message_id: str) -> Scene:
        """A safeguarding lead is told, says "I have this", reads, and records what was decided."""

        async def scene(at: datetime) -> None:
            work, lead = self.stage.work, self.stage.of_role(Role.SAFEGUARDING_LEAD)[0]
            alert = await alert_work.of_message(work, message_id)
            if alert is None:
                raise LookupError("The alert is not there.")
            actor = deeds.Actor(lead.staff_id, lead.role, at)
            facts = self.stage.words.talk.alert_facts
            with pretending(at):
                duty, raised = Duty.ON_CALL, alert.raised_at
                await alert_work.add_hop(work, alert.id, "0-0", duty, lead.staff_id, Why.ROTA, raised, raised)
                happened = await deeds.acknowledge(work, actor, alert.id)
                happened += await deeds.open_words(work, actor, alert.id)
                decision = deeds.Decision(AlertOutcome.REFERRED, "DEMO-REFERRAL", facts)
                happened += await deeds.record(work, actor, alert.id, decision)
                for one in happened:
                    await audit.note_line(work, one)

        return scene

    # --- What was not understood ---

    def miss(self, line: MisunderstoodLine) -> Scene:
        async def scene(at: datetime) -> None:
            chat = await self._greeted(at)
            offers = [talk().offers[goal] for goal in talk().offered_otherwise]
            choices = tuple(Button(one.title, one.payload, one.icon) for one in (*offers, talk().person))
            unsure = sentence("utter_fallback")
            bubble = Bubble(unsure.text, unsure.easy, choices, unsure.key)
            message_id = await chat.types(line.words, bubble)
            with pretending(chat.at):
                offered = [one.payload for one in offers]
                await records.add_misunderstood(self.stage.work, message_id, chat.conversation_id, offered)
            await self._over(chat)
            if line.is_decided:
                later = self.stage.times.next_office_day(at, MISSES_LOOKED_AT_AFTER)
                self.stage.diary.put(later, self._decide(line, message_id))

        return scene

    def _decide(self, line: MisunderstoodLine, message_id: str) -> Scene:
        async def scene(at: datetime) -> None:
            work, officer = self.stage.work, self.stage.officer
            with pretending(at):
                row_id = await self._on_the_list(officer.viewer, message_id)
                decision = Decision(line.goal, line.card, line.example)
                await misunderstood.decide(work, row_id, officer.staff_id, decision, at)
                details = {"goal": line.goal or "nothing", "card": line.card}
                await audit.note(work, officer.staff_id, Action.MISUNDERSTOOD_DECIDED, "misunderstood", row_id, details)

        return scene

    async def _on_the_list(self, viewer: Viewer, message_id: str) -> str:
        found = await misunderstood.id_of(self.stage.work, viewer, message_id)
        if found is None:
            raise LookupError("It is not on the list.")
        return found

    # --- Small things ---

    def hello(self, words: str) -> Scene:
        """Somebody who only looked in."""

        async def scene(at: datetime) -> None:
            chat = await Chat.opened(self.stage, at)
            await chat.types(words, sentence("utter_greet"), goal="greet")
            await self._over(chat)

        return scene

    # --- Particular ones ---

    def hidden_words(self, line: HideLine) -> Scene:
        async def scene(at: datetime) -> None:
            chat = await Chat.opened(self.stage, at)
            message_id = await chat.types(line.words, sentence("utter_ask_more_words"), goal="feedback")
            await chat.sees_everything()
            later = self.stage.times.next_office_day(at)

            async def hide(then: datetime) -> None:
                officer = self.stage.officer
                await office.reads_transcript(self.stage, officer, chat.conversation_id, then)
                await office.hides(self.stage, officer, chat.conversation_id, message_id, line, then)

            self.stage.diary.put(later, hide)

        return scene

    def held(self) -> Scene:
        """A participation officer is in the middle of it: the young person wrote last."""

        async def scene(at: datetime) -> None:
            words, officer = self.stage.words.talk.held, self.stage.officer
            chat = await Chat.opened(self.stage, at)
            await chat.types(words.opening, sentence("utter_ask_more_words"), goal="feedback")
            at = chat.at + timedelta(minutes=9)
            await office.reads_transcript(self.stage, officer, chat.conversation_id, at)
            await office.replies(self.stage, officer, chat.conversation_id, words.reply, at + timedelta(minutes=2))
            await chat.again(at + timedelta(minutes=5)).types(words.answer, outcome=TurnOutcome.HELD)
            await chat.sees_everything()

        return scene

    # --- How conversations begin and end ---

    async def _greeted(self, at: datetime) -> Chat:
        chat = await Chat.opened(self.stage, at)
        if self.stage.chance.random() < 0.3:
            hello = self.stage.chance.choice(self.stage.words.talk.small.hello)
            await chat.types(hello, sentence("utter_greet"), goal="greet")
        return chat

    async def _thanks(self, chat: Chat) -> None:
        thanks = self.stage.chance.choice(self.stage.words.talk.small.thanks)
        await chat.types(thanks, sentence("utter_thanks"), goal="thanks")

    async def _over(self, chat: Chat) -> None:
        """They have seen it all; some leave; most are read on the next working day."""
        await chat.sees_everything()
        chance = self.stage.chance.random()
        if chance < 0.35:
            await chat.leaves()
        if chance < 0.94:
            self._read_later(chat, self.stage.chance.choice((0, 0, 0, 1, 2)))

    def _read_later(self, chat: Chat, days: int) -> None:
        stage = self.stage
        officers = stage.of_role(Role.PARTICIPATION_OFFICER)
        who = officers[0] if stage.chance.random() < 0.8 else stage.chance.choice(officers)

        async def scene(at: datetime) -> None:
            if await office.reads_transcript(stage, who, chat.conversation_id, at):
                await self._after_reading(chat, who, at)

        stage.diary.put(stage.times.next_office_day(chat.at, days), scene)

    async def _after_reading(self, chat: Chat, who: Player, at: datetime) -> None:
        """Some get a reply or a note."""
        stage, chance = self.stage, self.stage.chance.random()
        at += timedelta(minutes=4)
        if chance < 0.12:
            await office.replies(stage, who, chat.conversation_id, stage.chance.choice(stage.words.staff.replies), at)
            if chance < 0.06:
                answer = stage.chance.choice(stage.words.talk.answers_to_staff)
                chat.again(at + timedelta(minutes=30))
                await chat.types(answer, outcome=TurnOutcome.HELD)
                await chat.sees_everything()
            await office.hands_back(stage, who, chat.conversation_id, max(at, chat.at) + timedelta(minutes=3))
        elif chance < 0.22:
            await office.writes_note(stage, who, chat.conversation_id, stage.chance.choice(stage.words.staff.notes), at)


def kept(kind: str, *, share: bool) -> list[Bubble]:
    """What is said at the end of feedback or good news."""
    return [sentence(f"utter_{kind}_done", {"share": "yes" if share else "no"})]


def _face(heard: Heard | None) -> str:
    return "Skip" if heard is None else FACES.get(heard.reading.sentiment, "Skip")


def _mirrored(heard: Heard | None) -> list[Bubble]:
    """What it heard; without a model the chat goes on with what would help, whose "Skip" is pressed next."""
    return (
        [sentence("utter_ask_better_words")] if heard is None else [sentence("utter_themes_heard", themes=heard.named)]
    )


def shown_for_a_yes(text: str) -> Bubble:
    """The very words that may be printed, as they are shown before the question."""
    bubble = sentence("utter_share_words")
    words = redacted(text)
    easy = None if bubble.easy is None else bubble.easy.replace(MARK, words)
    return Bubble(bubble.text.replace(MARK, words), easy, bubble.buttons, bubble.key)
