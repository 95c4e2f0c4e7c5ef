"""What may be written to the log. Each action says which details it takes; words of a person never are one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.store import Work
from bot.store import audit as chain
from bot.store.audit import NewEvent

SERVICE = "service"
YOUNG_PERSON = "young_person"
LENT_READER = "lent_reader"  # whoever has the words that a young person lent: nothing is known of them
COMMAND = "command"  # whoever may use the `ovos` command on the machine

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]  # a word of ours, like a state, never free text
Count = Annotated[int, Field(ge=0)]


class Action(StrEnum):
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    LOCKED = "locked"
    SECOND_FACTOR_SET = "second_factor_set"
    PASSWORD_SET = "password_set"  # noqa: S105  # the name of an action
    STAFF_CREATED = "staff_created"
    STAFF_CHANGED = "staff_changed"
    STAFF_DISABLED = "staff_disabled"
    SETUP_LINK_MADE = "setup_link_made"
    ABSENCE_SET = "absence_set"
    TRANSCRIPT_OPENED = "transcript_opened"
    SEARCH_MADE = "search_made"
    REPLY_SENT = "reply_sent"
    HANDED_OVER = "handed_over"
    HANDED_BACK = "handed_back"
    NOTE_WRITTEN = "note_written"
    NOTE_CHANGED = "note_changed"
    NOTE_DELETED = "note_deleted"
    REDACTED = "redacted"
    REDACTION_UNDONE = "redaction_undone"
    REQUEST_OPENED = "request_opened"
    REQUEST_ASSIGNED = "request_assigned"
    REQUEST_STATE_CHANGED = "request_state_changed"
    OUTCOME_PROPOSED = "outcome_proposed"
    OUTCOME_ANSWERED = "outcome_answered"
    REQUEST_CLIMBED = "request_climbed"
    COMPLAINT_MOVED_ON = "complaint_moved_on"
    ALLOCATION_IMPORTED = "allocation_imported"
    LINK_CODE_MADE = "link_code_made"
    LINK_CODE_USED = "link_code_used"
    MISUNDERSTOOD_DECIDED = "misunderstood_decided"
    CARD_RENEWED = "card_renewed"
    CARD_FILLED = "card_filled"
    CARD_CHANGE_PROPOSED = "card_change_proposed"
    CARD_CHANGE_DECIDED = "card_change_decided"
    CARD_CHANGE_TAKEN_BACK = "card_change_taken_back"
    UNMASKING_ASKED = "unmasking_asked"
    UNMASKING_DECIDED = "unmasking_decided"
    UNMASKING_OPENED = "unmasking_opened"
    YOUNG_PERSON_TOLD = "young_person_told"
    RECEIPT_MADE = "receipt_made"
    RECEIPT_USED = "receipt_used"
    RECEIPT_REFUSED = "receipt_refused"
    WEB_LINK_USED = "web_link_used"
    TELEGRAM_LINK_MADE = "telegram_link_made"
    TELEGRAM_LINK_USED = "telegram_link_used"
    TELEGRAM_LINK_REFUSED = "telegram_link_refused"
    RECEIPT_LENT = "receipt_lent"
    RECEIPT_LENT_OPENED = "receipt_lent_opened"
    RECEIPT_TAKEN_BACK = "receipt_taken_back"
    EXPORTED = "exported"
    PEOPLE_ENTERED = "people_entered"
    SUMMARY_BEGUN = "summary_begun"
    SUMMARY_CHANGED = "summary_changed"
    SUMMARY_OPENED = "summary_opened"
    SUMMARY_SIGNED = "summary_signed"
    SUMMARY_PUBLISHED = "summary_published"
    PUBLICATION_READ = "publication_read"
    BOARD_REPLIED = "board_replied"
    AUDIT_READ = "audit_read"
    ERASURE_ASKED = "erasure_asked"
    ERASURE_UNDONE = "erasure_undone"
    ERASED = "erased"
    HOLD_SET = "hold_set"
    HOLD_LIFTED = "hold_lifted"
    PUT_INTO_RECORD = "put_into_record"
    TAKEN_OUT_OF_RECORD = "taken_out_of_record"
    RETENTION_RAN = "retention_ran"
    COPY_TAKEN = "copy_taken"
    SUBJECT_ACCESS_MADE = "subject_access_made"
    KEEPING_LOOKED_AT = "keeping_looked_at"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    KEYS_ROTATED = "keys_rotated"
    DEMO_LOADED = "demo_loaded"
    FEEDBACK_OPENED = "feedback_opened"
    THEMES_DECIDED = "themes_decided"
    FEEDBACK_SPLIT = "feedback_split"
    THEME_MERGED = "theme_merged"
    THEME_PROPOSED = "theme_proposed"
    THEME_MODEL_MADE = "theme_model_made"
    THEME_MODEL_ROLLED_BACK = "theme_model_rolled_back"
    THEMES_MEASURED = "themes_measured"
    QUOTE_TAKEN_BACK = "quote_taken_back"
    GOOD_NEWS_PASSED_ON = "good_news_passed_on"
    PROMISE_MADE = "promise_made"
    PROMISE_CHANGED = "promise_changed"
    PROMISE_TOLD = "promise_told"
    PROMISE_ANSWERED = "promise_answered"
    PROMISES_READ = "promises_read"
    ALERT_HOP = "alert_hop"
    ALERT_OPENED = "alert_opened"
    ALERTS_LISTED = "alerts_listed"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_WORDS_OPENED = "alert_words_opened"
    ALERT_OUTCOME_RECORDED = "alert_outcome_recorded"
    ALERT_HANDED_ON = "alert_handed_on"
    ALERT_TAKEN_OVER = "alert_taken_over"
    ALERT_PERSON_NAMED = "alert_person_named"
    ALERT_RAISED_BY_PERSON = "alert_raised_by_person"
    ALERT_RAISED_HIGHER = "alert_raised_higher"
    ROTA_CHANGED = "rota_changed"
    FREE_TEXT_TURNED = "free_text_turned"
    ALARM_TRIED = "alarm_tried"
    PROBE_FINISHED = "probe_finished"
    SECOND_LOOK_OPENED = "second_look_opened"
    SECOND_LOOK_DECIDED = "second_look_decided"


class Details(BaseModel):
    """Details of an action. A field that is not named here cannot be logged."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Details):
    pass


