"""Rasa's rules, found by what was done last and what was said, instead of by trying every rule at every step."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

from rasa.core.policies import rule_policy
from rasa.shared.core.constants import SHOULD_NOT_BE_SET

Asks = Tuple[Optional[str], Optional[str]]  # the action before and the intent that a rule asks for, or None


class RulePolicy(rule_policy.RulePolicy):  # type: ignore[misc]  # Rasa is not typed; it knows a policy by this name
    """Decides as the policy that was loaded: a rule that asks for another action or intent could not apply."""

    def __init__(self, loaded: rule_policy.RulePolicy) -> None:
        # The parent's constructor would make a new, untrained policy; this takes over what `loaded` has.
        self.__dict__.update(vars(loaded))
        self._sorted = {id(rules): self._by_what_they_ask(rules) for rules in self.lookup.values()}

    def _by_what_they_ask(self, rules: Any) -> Dict[Asks, Dict[str, Any]]:
        found: Dict[Asks, Dict[str, Any]] = defaultdict(dict)
        if isinstance(rules, dict):
            for key, action in rules.items():
                found[asks(self._rule_key_to_state(key)[-1])][key] = action
        return found

    def _get_possible_keys(self, lookup: Dict[str, str], states: List[Mapping[str, Any]]) -> Set[str]:
        action, intent = asks(states[-1]) if states else (None, None)
        if action is None:
            return set(super()._get_possible_keys(lookup, states))
        groups = self._sorted[id(lookup)]
        fitting: Dict[str, str] = {}
        for group in {(action, intent), (action, None), (None, intent), (None, None)}:
            fitting.update(groups.get(group, {}))
        return set(super()._get_possible_keys(fitting, states))


def asks(state: Mapping[str, Any]) -> Asks:
    """What stands in a state for the action before and for the intent."""
    return _set(state.get("prev_action", {}).get("action_name")), _set(state.get("user", {}).get("intent"))


def _set(value: Optional[str]) -> Optional[str]:
    """Rasa's way to say that something must not be there asks for nothing in particular."""
    return None if value == SHOULD_NOT_BE_SET else value or None
