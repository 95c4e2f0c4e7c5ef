"""`make learn-screening`: learn the detector's low-rank update and heads anew from content/safeguarding/examples.

PyTorch is needed here and nowhere else, in an environment of its own. Half an hour on one core that does nothing else.
The result is written to bot/screening/weights; then put the SHA-256 of each file, which are printed, into
content/safeguarding/detector.yml, run `make evaluate`, and keep it only if it is no worse.

Method: LoRA (Hu et al. 2021), rank 8, on query, value and both feed-forward matrices of each layer; mean pooling; one
head for five severities and one for 25 categories, trained together; AdamW with a one-cycle rate; typing mistakes, lost
punctuation and neighbouring harmless sentences are put in at random, so that no one hand's habits are learned.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from bot.content import content_folder
from bot.encoder.encoder import DIMENSIONS, HEAD_SIZE, HEADS, LAYERS
from bot.encoder.weights import Array, find_files, map_weights
from bot.entitlements.library import load_library
from bot.screening.categories import CATEGORIES
from bot.screening.model import SEVERITIES, VECTOR_SCALE, WEIGHTS
from bot.screening.windows import windows
from bot.store.models import Severity
from ovos.settings import ROOT

RANK = 8
SCALE = 2.0
ADAPTED = ("attention.self.query", "attention.self.value", "intermediate.dense", "output.dense")
DROPOUT = 0.1
BATCH = 32
RATE = 2e-3
SMOOTHING = 0.05
CATEGORY_WEIGHT = 0.5
MOST_TOKENS = 200
BETWEEN = " . "  # how earlier messages stand before the one that is read


@dataclass(frozen=True)
class Example:
    text: str
    severity: int
    category: int


NOTHING_RAISED = Example("", SEVERITIES.index(Severity.NONE), CATEGORIES.index("none"))

# How the development data names what DESIGN names otherwise.
RENAMED = {
    "pre_disclosure": "opener",
    "wellbeing": "distress",
    "eating_difficulty": "eating",
    "online_grooming": "online_harm",
    "missing_homeless": "missing",
    "substance_overdose": "substance",
    "sexual_exploitation": "exploitation_sexual",
    "criminal_exploitation": "exploitation_criminal",
    "allegation_carer_professional": "carer_or_staff_conduct",
    "honour_fgm_forced_marriage": "forced_marriage_honour",
    "modern_slavery": "trafficking_modern_slavery",
    "risk_to_others": "harm_to_others",
}


# Cards that are asked in need: a person should see those, whether or not the detector says so.
NOT_HARMLESS = frozenset(
    {
        "homeless_now",
        "emergency_money_food",
        "suitable_accommodation_16_17",
        "mental_health_support",
        "holiday_accommodation",
        "debt_bailiffs",
        "safeguarding",
        "out_of_scope",
    }
)
MAY_BEGIN_A_DISCLOSURE = re.compile(
    r"\b(tell|told|secret|private|grass|snitch|scared|hurt|safe|hit|die|nvm|forget it|never ?mind|real person|human)\b"
)
EACH_GOAL = 150
EACH_CARD = 45
EACH_LONG = 3  # pieces of a long harmless message
START = 0  # every member begins at the same weights, so that their average is a model too (Wortsman et al. 2022)


def read_examples(also: Path | None, themes: Path | None = None) -> list[Example]:
    """Every example with the messages before it, where it has any; development data; ordinary questions and feedback.

    Raises KeyError or ValueError at a bad label.
    """
    files = sorted((content_folder() / "safeguarding" / "examples").glob("*.yml"))
    examples = [one for path in [*files, *([] if also is None else [also])] for one in read_file(path)]
    dice = random.Random(0)  # noqa: S311  # not for secrets
    return examples + pieces_of_harmless(examples, dice) + ordinary_questions(dice) + feedback(themes)


def pieces_of_harmless(examples: list[Example], dice: random.Random) -> list[Example]:
    """Long messages are read in pieces too, and a piece of what is harmless is harmless."""
    found: list[Example] = []
    for one in examples:
        pieces = windows(one.text) if one.severity == NOTHING_RAISED.severity else []
        found += [replace(NOTHING_RAISED, text=text) for text in dice.sample(pieces, min(EACH_LONG, len(pieces)))]
    return found


def feedback(also: Path | None) -> list[Example]:
    """What themes learn from, as harmless messages: most of what is written is somebody's bad or good day.

    Left out is what its authors sent to a safeguarding lead first, what is about feeling safe, and words that may begin
    a disclosure. `also` is a file of development data, like themes.yml.
    """
    rows = [row for path in sorted((content_folder() / "themes" / "examples").glob("*.yml")) for row in _rows(path)]
    if also is not None:
        rows += [{**row, "themes": [theme["id"]]} for theme in _rows(also) for row in theme["examples"]]
    harmless = [
        row["text"]
        for row in rows
        if "route" not in row
        and "feeling_safe" not in row["themes"]
        and not MAY_BEGIN_A_DISCLOSURE.search(row["text"].lower())
    ]
    return [replace(NOTHING_RAISED, text=text) for text in harmless]


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return rows


def ordinary_questions(dice: random.Random) -> list[Example]:
    """What goals and cards learn from, as harmless messages: the same young people write them.

    Left out are cards that are asked in need, and words that also begin a disclosure ("is this private").
    """
    texts: list[str] = []
    for goal, found in goal_texts().items():
        clear = [text for text in found if not MAY_BEGIN_A_DISCLOSURE.search(text.lower())]
        texts += [] if goal in NOT_HARMLESS else dice.sample(clear, min(EACH_GOAL, len(clear)))
    for card, questions in load_library(content_folder() / "entitlements").questions.items():
        clear = [text for text in questions if not MAY_BEGIN_A_DISCLOSURE.search(text.lower())]
        texts += [] if card in NOT_HARMLESS else dice.sample(clear, min(EACH_CARD, len(clear)))
    return [replace(NOTHING_RAISED, text=text) for text in texts]


def goal_texts() -> dict[str, list[str]]:
    """The training text of every goal, by goal."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        if path.name.startswith("generated_"):
            continue
        for entry in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader).get("nlu", []):
            if "intent" in entry:
                lines = [line.removeprefix("- ").strip() for line in entry["examples"].splitlines() if line.strip()]
                found.setdefault(entry["intent"].partition("/")[0], []).extend(lines)
    return found