class ToRole(Details):
    role: Label


class ToStaff(Details):
    staff_id: Id | None = None


class SignIn(Details):
    how: Label
    reason: Label | None = None


class StaffChange(Details):
    what: Label
    role: Label | None = None


class HandsOn(Details):
    requests: Count = 0
    to: Id | None = None


class UpTo(Details):
    up_to: Count


class Found(Details):
    found: Count


class Opened(Details):
    times: Count


class Redacted(Details):
    kind: Label
    message_id: Id


class StateChange(Details):
    before: Label
    after: Label
    n: Count | None = None


class Answered(Details):
    answer: Label
    n: Count


class Stage(Details):
    stage: Label


class Imported(Details):
    lines: Count
    added: Count
    changed: Count
    removed: Count


class Decided(Details):
    decision: Label


class Taught(Details):
    goal: Label
    card: Label | None = None


class OfQuarter(Details):
    quarter: Annotated[str, Field(pattern=r"^20\d\dQ[1-4]$")]


class OfPage(Details):
    """The page by its fingerprint, and for a signature as what it was signed, and whether they agree."""

    page_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signed_as: Label | None = None
    agrees: bool | None = None


class ThemesDecided(Details):
    how: Label  # decided, second or undone
    themes: Count  # 0: no theme fits
    blind: bool = False
    same: bool | None = None  # as the machine had suggested


class Merged(Details):
    into: Label
    undone: bool = False


class ModelMade(Details):
    state: Label
    decisions: Count
    blind: Count


class PromiseChanged(Details):
    before: Label | None = None
    after: Label


class Told(Details):
    chats: Count


class CardChanged(Details):
    """`n` is the number of the change among those of the item."""

    n: Count
    decision: Label | None = None


