"""What feedback is about: what the service heard, in young people's words, to confirm or to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog
from rasa_sdk.events import SlotSet

from actions.replies import Button, Replies, button, payload
from actions.service import service, words_of
from actions.talk import Offer, talk
from actions.turn import Events, Turn, TurnAction
from bot.store import Work
from bot.themes.codebook import Theme, codebook
from bot.themes.model import MOST_THEMES, Reading, ThemeModelError

PICKED, PAGE, OK = "theme_ids", "theme_page", "themes_ok"
PICK, ALL, AGAIN = "pick", "all", "again"
LIKELIEST = 4
IN_A_BUBBLE = 4

log = structlog.get_logger()


@dataclass(frozen=True)
class Heard:
    """What the model makes of the words, and with which model; nothing when there is no model."""

    reading: Reading | None
    model: str | None

    @property
    def themes(self) -> list[str]:
        return [] if self.reading is None else [tag.theme for tag in self.reading.themes]


def hear(texts: Iterable[str]) -> Heard:
    """Read the words. Without a model nothing is guessed, and they pick from the whole list."""
    words = "\n".join(texts)
    try:
        model = service().themes.model()
    except ThemeModelError as error:
        log.error("themes_not_read", kind=type(error).__name__)
        return Heard(None, None)
    return Heard(model.read(words) if words.strip() else None, model.version)


def picked(turn: Turn) -> list[str]:
    """The ids that they picked so far."""
    return (turn.slot(PICKED) or "").split()


async def said_in(work: Work, turn: Turn) -> list[str]:
    return [one.text for one in await words_of(work, turn.words_said()) if not talk().adds_nothing(one.text)]


class AskThemesOk(TurnAction):
    """Says what it heard, or shows the page of the list that is open."""

    def name(self) -> str:
        return "action_ask_themes_ok"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.form == "good_news_form" and "first_words" in turn.slots_set_now():
            replies.say("utter_celebrate")
        async with service().store.look() as work:
            heard = hear(await said_in(work, turn))
        _show(turn, replies, heard)
        return []


def _show(turn: Turn, replies: Replies, heard: Heard) -> None:
    chosen, page = picked(turn), turn.slot(PAGE)
    if page == PICK and heard.reading is not None:
        likely = [theme for theme, _ in heard.reading.ranked if theme not in chosen][:LIKELIEST]
        replies.say("utter_themes_pick", [_theme_button(codebook().by_id[one]) for one in likely])
        replies.say("utter_themes_other", [_offer("all"), _offer("no_theme"), _offer("skip")])
    elif page is not None and page in {one.id for one in codebook().domains}:
        _show_domain(replies, page, chosen)
    elif chosen and page is None:
        more = [_offer("add")] if len(chosen) < MOST_THEMES else []
        replies.say("utter_themes_picked", [_offer("right"), *more, _offer("again")], themes=_named(chosen))
    elif heard.themes and page is None:
        replies.say("utter_themes_heard", themes=_named(heard.themes))
    else:
        _show_domains(replies)


def _show_domains(replies: Replies) -> None:
    icons = talk().domain_icons
    buttons = [
        button(one.young_person, payload("show_themes", page=one.id), icons[one.id]) for one in codebook().domains
    ]
    replies.say("utter_themes_pick", buttons[:IN_A_BUBBLE])
    replies.say("utter_themes_other", [*buttons[IN_A_BUBBLE:], _offer("no_theme"), _offer("skip")])


def _show_domain(replies: Replies, domain_id: str, chosen: Sequence[str]) -> None:
    buttons = [_theme_button(one) for one in codebook().of_domain(domain_id) if one.id not in chosen]
    replies.say("utter_themes_pick", buttons[:IN_A_BUBBLE])
    replies.say("utter_themes_other", [*buttons[IN_A_BUBBLE:], _offer("all"), _offer("skip")])


def _theme_button(theme: Theme) -> Button:
    return button(theme.young_person, payload("pick_theme", theme=theme.id), talk().domain_icons[theme.domain])


def _offer(name: str) -> Button:
    offer: Offer = talk().theme_buttons[name]  # type: ignore[index]  # its names are those of the file
    return button(offer.title, offer.payload.replace("{{", "{").replace("}}", "}"), offer.icon)


def _named(themes: Sequence[str]) -> str:
    return talk().joined_by.join(f"“{codebook().by_id[one].young_person}”" for one in themes)


class PickTheme(TurnAction):
    """One theme more of their own."""

    def name(self) -> str:
        return "action_pick_theme"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        theme = str(turn.entities.get("theme"))
        if turn.slot("requested_slot") != OK or theme not in codebook().by_id:
            replies.say("utter_old_button")
            return []
        chosen = list(dict.fromkeys([*picked(turn), theme]))[:MOST_THEMES]
        return [SlotSet(PICKED, " ".join(chosen)), SlotSet(PAGE, None)]


class ShowThemes(TurnAction):
    """Another page of the list."""

    def name(self) -> str:
        return "action_show_themes"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.slot("requested_slot") != OK:
            replies.say("utter_old_button")
            return []
        page = turn.entities.get("page")
        if page == AGAIN:
            return [SlotSet(PICKED, None), SlotSet(PAGE, PICK)]
        return [SlotSet(PAGE, page)]