def severities_names() -> list[str]:
    return [one.value for one in SEVERITIES]


def read_file(path: Path) -> list[Example]:
    severities = severities_names()
    examples = []
    for row in _rows(path):
        text = BETWEEN.join([*row.get("before", []), row["text"]])
        category = RENAMED.get(row["category"], row["category"])
        examples.append(Example(text, severities.index(row["severity"]), CATEGORIES.index(category)))
    return examples


class Linear(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """A frozen linear layer, with a low-rank update when it is adapted."""

    def __init__(self, weight: Array, bias: Array, *, adapt: bool) -> None:
        super().__init__()
        self.register_buffer("weight", torch.tensor(weight))
        self.register_buffer("bias", torch.tensor(bias))
        self.down: nn.Parameter | None = None
        if adapt:
            outputs, inputs = weight.shape
            self.down = nn.Parameter(torch.randn(RANK, inputs) / math.sqrt(inputs))
            self.up = nn.Parameter(torch.zeros(outputs, RANK))

    def forward(self, x: Tensor) -> Tensor:
        plain = functional.linear(x, self.weight, self.bias)
        if self.down is None:
            return plain
        return plain + SCALE * functional.linear(functional.linear(x, self.down), self.up)


class Reader(nn.Module):  # type: ignore[misc]
    """The encoder as `bot.encoder.encoder` computes it, with low-rank updates, dropout and the two heads."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        super().__init__()
        self.tensors = {name: torch.tensor(array) for name, array in tensors.items()}
        names = [
            f"encoder.layer.{layer}.{part}"
            for layer in range(LAYERS)
            for part in (*ADAPTED, "attention.self.key", "attention.output.dense")
        ]
        self.linears = nn.ModuleDict({_key(name): self._linear(tensors, name) for name in names})
        self.severity = nn.Linear(DIMENSIONS, len(SEVERITIES))
        self.category = nn.Linear(DIMENSIONS, len(CATEGORIES))
        self.drop = nn.Dropout(DROPOUT)

    def _linear(self, tensors: dict[str, Array], name: str) -> Linear:
        adapt = any(name.endswith(f".{part}") for part in ADAPTED) and "attention.output" not in name
        return Linear(tensors[f"{name}.weight"], tensors[f"{name}.bias"], adapt=adapt)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of shapes (batch, severities) and (batch, categories)."""
        hidden = self._embed(ids)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}.")
        shown = mask[:, :, None].float()
        pooled = (hidden * shown).sum(1) / shown.sum(1)
        vector = self.drop(functional.normalize(pooled, dim=1) * float(VECTOR_SCALE))
        return self.severity(vector), self.category(vector)

    def _embed(self, ids: Tensor) -> Tensor:
        embedded = (
            self.tensors["embeddings.word_embeddings.weight"][ids]
            + self.tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + self.tensors["embeddings.token_type_embeddings.weight"][0]
        )
        return self.drop(self._norm(embedded, "embeddings.LayerNorm"))

    def _layer(self, hidden: Tensor, mask: Tensor, name: str) -> Tensor:
        query, key, value = (
            self._heads(self.linears[_key(f"{name}attention.self.{part}")](hidden))
            for part in ("query", "key", "value")
        )
        drop = DROPOUT if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, mask[:, None, None, :], dropout_p=drop)
        attended = self.linears[_key(f"{name}attention.output.dense")](mixed.transpose(1, 2).reshape(hidden.shape))
        hidden = self._norm(hidden + self.drop(attended), f"{name}attention.output.LayerNorm")
        widened = functional.gelu(self.linears[_key(f"{name}intermediate.dense")](hidden))
        narrowed = self.linears[_key(f"{name}output.dense")](widened)
        return self._norm(hidden + self.drop(narrowed), f"{name}output.LayerNorm")

    def _heads(self, x: Tensor) -> Tensor:
        rows, length, _ = x.shape
        return x.view(rows, length, HEADS, HEAD_SIZE).transpose(1, 2)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return functional.layer_norm(x, (DIMENSIONS,), weight, bias, 1e-12)

    def learned(self) -> dict[str, NDArray[Any]]:
        """What is shipped: float16 updates with the scale in them, float32 heads."""
        arrays: dict[str, NDArray[Any]] = {}
        for key, linear in self.linears.items():
            if linear.down is not None:
                arrays[f"{_name(key)}.weight.down"] = _array(linear.down).astype(np.float16)
                arrays[f"{_name(key)}.weight.up"] = (SCALE * _array(linear.up)).astype(np.float16)
        for head, layer in (("severity", self.severity), ("category", self.category)):
            arrays[f"{head}.weight"], arrays[f"{head}.bias"] = _array(layer.weight), _array(layer.bias)
        return arrays


