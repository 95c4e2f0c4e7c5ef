"""Find, check and map the encoder's weights.

The file is mapped read-only, so that three processes on one machine share one copy in memory.
Format: https://github.com/huggingface/safetensors#format (eight bytes of header length, a JSON header, raw tensors).
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Dict

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PROJECT_ROOT = Path(__file__).resolve().parents[2]


class EncoderError(Exception):
    """The encoder's files are missing or are not the ones the project was tested with."""


@dataclass(frozen=True)
class EncoderFiles:
    """Where the weights and the tokenizer of `all-MiniLM-L6-v2` lie."""

    weights: Path
    tokenizer: Path


def find_files() -> EncoderFiles:
    """The folder named in OVOS_ENCODER_DIR, or the one that set-up makes. Raises EncoderError when it is not there."""
    home = Path(os.environ.get("OVOS_ENCODER_DIR", PROJECT_ROOT / ".encoder"))
    found = sorted(home.rglob("model.safetensors"))
    if not found:
        raise EncoderError("The sentence encoder is not installed. Run `make setup`, or set OVOS_ENCODER_DIR.")
    return EncoderFiles(weights=found[0], tokenizer=found[0].with_name("tokenizer.json"))


def map_weights(path: Path) -> Dict[str, Array]:
    """Tensors by name, float32, as views on the mapped file. Raises EncoderError when the SHA-256 is another."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if hashlib.sha256(mapped).hexdigest() != WEIGHTS_SHA256:
        raise EncoderError(
            "The encoder's weights are not the ones this project was tested with. Run `make setup` again."
        )
    header_length = int.from_bytes(mapped[:8], "little")
    header = json.loads(mapped[8 : 8 + header_length])
    start = 8 + header_length
    tensors: Dict[str, Array] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(mapped, dtype=np.float32, count=(end - begin) // 4, offset=start + begin)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors
