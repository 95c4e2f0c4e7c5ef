"""The service's encoder, its layers run by TensorFlow.

Rasa has loaded TensorFlow anyway. The few rows of one short message it multiplies about twice as fast as NumPy's
library does. Mathematics and weights are those of `bot.encoder`; results differ by less than a millionth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, List

import numpy as np
import tensorflow as tf

from bot.encoder import Encoder, load_encoder
from bot.encoder.encoder import DIMENSIONS, HEAD_SIZE, HEADS, LAYER_NORM_EPSILON, LAYERS
from bot.encoder.weights import Array

Layer = Dict[str, tf.Tensor]

_HIDDEN = tf.TensorSpec((None, None, DIMENSIONS), tf.float32)
_MASK = tf.TensorSpec((None, None), tf.float32)


class CompiledEncoder(Encoder):
    """Encodes as the encoder that it is made from. The layers' weights (43 MB) are copied, the words' stay shared."""

    def __init__(self, encoder: Encoder) -> None:
        # The parent's constructor would set the tokenizer up a second time; this takes over what `encoder` has.
        self.__dict__.update(vars(encoder))
        layers = [_weights_of(self._tensors, number) for number in range(LAYERS)]
        graph = tf.function(lambda hidden, mask: _forward(hidden, mask, layers), input_signature=[_HIDDEN, _MASK])
        self._graph = graph.get_concrete_function()

    def _forward(self, hidden: Array, mask: Array) -> Array:
        vectors: Array = self._graph(tf.constant(hidden), tf.constant(mask)).numpy()
        return vectors


@lru_cache(maxsize=1)
def compiled_encoder() -> CompiledEncoder:
    """The one of this process, ready: TensorFlow arranges its graph at the first text, which nobody should wait for."""
    compiled = CompiledEncoder(load_encoder())
    compiled.encode_one("hello")
    return compiled


def _weights_of(tensors: Dict[str, Array], number: int) -> Layer:
    """One layer's weights as they are used: query, key and value side by side, every matrix turned round."""
    name = f"encoder.layer.{number}."
    parts = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
    found = {
        "asked": np.concatenate([tensors[part + ".weight"] for part in parts]).T,
        "asked_bias": np.concatenate([tensors[part + ".bias"] for part in parts]),
    }
    dense = {"mixed": "attention.output.dense", "widened": "intermediate.dense", "narrowed": "output.dense"}
    for short, part in dense.items():
        found[short] = tensors[f"{name}{part}.weight"].T
        found[short + "_bias"] = tensors[f"{name}{part}.bias"]
    for short, part in {"first": "attention.output.LayerNorm", "last": "output.LayerNorm"}.items():
        found[short + "_gain"] = tensors[f"{name}{part}.weight"]
        found[short + "_bias"] = tensors[f"{name}{part}.bias"]
    # Tensors that the graph refers to: arrays would be in each of the copies that TensorFlow makes of it.
    return {short: tf.constant(np.ascontiguousarray(array)) for short, array in found.items()}


def _forward(hidden: tf.Tensor, mask: tf.Tensor, layers: List[Layer]) -> tf.Tensor:
    """`Encoder._forward`. All pieces of all texts are rows of one matrix, except where they look at each other."""
    shape = tf.shape(hidden)
    blocked = (1.0 - mask)[:, None, None, :] * -1e9
    rows = tf.reshape(hidden, (-1, DIMENSIONS))
    for layer in layers:
        mixed = _attend(_dense(rows, layer, "asked"), blocked, shape)
        rows = _norm(rows + _dense(mixed, layer, "mixed"), layer, "first")
        widened = tf.nn.gelu(_dense(rows, layer, "widened"), approximate=False)
        rows = _norm(rows + _dense(widened, layer, "narrowed"), layer, "last")
    pooled = tf.reduce_sum(tf.reshape(rows, shape) * mask[:, :, None], axis=1) / tf.reduce_sum(mask, 1, keepdims=True)
    return pooled / tf.norm(pooled, axis=1, keepdims=True)


def _attend(asked: tf.Tensor, blocked: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
    heads = tf.reshape(asked, (shape[0], shape[1], 3, HEADS, HEAD_SIZE))
    query, key, value = tf.unstack(tf.transpose(heads, (2, 0, 3, 1, 4)))
    scores = tf.matmul(query, key, transpose_b=True) * np.float32(HEAD_SIZE**-0.5)
    mixed = tf.matmul(tf.nn.softmax(scores + blocked), value)
    return tf.reshape(tf.transpose(mixed, (0, 2, 1, 3)), (-1, DIMENSIONS))


def _dense(rows: tf.Tensor, layer: Layer, name: str) -> tf.Tensor:
    return tf.nn.bias_add(tf.matmul(rows, layer[name]), layer[name + "_bias"])


def _norm(rows: tf.Tensor, layer: Layer, name: str) -> tf.Tensor:
    centred = rows - tf.reduce_mean(rows, axis=-1, keepdims=True)
    variance = tf.reduce_mean(centred * centred, axis=-1, keepdims=True)
    return centred * tf.math.rsqrt(variance + LAYER_NORM_EPSILON) * layer[name + "_gain"] + layer[name + "_bias"]
