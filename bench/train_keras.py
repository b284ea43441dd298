"""Keras's part of bench/train.py: trains an epoch for each line that it reads, prints its seconds.

python bench/train_keras.py NET WINDOWS THREADS DEVICE CLOCK
"""

import os
import sys
import time

net, windows, threads, device, clock = sys.argv[1:]
windows, threads = int(windows), int(threads)
clock = {"wall": time.monotonic, "processor": time.process_time}[clock]
os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
if device == "cpu":
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

BATCH = 256


def tajimas_d():
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
    return model, alleles(40, 20), generator.normal(size=(windows, 1)).astype(np.float32)


def sweeps():
    """Return ``flagel_sweeps`` and its windows and classes."""
    haplotypes, positions = keras.Input((200, 40)), keras.Input((200,))
    seen = haplotypes
    for number in range(1, 6):
        seen = layers.Conv1D(256, 2, activation="relu")(seen)
        if number > 1:
            pooling = layers.MaxPooling1D if number < 4 else layers.AveragePooling1D
            seen = layers.Dropout(0.2)(pooling(2)(seen))
    placed = layers.Dropout(0.1)(layers.Dense(64, activation="relu")(positions))
    joined = layers.concatenate([layers.Flatten()(seen), placed])
    joined = layers.Dropout(0.25)(layers.Dense(256, activation="relu")(joined))
    model = keras.Model([haplotypes, positions], layers.Dense(5)(joined))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    where = np.sort(generator.random((windows, 200), dtype=np.float32), axis=1)
    return model, [alleles(200, 40), where], generator.integers(5, size=windows)


def alleles(sites, haplotypes):
    """Return random alleles, -1 and 1."""
    shape = (windows, sites, haplotypes)
    return generator.integers(2, size=shape, dtype=np.int8).astype(np.float32) * 2 - 1


tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
generator = np.random.default_rng(1)
model, inputs, target = {"flagel_tajimas_d": tajimas_d, "flagel_sweeps": sweeps}[net]()
for _ in sys.stdin:
    started = clock()
    model.fit(inputs, target, batch_size=BATCH, epochs=1, verbose=0)
    print(clock() - started, flush=True)
