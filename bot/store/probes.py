"""The checks that the way from a message to an acknowledgement is open, and the conversations they make."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.store.alert_models import AlertHop, Probe, ProbeState
from bot.store.conversations import by_token
from bot.store.database import Work
from bot.store.models import Alert, AlertState, Conversation
from bot.store.staff_models import Notification, NotificationChannel


async def begin(work: Work, occasion: str, channel: str, at: datetime) -> Probe | None:
    """Take this occasion. None when it has been taken, by this process or another."""
    if await work.session.scalar(select(Probe.id).where(Probe.occasion == occasion)) is not None:
        return None
    probe = Probe(occasion=occasion, channel=channel, started_at=at)
    try:
        async with work.session.begin_nested():
            work.session.add(probe)
    except IntegrityError:
        return None
    return probe


async def mark(work: Work, probe_id: str, token: str) -> str | None:
    """Mark the conversation of this token as a check of ours, before anything is said in it. Its id."""
    conversation = await by_token(work, token)
    if conversation is None or conversation.said_at is not None:
        return None
    await work.session.execute(update(Conversation).where(Conversation.id == conversation.id).values(synthetic=True))
    await work.session.execute(update(Probe).where(Probe.id == probe_id).values(conversation_id=conversation.id))
    return conversation.id


async def how_far(work: Work, conversation_id: str) -> str:
    """stored, alerted, told or acknowledged."""
    alert = await work.session.scalar(select(Alert).where(Alert.conversation_id == conversation_id).limit(1))
    if alert is None:
        return "stored"
    if alert.state != AlertState.RAISED:
        return "acknowledged"
    hop = await work.session.scalar(
        select(AlertHop.id).where(AlertHop.alert_id == alert.id, AlertHop.staff_id != "").limit(1)
    )
    return "alerted" if hop is None else "told"


async def alert_of_nudge(work: Work, notification_id: str) -> str | None:
    """The id of the alert that this nudge is about, when it is one of a check of ours."""
    row = await work.session.get(Notification, notification_id)
    if row is None or row.channel != NotificationChannel.PROBE:
        return None
    alert_id = row.key.split(":")[1]
    query = select(Alert.id).join(Conversation, Conversation.id == Alert.conversation_id)
    return await work.session.scalar(query.where(Alert.id == alert_id, Conversation.synthetic.is_(True)))


async def finish(work: Work, probe_id: str, state: ProbeState, reached: str, at: datetime) -> bool:
    """False when it was finished before."""
    done = await work.session.execute(
        update(Probe)
        .where(Probe.id == probe_id, Probe.state == ProbeState.RUNNING)
        .values(state=state, reached=reached, finished_at=at)
        .returning(Probe.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


async def broken_off(work: Work, before: datetime) -> list[Probe]:
    """Checks that were begun before this and never finished: whoever ran them is gone."""
    found = await work.session.scalars(
        select(Probe).where(Probe.state == ProbeState.RUNNING, Probe.started_at < before)
    )
    return list(found)


async def newest(work: Work, limit: int = 10) -> list[Probe]:
    return list(await work.session.scalars(select(Probe).order_by(Probe.started_at.desc(), Probe.id).limit(limit)))


async def is_broken(work: Work) -> bool:
    """Did the newest finished check of some channel not come to its end?"""
    rows = await work.session.execute(
        select(Probe.channel, Probe.state).where(Probe.state != ProbeState.RUNNING).order_by(Probe.started_at)
    )
    last: dict[str, ProbeState] = {}
    for channel, state in rows:
        last[channel] = state
    return ProbeState.BROKEN in last.values()