def _key(name: str) -> str:
    return name.replace(".", "/")  # PyTorch allows no dots in the names of modules


def _name(key: str) -> str:
    return key.replace("/", ".")


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().float().numpy()
    return array


class Roughen:
    """Makes a text a little different each time that it is learned from."""

    def __init__(self, examples: list[Example], dice: random.Random) -> None:
        harmless = SEVERITIES.index(SEVERITIES[-1])
        self._beside = [one.text for one in examples if one.severity == harmless and len(one.text) < 160]
        self._dice = dice

    def __call__(self, text: str) -> str:
        dice = self._dice
        if dice.random() < 0.25:
            text = " ".join(self._typo(word) if dice.random() < 0.15 else word for word in text.split(" "))
        if dice.random() < 0.2:
            text = text.lower()
        if dice.random() < 0.15:
            text = "".join(letter for letter in text if letter not in ".,!?'\"")
        if dice.random() < 0.12 and len(text) < 200:
            beside = dice.choice(self._beside)
            text = dice.choice([f"{beside} {text}", f"{text} {beside}", f"{beside}. {text}"])
        return text

    def _typo(self, word: str) -> str:
        if len(word) < 4:
            return word
        at = self._dice.randrange(1, len(word) - 1)
        kind = self._dice.random()
        if kind < 0.35:
            return word[:at] + word[at + 1 :]
        if kind < 0.7:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + word[at] + word[at:]


