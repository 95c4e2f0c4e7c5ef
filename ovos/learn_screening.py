"""`make learn-screening`: learn the detector's low-rank update and heads anew from content/safeguarding/examples.

PyTorch is needed here and nowhere else, in an environment of its own. About an hour on one core.
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
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from bot.content import Content, content_folder, read_content
from bot.encoder.encoder import DIMENSIONS, HEAD_SIZE, HEADS, LAYERS
from bot.encoder.weights import Array, find_files, map_weights
from bot.screening.categories import CATEGORIES
from bot.screening.model import SEVERITIES, VECTOR_SCALE, WEIGHTS
from ovos.learn_screening_words import learn_words
from ovos.learn_screening_words import save as save_words
from ovos.screening_examples import Example, add_development_data, read_examples

RANK = 8
SCALE = 2.0
ADAPTED = ("attention.self.query", "attention.self.value", "intermediate.dense", "output.dense")
DROPOUT = 0.1
BATCH = 32
RATE = 2e-3
RATE_LATER = 1e-3  # when it goes on from what was learned earlier
SMOOTHING = 0.05
CATEGORY_WEIGHT = 0.5
MOST_TOKENS = 200
FILE = "screening.safetensors"


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

    def go_on_from(self, learned: Mapping[str, NDArray[Any]]) -> None:
        """Begin where an earlier learning ended. Raises KeyError when it is none of this model."""
        for key, linear in self.linears.items():
            if linear.down is not None:
                linear.down.data = torch.tensor(learned[f"{_name(key)}.weight.down"].astype(np.float32))
                linear.up.data = torch.tensor(learned[f"{_name(key)}.weight.up"].astype(np.float32)) / SCALE
        for head, layer in (("severity", self.severity), ("category", self.category)):
            layer.weight.data = torch.tensor(learned[f"{head}.weight"])
            layer.bias.data = torch.tensor(learned[f"{head}.bias"])


def _key(name: str) -> str:
    return name.replace(".", "/")  # PyTorch allows no dots in the names of modules


def _name(key: str) -> str:
    return key.replace("/", ".")


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().float().numpy()
    return array


class Spellings(Content):
    """`content/safeguarding/spellings.yml`: other spellings of a word."""

    version: int
    words: dict[str, tuple[str, ...]]


class Roughen:
    """Makes a text a little different each time that it is learned from."""

    def __init__(self, examples: list[Example], dice: random.Random) -> None:
        harmless = SEVERITIES.index(SEVERITIES[-1])
        self._beside = [one.text for one in examples if one.severity == harmless and len(one.text) < 160]
        self._harmless = harmless
        self._spellings = read_content(content_folder() / "safeguarding" / "spellings.yml", Spellings).words
        self._dice = dice

    def __call__(self, example: Example) -> str:
        dice, text = self._dice, example.text
        # Those who write of danger were imagined more roughly than others: what is harmless is written as roughly here.
        if dice.random() < (0.30 if example.severity == self._harmless else 0.10):
            text = self._by_ear(text)
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

    def _by_ear(self, text: str) -> str:
        share = self._dice.uniform(0.3, 1.0)
        words = [self._spelt(word) if self._dice.random() < share else word for word in text.split(" ")]
        return " ".join(words)

    def _spelt(self, word: str) -> str:
        bare = word.lower().rstrip(".,!?")
        if bare in self._spellings:
            return self._dice.choice(self._spellings[bare]) + word[len(bare) :]
        if len(bare) > 4 and bare.endswith("ing"):
            return bare[:-1] + word[len(bare) :]
        if len(bare) > 3 and bare.startswith("h") and self._dice.random() < 0.3:
            return word[1:]
        return self._typo(word) if self._dice.random() < 0.1 else word

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


def learn(
    examples: list[Example], epochs: int, seed: int, earlier: Mapping[str, NDArray[Any]] | None = None
) -> dict[str, NDArray[Any]]:
    """The update and the heads after this many times through all examples, from the start or from what was learned
    earlier, then in smaller steps. Prints its progress."""
    dice = random.Random(seed)  # noqa: S311  # not for secrets
    files = find_files()
    tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    torch.manual_seed(seed)
    reader = Reader(map_weights(files.weights))
    if earlier is not None:
        reader.go_on_from(earlier)
    moving = [parameter for parameter in reader.parameters() if parameter.requires_grad]
    steps = epochs * sum(1 for _ in batches(examples, random.Random(0)))  # noqa: S311
    rate = RATE if earlier is None else RATE_LATER
    optimiser = torch.optim.AdamW(moving, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    counts = Counter(one.severity for one in examples)
    rare = torch.tensor([math.sqrt(len(examples) / 5 / max(counts[at], 1)) for at in range(len(SEVERITIES))])
    roughen = Roughen(examples, dice)
    began = time.monotonic()
    reader.train()
    for epoch in range(epochs):
        for number, batch in enumerate(batches(examples, dice)):
            ids, mask = as_tensors(tokenizer, [roughen(one) for one in batch])
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
                at = f"epoch {epoch + 1} of {epochs}, batch {number}"
                print(f"  seed {seed}: {at}, loss {loss.item():.2f}, {spent:.0f} s", file=sys.stderr)
    learned: dict[str, NDArray[Any]] = reader.learned()
    return learned


def main() -> int:
    parser = argparse.ArgumentParser(description="Learn the detector anew.")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--go-on-from", type=Path, metavar="FOLDER", help="begin with the weights of this folder")
    add_development_data(parser)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    examples = read_examples(chosen.also, chosen.themes)
    print(f"Learning from {len(examples)} messages ...", file=sys.stderr)
    chosen.out.mkdir(parents=True, exist_ok=True)
    words = save_words(learn_words(examples), chosen.out)
    earlier = None if chosen.go_on_from is None else load_file(chosen.go_on_from / FILE)
    file = chosen.out / FILE
    save_file(learn(examples, chosen.epochs, chosen.seed, earlier), file)
    print(f"weights_sha256:\n  encoder: {hashlib.sha256(file.read_bytes()).hexdigest()}\n  words: {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
