"""Rasa's rules, found by what was done last and what was said, instead of by trying every rule at every step.

Rasa compares a rule with as many of the conversation's last steps as the rule has. It describes every step of the whole
session for that, twice for each action, the second time with the words in place of the intent. Here only the steps that
the longest rule can look at are described, and rules on words are looked for only if there are any.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Dict, Iterator, List, Mapping, Optional, Set, Tuple

from rasa.core.policies import rule_policy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SHOULD_NOT_BE_SET
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

Asks = Tuple[Optional[str], Optional[str]]  # the action before and the intent that a rule asks for, or None


class RulePolicy(rule_policy.RulePolicy):  # type: ignore[misc]  # Rasa is not typed; it knows a policy by this name
    """Decides as the policy that was loaded: a rule that asks for another action or intent could not apply."""

    def __init__(self, loaded: rule_policy.RulePolicy) -> None:
        # The parent's constructor would make a new, untrained policy; this takes over what `loaded` has.
        self.__dict__.update(vars(loaded))
        self._sorted = {id(rules): self._by_what_they_ask(rules) for rules in self.lookup.values()}
        keys = [key for rules in self.lookup.values() if isinstance(rules, dict) for key in rules]
        self._longest = max((len(self._rule_key_to_state(key)) for key in keys), default=1)
        # A rule on words asks for no intent. A rule that asks for nothing at all is looked at in both passes.
        asked = {asks for groups in self._sorted.values() for asks in groups}
        self._has_rules_on_words = bool(asked & {(ACTION_LISTEN_NAME, None), (None, None)})

    def _by_what_they_ask(self, rules: Any) -> Dict[Asks, Dict[str, Any]]:
        found: Dict[Asks, Dict[str, Any]] = defaultdict(dict)
        if isinstance(rules, dict):
            for key, action in rules.items():
                found[asks(self._rule_key_to_state(key)[-1])][key] = action
        return found

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[str], Optional[str], bool]:
        if use_text_for_last_user_input and not self._has_rules_on_words:
            return None, None, False
        found: Tuple[Optional[str], Optional[str], bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _prediction_states(self, tracker: DialogueStateTracker, *arguments: Any, **named: Any) -> List[Dict[str, Any]]:
        last = LastSteps(tracker, self._longest)
        states: List[Dict[str, Any]] = super()._prediction_states(last, *arguments, **named)
        return states

    def _get_possible_keys(self, lookup: Dict[str, str], states: List[Mapping[str, Any]]) -> Set[str]:
        action, intent = asks(states[-1]) if states else (None, None)
        if action is None:
            return set(super()._get_possible_keys(lookup, states))
        groups = self._sorted[id(lookup)]
        fitting: Dict[str, str] = {}
        for group in {(action, intent), (action, None), (None, intent), (None, None)}:
            fitting.update(groups.get(group, {}))
        return set(super()._get_possible_keys(fitting, states))


class LastSteps:
    """The part of a tracker that Rasa asks for the steps of a conversation; it gives the last ones only."""

    def __init__(self, tracker: DialogueStateTracker, steps: int) -> None:
        self._tracker = tracker
        self._steps = steps

    def past_states(self, domain: Domain, **named: Any) -> List[Dict[str, Any]]:
        """Rasa's `DialogueStateTracker.past_states`."""
        states: List[Dict[str, Any]] = domain.states_for_tracker_history(self, **named)
        return states

    def generate_all_prior_trackers(self) -> Iterator[Tuple[DialogueStateTracker, bool]]:
        """Rasa's method of this name: the tracker before each action and as it is now, without the earlier ones."""
        events = self._tracker.applied_events()
        earlier = sum(type(event) is ActionExecuted for event in events) + 1 - self._steps
        prior = self._tracker.init_copy()
        for event in events:
            if type(event) is ActionExecuted:
                if earlier <= 0:
                    yield prior, event.hide_rule_turn
                earlier -= 1
            prior.update(event)
        yield prior, False


def asks(state: Mapping[str, Any]) -> Asks:
    """What stands in a state for the action before and for the intent."""
    return _set(state.get("prev_action", {}).get("action_name")), _set(state.get("user", {}).get("intent"))


def _set(value: Optional[str]) -> Optional[str]:
    """Rasa's way to say that something must not be there asks for nothing in particular."""
    return None if value == SHOULD_NOT_BE_SET else value or None
