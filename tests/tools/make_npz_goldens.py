#!/usr/bin/env python3
"""Makes tests/golden/npz/: small NPZ files as NumPy writes them, of drawn numbers. The same formulas are in tests/unit/test_format_npz.c.

Needs NumPy (Debian: python3-numpy).
"""
import os

import numpy

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "npz")


def images(count, *shape, seed=0):
    size = count * int(numpy.prod(shape))
    return ((numpy.arange(size) * 7 + seed) % 251).astype(numpy.uint8).reshape(count, *shape)


os.makedirs(HERE, exist_ok=True)
path = lambda name: os.path.join(HERE, name)
numpy.savez(path("keras.npz"), x_train=images(3, 4, 5), y_train=numpy.array([7, 2, 7], numpy.uint8),
            x_test=images(2, 4, 5, seed=9), y_test=numpy.array([2, 9], numpy.uint8))
numpy.savez_compressed(path("medmnist.npz"), train_images=images(3, 4, 4, 3), train_labels=numpy.array([[1], [0], [1]]),
                       val_images=images(1, 4, 4, 3, seed=1), val_labels=numpy.array([[0]]),
                       test_images=images(1, 4, 4, 3, seed=2), test_labels=numpy.array([[1]]))
numpy.savez(path("planes.npz"), data=images(4, 3, 5, 6), age=numpy.array([20.5, 31, numpy.nan, 44.25], numpy.float32),
            tags=numpy.array([[1, 0], [0, 1], [1, 1], [0, 0]], bool), other=numpy.arange(9))
numpy.savez(path("floats.npz"), x=images(2, 4, 4).astype(numpy.float32) / 255, y=numpy.array([0, 1]))