def batches(examples: list[Example], dice: random.Random) -> Iterator[list[Example]]:
    """All examples once, in batches of about the same length, in random order."""
    order = examples[:]
    dice.shuffle(order)
    found = []
    for begin in range(0, len(order), BATCH * 8):
        near = sorted(order[begin : begin + BATCH * 8], key=lambda one: len(one.text))
        found += [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
    dice.shuffle(found)
    yield from found


def as_tensors(tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = True
    return ids, mask


def learn(examples: list[Example], epochs: int, seed: int) -> dict[str, NDArray[Any]]:
    """The update and the heads after this many times through all examples. Prints its progress."""
    dice = random.Random(seed)  # noqa: S311  # not for secrets
    files = find_files()
    tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    torch.manual_seed(START)
    reader = Reader(map_weights(files.weights))
    torch.manual_seed(seed)
    moving = [parameter for parameter in reader.parameters() if parameter.requires_grad]
    steps = epochs * sum(1 for _ in batches(examples, random.Random(0)))  # noqa: S311
    optimiser = torch.optim.AdamW(moving, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    counts = Counter(one.severity for one in examples)
    rare = torch.tensor([math.sqrt(len(examples) / 5 / max(counts[at], 1)) for at in range(len(SEVERITIES))])
    roughen = Roughen(examples, dice)
    began = time.monotonic()
    reader.train()
    for epoch in range(epochs):
        for number, batch in enumerate(batches(examples, dice)):
            ids, mask = as_tensors(tokenizer, [roughen(one.text) for one in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                severity, category = reader(ids, mask)
            loss = functional.cross_entropy(
                severity.float(), torch.tensor([one.severity for one in batch]), rare, label_smoothing=SMOOTHING
            ) + CATEGORY_WEIGHT * functional.cross_entropy(
                category.float(), torch.tensor([one.category for one in batch]), label_smoothing=SMOOTHING
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(moving, 1.0)
            optimiser.step()
            schedule.step()
            if number % 100 == 0:
                spent = time.monotonic() - began
                print(
                    f"  seed {seed}: epoch {epoch + 1} of {epochs}, batch {number}, loss {loss.item():.2f}, {spent:.0f} s",
                    file=sys.stderr,
                )
    learned: dict[str, NDArray[Any]] = reader.learned()
    return learned


def averaged(members: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """One update and one pair of heads that stand in the middle of all members'.

    The sum of products of low rank is a product of the ranks together: the matrices are put side by side.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name in members[0]:
        every = [member[name] for member in members]
        if name.endswith(".down"):
            arrays[name] = np.concatenate(every, axis=0)
        elif name.endswith(".up"):
            shares = [array.astype(np.float32) / len(members) for array in every]
            arrays[name] = np.concatenate(shares, axis=1).astype(np.float16)
        else:
            arrays[name] = np.mean(every, axis=0, dtype=np.float32)
    return arrays


def main() -> int:
    parser = argparse.ArgumentParser(description="Learn the detector anew.")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--seeds", type=int, nargs="+", default=[2, 3], help="a member of the model for each")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--also", type=Path, metavar="FILE", help="a file of development data, like disclosures.yml")
    parser.add_argument("--themes", type=Path, metavar="FILE", help="a file of development data, like themes.yml")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    examples = read_examples(chosen.also, chosen.themes)
    print(f"Learning from {len(examples)} messages ...", file=sys.stderr)
    print("weights_sha256:")
    chosen.out.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(chosen.seeds, start=1):
        file = chosen.out / f"screening_{number}.safetensors"
        save_file(learn(examples, chosen.epochs, seed), file)
        print(f"  - {hashlib.sha256(file.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