class Erased(Details):
    rows: Count
    messages: Count
    kept: bool


class Rows(Details):
    rows: Count


class Demo(Details):
    conversations: Count


class Hop(Details):
    duty: Label
    why: Label
    staff_id: Id | None = None


class Taken(Details):
    seconds: Count  # since the alert was raised


class DecidedAs(Details):
    outcome: Label


class HandedTo(Details):
    to: Id | None = None


class Raised(Details):
    severity: Label | None = None


class RaisedHigher(Details):
    severity: Label
    before: Label


class Turned(Details):
    off: bool
    how: Label
    alerts: Count | None = None


class Probed(Details):
    channel: Label
    state: Label
    reached: Label | None = None


SCHEMAS: dict[Action, type[Details]] = {
    Action.SIGN_IN: SignIn,
    Action.SIGN_IN_FAILED: SignIn,
    Action.SIGN_OUT: Nothing,
    Action.LOCKED: Nothing,
    Action.SECOND_FACTOR_SET: Nothing,
    Action.PASSWORD_SET: Nothing,
    Action.STAFF_CREATED: ToRole,
    Action.STAFF_CHANGED: StaffChange,
    Action.STAFF_DISABLED: HandsOn,
    Action.SETUP_LINK_MADE: Nothing,
    Action.ABSENCE_SET: ToStaff,
    Action.TRANSCRIPT_OPENED: UpTo,
    Action.SEARCH_MADE: Found,
    Action.REPLY_SENT: ToRole,
    Action.HANDED_OVER: Nothing,
    Action.HANDED_BACK: Nothing,
    Action.NOTE_WRITTEN: Nothing,
    Action.NOTE_CHANGED: Nothing,
    Action.NOTE_DELETED: Nothing,
    Action.REDACTED: Redacted,
    Action.REDACTION_UNDONE: Redacted,
    Action.REQUEST_OPENED: Nothing,
    Action.REQUEST_ASSIGNED: ToStaff,
    Action.REQUEST_STATE_CHANGED: StateChange,
    Action.OUTCOME_PROPOSED: StateChange,
    Action.OUTCOME_ANSWERED: Answered,
    Action.REQUEST_CLIMBED: ToStaff,
    Action.COMPLAINT_MOVED_ON: Stage,
    Action.ALLOCATION_IMPORTED: Imported,
    Action.LINK_CODE_MADE: Nothing,
    Action.LINK_CODE_USED: Nothing,
    Action.MISUNDERSTOOD_DECIDED: Taught,
    Action.CARD_RENEWED: CardChanged,
    Action.CARD_FILLED: CardChanged,
    Action.CARD_CHANGE_PROPOSED: CardChanged,
    Action.CARD_CHANGE_DECIDED: CardChanged,
    Action.CARD_CHANGE_TAKEN_BACK: CardChanged,
    Action.UNMASKING_ASKED: Nothing,
    Action.UNMASKING_DECIDED: Decided,
    Action.UNMASKING_OPENED: Nothing,
    Action.YOUNG_PERSON_TOLD: Nothing,
    Action.RECEIPT_MADE: Nothing,
    Action.RECEIPT_USED: Nothing,
    Action.RECEIPT_REFUSED: Nothing,
    Action.WEB_LINK_USED: Nothing,
    Action.TELEGRAM_LINK_MADE: Nothing,
    Action.TELEGRAM_LINK_USED: Nothing,
    Action.TELEGRAM_LINK_REFUSED: Nothing,
    Action.RECEIPT_LENT: Nothing,
    Action.RECEIPT_LENT_OPENED: Opened,
    Action.RECEIPT_TAKEN_BACK: Nothing,
    Action.EXPORTED: Found,
    Action.PEOPLE_ENTERED: OfQuarter,
    Action.SUMMARY_BEGUN: OfQuarter,
    Action.SUMMARY_CHANGED: OfPage,
    Action.SUMMARY_OPENED: OfQuarter,
    Action.SUMMARY_SIGNED: OfPage,
    Action.SUMMARY_PUBLISHED: OfPage,
    Action.PUBLICATION_READ: OfQuarter,
    Action.BOARD_REPLIED: OfQuarter,
    Action.AUDIT_READ: Found,
    Action.ERASURE_ASKED: Nothing,
    Action.ERASURE_UNDONE: Nothing,
    Action.ERASED: Erased,
    Action.HOLD_SET: Nothing,
    Action.HOLD_LIFTED: Nothing,
    Action.PUT_INTO_RECORD: Nothing,
    Action.TAKEN_OUT_OF_RECORD: Nothing,
    Action.RETENTION_RAN: Rows,
    Action.COPY_TAKEN: Found,
    Action.SUBJECT_ACCESS_MADE: Found,
    Action.KEEPING_LOOKED_AT: Nothing,
    Action.BACKED_UP: Nothing,
    Action.RESTORED: Found,
    Action.KEYS_ROTATED: Rows,
    Action.DEMO_LOADED: Demo,
    Action.FEEDBACK_OPENED: Nothing,
    Action.THEMES_DECIDED: ThemesDecided,
    Action.FEEDBACK_SPLIT: Nothing,
    Action.THEME_MERGED: Merged,
    Action.THEME_PROPOSED: Nothing,
    Action.THEME_MODEL_MADE: ModelMade,
    Action.THEME_MODEL_ROLLED_BACK: Nothing,
    Action.THEMES_MEASURED: Nothing,
    Action.QUOTE_TAKEN_BACK: Decided,
    Action.GOOD_NEWS_PASSED_ON: Nothing,
    Action.PROMISE_MADE: PromiseChanged,
    Action.PROMISE_CHANGED: PromiseChanged,
    Action.PROMISE_TOLD: Told,
    Action.PROMISE_ANSWERED: Answered,
    Action.PROMISES_READ: Found,
    Action.ALERT_HOP: Hop,
    Action.ALERT_OPENED: Nothing,
    Action.ALERTS_LISTED: Found,
    Action.ALERT_ACKNOWLEDGED: Taken,
    Action.ALERT_WORDS_OPENED: UpTo,
    Action.ALERT_OUTCOME_RECORDED: DecidedAs,
    Action.ALERT_HANDED_ON: HandedTo,
    Action.ALERT_TAKEN_OVER: ToStaff,
    Action.ALERT_PERSON_NAMED: ToStaff,
    Action.ALERT_RAISED_BY_PERSON: Raised,
    Action.ALERT_RAISED_HIGHER: RaisedHigher,
    Action.ROTA_CHANGED: StaffChange,
    Action.FREE_TEXT_TURNED: Turned,
    Action.ALARM_TRIED: Nothing,
    Action.PROBE_FINISHED: Probed,
    Action.SECOND_LOOK_OPENED: Nothing,
    Action.SECOND_LOOK_DECIDED: Decided,
}


