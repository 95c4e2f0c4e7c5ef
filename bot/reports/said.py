"""The page in words: every figure, date and status as a reader sees it. Web page, PDF, picture and CSV all take this,
so that they cannot differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from bot.reports.cells import THRESHOLD, Cell, Shown, rounded
from bot.reports.content import Words
from bot.reports.counts import NOT_SAID, WITHIN_DAYS
from bot.reports.page import Answered, Decision, GroupShown, Page, Promise, Standing, ThemeShown, Voice

QUIET = 3  # groups named as not heard from on the first page
FIRST_TO_READ = (Standing.NOT_DONE, Standing.LATE, Standing.CANNOT, Standing.KEPT, Standing.PROMISED)
TEN_OR_MORE = (Shown.NUMBER, Shown.HELD_BACK, Shown.MOST)


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class DecisionSaid(Part):
    n: int
    theme: str
    action: str
    owner: str
    due: str
    cost: str


class PromiseSaid(Part):
    words: str
    theme: str
    owner: str
    due: str
    status: str
    standing: str
    """The id of the status, for its colour; never the only sign of it."""
    because: str
    said: str


class GroupSaid(Part):
    label: str
    people: str
    eligible: str


class EntitlementSaid(Part):
    title: str
    text: str


class ThemeSaid(Part):
    label: str
    people: str
    chats: str
    feeling: str
    feelings: str
    change: str
    checked: str
    principles: str
    ofsted: str
    finding: str
    bar: int
    """For the chart: people as shown, 0 where no number is."""
    entitlements: tuple[EntitlementSaid, ...]
    entitled: str
    """The titles of the cards in one line; empty without any."""


class RowSaid(Part):
    label: str
    value: str


class QuoteSaid(Part):
    theme: str
    words: str


class PastSaid(Part):
    """Figures of earlier quarters: the headings, and a row for each theme."""

    quarters: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Said(Part):
    """All of the page. Sections that have nothing to say say so in a sentence."""

    quarter: str
    title: str
    subtitle: str
    stamp: str
    """Why it is a draft; empty once published."""
    published: str
    words_only: str
    decisions: tuple[DecisionSaid, ...]
    promises: tuple[PromiseSaid, ...]
    """What is not kept comes first."""
    promises_in_words: str
    heard: tuple[str, ...]
    quiet: tuple[str, ...]
    ages: tuple[GroupSaid, ...]
    homes: tuple[GroupSaid, ...]
    top: tuple[ThemeSaid, ...]
    themes: tuple[ThemeSaid, ...]
    shown: tuple[ThemeSaid, ...]
    """Those with a figure, the largest first."""
    hidden: str
    """One sentence that names all others."""
    domains: tuple[RowSaid, ...]
    going_well: str
    new: str
    answered_in_words: tuple[str, ...]
    answered: tuple[RowSaid, ...]
    quotes: tuple[QuoteSaid, ...]
    sure: tuple[str, ...]
    ovos: tuple[str, ...]
    method: tuple[str, ...]
    past: PastSaid
    accessibility: tuple[str, ...]
    chart_alt: str
    foot: str


def say(page: Page, words: Words, contact: str | None = None) -> Said:
    """The page in words. `contact` goes into the accessibility statement."""
    return _Speaker(page, words).all(contact)


class _Speaker:
    """Says one page. Labels of themes are those of the page, so that a later taxonomy changes nothing."""

    def __init__(self, page: Page, words: Words) -> None:
        self._page, self._words = page, words
        self._labels = {one.id: one.label for one in page.themes}

    def all(self, contact: str | None) -> Said:
        page, w = self._page, self._words
        top = [self._theme(one) for one in page.top_themes]
        return Said(
            quarter=page.quarter,
            title=w.say("title"),
            subtitle=w.say("subtitle", quarter=page.quarter_words, board=page.board),
            stamp=self._stamp(),
            published="" if page.published_on is None else w.say("published_on", day=_day(page.published_on)),
            words_only=w.say("words_only") if page.figures.words_only or page.everybody is None else "",
            decisions=tuple(self._decision(n, one) for n, one in enumerate(page.written.decisions, 1)),
            promises=tuple(self._promise(one) for one in self._by_standing()),
            promises_in_words=self._promises_in_words(),
            heard=self._heard(),
            quiet=self._quiet(),
            ages=self._groups(page.ages),
            homes=self._groups(page.homes),
            top=tuple(top),
            themes=tuple(self._theme(one) for one in page.themes),
            shown=tuple(sorted((self._theme(one) for one in page.themes if _is_shown(one)), key=lambda one: -one.bar)),
            hidden=self._hidden(),
            domains=tuple(
                RowSaid(label=w.say("domain", domain=one.label), value=self._cell(one.people)) for one in page.domains
            ),
            going_well=page.written.going_well,
            new=page.written.new,
            answered_in_words=self._answered_in_words(page.answered),
            answered=self._answered(page.answered),
            quotes=tuple(QuoteSaid(theme=self._label(one.theme), words=one.words) for one in page.written.quotes),
            sure=self._sure(),
            ovos=self._ovos(page.ovos),
            method=self._method(),
            past=self._past(),
            accessibility=self._accessibility(contact),
            chart_alt=self._chart_alt(top),
            foot=w.say("slide_foot", service=page.service, quarter=page.quarter_words),
        )

    def _stamp(self) -> str:
        page, w = self._page, self._words
        if page.published_on is not None:
            return ""
        if page.reviewed_enough:
            return w.say("draft_long")
        return w.say("draft_reviewed", share=f"{page.reviewed} %", needed=f"{page.reviewed_needed} %")

    def _label(self, theme: str | None) -> str:
        return "" if theme is None else self._labels.get(theme, theme.replace("_", " "))

    def _cell(self, cell: Cell) -> str:
        return self._words.say(cell.shown.value, number=cell.number)

    def _about(self, number: int | None) -> str:
        if number is None:
            return ""
        return (
            self._words.say("few_in_group") if number < THRESHOLD else self._words.say("about", number=rounded(number))
        )

    # --- Decisions and promises ---

    def _decision(self, n: int, one: Decision) -> DecisionSaid:
        theme = self._label(one.theme)
        return DecisionSaid(n=n, theme=theme, action=one.action, owner=one.owner, due=_day(one.due_on), cost=one.cost)

    def _by_standing(self) -> list[Promise]:
        return sorted(self._page.promises, key=lambda one: FIRST_TO_READ.index(one.standing))

    def _promises_in_words(self) -> str:
        """How many stand how. These are the council's own promises, so their number points at nobody."""
        many = Counter(one.standing for one in self._page.promises)
        parts = ", ".join(
            self._words.say("promises_part", many=many[one], status=self._words.say(f"status_{one}"))
            for one in FIRST_TO_READ
            if many[one]
        )
        return self._words.say("promises_count", parts=parts) if parts else ""

    def _promise(self, one: Promise) -> PromiseSaid:
        w = self._words
        return PromiseSaid(
            words=one.words,
            theme=self._label(one.theme),
            owner=one.owner,
            due="" if one.due_on is None else _day(one.due_on),
            status=w.say(f"status_{one.standing}"),
            standing=one.standing.value,
            because=w.say("because", because=one.because) if one.because else "",
            said=w.say("said_few")
            if one.said is None
            else w.say("said_answers", **{name: self._cell(cell) for name, cell in one.said.items()}),
        )

    # --- Who ---

    def _heard(self) -> tuple[str, ...]:
        page, w = self._page, self._words
        if page.everybody is None or page.chats is None:
            return (w.say("words_only"),)
        people = self._cell(page.everybody)
        if page.eligible is not None and page.eligible >= (page.everybody.number or 0):
            people = w.say("people_of", people=people, eligible=rounded(page.eligible))
        unknown = () if page.eligible is not None else (w.say("no_denominator"),)
        return w.say("people_in_all", people=people), *unknown, w.say("chats_in_all", chats=page.chats)

    def _groups(self, groups: Sequence[GroupShown]) -> tuple[GroupSaid, ...]:
        w = self._words
        return tuple(
            GroupSaid(
                label=w.say("not_said") if one.id == NOT_SAID else one.label,
                people=self._cell(one.people),
                eligible=self._about(one.eligible),
            )
            for one in groups
        )

    def _quiet(self) -> tuple[str, ...]:
        """Groups of which fewer than ten wrote, those with most young people first; and those nobody is asked about."""
        page, w = self._page, self._words
        known = [one for one in (*page.ages, *page.homes) if one.eligible is not None and one.eligible >= THRESHOLD]
        if not known:
            return w.say("no_groups"), w.say("silence")
        if all(one.people.shown in TEN_OR_MORE for one in known):
            return w.say("no_quiet"), w.say("silence")
        groups = [one for one in known if one.people.shown is Shown.FEWER]
        groups.sort(key=lambda one: -(one.eligible or 0))
        quiet = [
            w.say("quiet", group=one.label, people=self._cell(one.people), eligible=rounded(one.eligible or 0))
            for one in groups[:QUIET]
        ]
        return (*quiet, w.say("silence"))

    # --- Themes ---

    def _theme(self, one: ThemeShown) -> ThemeSaid:
        w = self._words
        feelings = ""
        if one.feelings and all(name in one.feelings for name in ("positive", "mixed", "negative")):
            feelings = w.say("feeling_counts", **{name: self._cell(cell) for name, cell in one.feelings.items()})
        return ThemeSaid(
            label=one.label,
            people=self._cell(one.people),
            chats="" if one.chats is None else w.say("up_to", number=one.chats),
            feeling=w.say(one.feeling.value),
            feelings=feelings,
            change=w.say(one.change.value),
            checked="" if one.checked is None else self._share(one.checked),
            principles=" ".join(f"({letter})" for letter in one.principles),
            ofsted=", ".join(w.say(f"ofsted_{area}") for area in one.ofsted),
            finding=one.finding or w.say("no_finding"),
            bar=self._bar(one.people),
            entitlements=tuple(EntitlementSaid(title=card.title, text=card.text) for card in one.entitlements),
            entitled=w.say("entitled", titles="; ".join(card.title for card in one.entitlements))
            if one.entitlements
            else "",
        )

    def _share(self, percent: int) -> str:
        return self._words.say("share_whole" if percent == 100 else "share", share=percent)

    def _hidden(self) -> str:
        names = ", ".join(one.label for one in self._page.themes if not _is_shown(one))
        return self._words.say("hidden", themes=names) if names else ""

    def _bar(self, cell: Cell) -> int:
        if cell.shown is Shown.MOST and self._page.everybody is not None:
            return self._page.everybody.number or 0
        return cell.number or 0

    def _chart_alt(self, top: Iterable[ThemeSaid]) -> str:
        w = self._words
        rows = "; ".join(w.say("chart_row", label=one.label, people=one.people) for one in top)
        return w.say("chart_alt", rows=rows)

    def _past(self) -> PastSaid:
        history = self._page.history
        labels = {theme: label for past in reversed(history) for theme, label in past.labels.items()} | self._labels
        rows = [
            (label, *(self._cell(past.themes[theme]) if theme in past.themes else "–" for past in history))
            for theme, label in labels.items()
            if any(theme in past.themes and past.themes[theme].shown is not Shown.FEWER for past in history)
        ]
        return PastSaid(quarters=tuple(past.quarter for past in history), rows=tuple(rows))

    # --- Answers, and how sure ---

    def _answered_in_words(self, answered: Answered | None) -> tuple[str, ...]:
        w = self._words
        if answered is None:
            return (w.say("asked_few"),)
        said = [w.say("asked", people=self._cell(answered.asked))]
        if answered.median_days is not None:
            many = w.say("days_many", days=answered.median_days)
            said.append(w.say("median", days=w.say("days_same") if answered.median_days == 1 else many))
        return tuple(said)

    def _answered(self, answered: Answered | None) -> tuple[RowSaid, ...]:
        if answered is None:
            return ()
        rows = (
            (self._words.say("within", days=WITHIN_DAYS), answered.within),
            (self._words.say("later"), answered.later),
            (self._words.say("waiting"), answered.waiting),
            (self._words.say("late"), answered.late),
            (self._words.say("no_reply"), answered.no_reply),
        )
        return tuple(RowSaid(label=label, value=self._cell(cell)) for label, cell in rows)

    def _sure(self) -> tuple[str, ...]:
        page, w = self._page, self._words
        share = self._share(5 * (page.reviewed // 5))
        said = [] if page.figures.words_only else [w.say("sure_reviewed", share=share)]
        if page.agreement is None:
            said.append(w.say("sure_no_agreement"))
        else:
            said.append(w.say("sure_agreement", alpha=f"{page.agreement:.2f}"))
        return (*said, w.say("sure_choice"))

    def _ovos(self, voice: Voice) -> tuple[str, ...]:
        of_both = (("names", voice.names_agree, voice.names_dissent), ("page", voice.page_agree, voice.page_dissent))
        return tuple(self._agrees(what, agrees, dissent) for what, agrees, dissent in of_both)

    def _agrees(self, what: str, agrees: bool | None, dissent: str | None) -> str:
        if agrees is None:
            return self._words.say(f"ovos_{what}_none")
        return self._words.say(f"ovos_{what}_agree" if agrees else f"ovos_{what}_dissent", words=dissent or "")

    def _method(self) -> tuple[str, ...]:
        parts = ("people", "chats", "small", "frozen", "change", "feeling", "safeguarding")
        return tuple(self._words.say(f"method_{part}") for part in parts)

    def _accessibility(self, contact: str | None) -> tuple[str, ...]:
        w = self._words
        by = w.say("accessibility_contact", contact=contact) if contact else w.say("accessibility_no_contact")
        return w.say("accessibility_text"), by


def _is_shown(one: ThemeShown) -> bool:
    return one.people.shown in (Shown.NUMBER, Shown.MOST)


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
