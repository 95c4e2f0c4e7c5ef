"""Everything that a page publishes, together: themes, domains, feelings, ages and homes of whole invented quarters."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.cells import ANSWERS, THRESHOLD
from bot.reports.content import load_board, load_taxonomy
from bot.reports.counts import FEELINGS, by_scope, feedback_figures
from bot.reports.disclosure import Table, protect
from bot.reports.inference import Relation, conclude
from bot.store.counted_themes import ALL, DOMAIN, Counted, CountedGroup
from bot.store.report_models import Sentiment

Q = "2026Q2"
MOST = 32  # people in all


class Crowd:
    """People with themes, feelings, ages and homes, and what is counted of them."""

    def __init__(self, seed: int, people: int, themes: int) -> None:
        chance, taxonomy, board = random.Random(seed), load_taxonomy(), load_board()
        names = [one.id for one in taxonomy.themes][:themes]
        weights = [chance.random() ** 3 for _ in names]
        counts: Counter[tuple[str, Sentiment]] = Counter()
        groups: Counter[tuple[str | None, str | None, bool]] = Counter()
        self.true: Counter[str] = Counter()
        for _ in range(people):
            mine = set(chance.choices(names, weights, k=chance.randint(1, 4)))
            scopes = {ALL, *mine, *(DOMAIN + str(one.domain) for one in taxonomy.themes if one.id in mine)}
            feeling = chance.choice(list(Sentiment))
            age = chance.choice([None, *(one.id for one in board.age_bands)])
            home = chance.choice([None, "foster", "foster", "other"])
            groups[age, home, False] += 1
            self.true[f"{Q}/age:{age or 'not_said'}"] += 1
            self.true[f"{Q}/home:{home or 'not_said'}"] += 1
            for scope in scopes:
                counts[scope, feeling] += 1
                self.true[f"{Q}/{scope if scope == ALL or scope.startswith(DOMAIN) else f'theme:{scope}'}"] += 1
                name = feeling.value if feeling is not Sentiment.NEUTRAL else FEELINGS[-1]
                self.true[f"{Q}/theme:{scope}:{name}"] += 1
        counted = [Counted(scope, True, True, feeling, n, n, n) for (scope, feeling), n in counts.items()]
        told = [CountedGroup(age, home, good, n) for (age, home, good), n in groups.items()]
        self.figures = feedback_figures(Q, by_scope(counted), told, taxonomy, board)


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**6), people=st.integers(0, 260), themes=st.integers(1, 30))
def test_each_value_of_a_quarter_keeps_three_answers_beside_all_others(seed: int, people: int, themes: int) -> None:
    crowd = Crowd(seed, people, themes)
    if people < THRESHOLD:
        assert crowd.figures.words_only
        return
    known = conclude(crowd.figures.known(), crowd.figures.relations)
    for name, interval in known.items():
        assert interval.low <= crowd.true[name] <= interval.high, name
        assert interval.answers >= ANSWERS, (name, interval)


def test_two_tables_of_the_same_people_keep_three_answers_for_a_reader_who_knows_the_method() -> None:
    """Every pair of tables of two parts, ages and homes, that add up to the same people."""
    alike: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    relations = [Relation(kind="sum", whole="all", parts=(f"{one}0", f"{one}1")) for one in "ab"]
    for whole in range(10, MOST + 1):
        for a, b in product(range(whole + 1), repeat=2):
            people = {"all": whole, "a0": a, "a1": whole - a, "b0": b, "b1": whole - b}
            look = protect(Table(people, relations), "all").model_dump_json()
            alike[look].append(tuple(people.values()))
    # Tables whose look-alikes may be larger than those that were made are left out.
    whole_known = [tables for tables in alike.values() if max(one[0] for one in tables) <= MOST - 3]
    assert len(whole_known) > 50
    for tables in whole_known:
        assert all(len({one[n] for one in tables}) >= ANSWERS for n in range(5)), tables[:3]