async def note(
    work: Work,
    actor: str,
    action: Action,
    subject_type: str,
    subject_id: str,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one line in the caller's transaction.

    `actor` is a staff id, `service`, `young_person` or `command`. Raises pydantic.ValidationError when the details are
    not what the action takes; then nothing of the transaction is kept, so what cannot be logged does not happen.
    """
    checked = SCHEMAS[action].model_validate(details or {}).model_dump(exclude_none=True)
    await chain.append(work, NewEvent(actor, action.value, subject_type, subject_id, checked))


class Line(Protocol):
    """A line as another room hands it over. `action` is the value of an Action."""

    @property
    def actor(self) -> str: ...

    @property
    def action(self) -> str: ...

    @property
    def subject_type(self) -> str: ...

    @property
    def subject_id(self) -> str: ...

    @property
    def details(self) -> Mapping[str, Any]: ...


async def note_line(work: Work, line: Line) -> None:
    """The same for a line that another room has made of what happened there."""
    await note(work, line.actor, Action(line.action), line.subject_type, line.subject_id, dict(line.details))


async def is_demonstration(work: Work) -> bool:
    """True when the log begins with the loading of the demonstration: then the store never held anything else."""
    first = await chain.first(work)
    return first is not None and first.action == Action.DEMO_LOADED
