"""Keras's part of bench/train.py: trains an epoch for each line that it reads, on one core.

python bench/train_keras.py NET WINDOWS
"""

import os
import sys
import time

from measuring import serve

net, windows = sys.argv[1], int(sys.argv[2])
os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

BATCH = 256


def make_tajimas_d() -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """Return the FAQ's net and its windows and targets."""
    model = keras.Sequential(
        [
            keras.Input((40, 20)),
            layers.Conv1D(128, 2, activation="relu"),
            layers.Conv1D(128, 2, activation="relu"),
            layers.AveragePooling1D(2),
            layers.Dropout(0.1),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.1),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    return model, draw_alleles(40, 20), generator.normal(size=(windows, 1)).astype(np.float32)


def make_sweeps() -> tuple[keras.Model, list[np.ndarray], np.ndarray]:
    """Return ``flagel_sweeps`` and its windows and classes."""
    haplotypes, positions = keras.Input((200, 40)), keras.Input((200,))
    features = haplotypes
    for i in range(1, 6):
        features = layers.Conv1D(256, 2, activation="relu")(features)
        if i > 1:
            pooling = layers.MaxPooling1D if i < 4 else layers.AveragePooling1D
            features = layers.Dropout(0.2)(pooling(2)(features))
    encoded = layers.Dropout(0.1)(layers.Dense(64, activation="relu")(positions))
    joined = layers.concatenate([layers.Flatten()(features), encoded])
    joined = layers.Dropout(0.25)(layers.Dense(256, activation="relu")(joined))
    model = keras.Model([haplotypes, positions], layers.Dense(5)(joined))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    sites = np.sort(generator.random((windows, 200), dtype=np.float32), axis=1)
    return model, [draw_alleles(200, 40), sites], generator.integers(5, size=windows)


def draw_alleles(sites: int, haplotypes: int) -> np.ndarray:
    """Return random alleles, -1 and 1."""
    shape = (windows, sites, haplotypes)
    return generator.integers(2, size=shape, dtype=np.int8).astype(np.float32) * 2 - 1


def train() -> float:
    """Train an epoch, with an eighth of the windows for validation; return its seconds."""
    few = windows // 8
    first = [part[:few] for part in inputs] if isinstance(inputs, list) else inputs[:few]
    started = time.process_time()
    model.fit(
        *(inputs, target),
        validation_data=(first, target[:few]),
        batch_size=BATCH,
        epochs=1,
        verbose=0,
    )
    return time.process_time() - started


tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
generator = np.random.default_rng(1)
model, inputs, target = {"flagel_tajimas_d": make_tajimas_d, "flagel_sweeps": make_sweeps}[net]()
serve({"Keras": train})
