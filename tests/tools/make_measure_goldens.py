#!/usr/bin/env python3
"""Writes tests/golden/measures.json: errors of numbers by NumPy and SciPy, overlap and precision of masks by scikit-learn.

Needs Debian 13's python3-scipy (1.15) and python3-sklearn (1.4). From the root of the repository:

    python3 tests/tools/make_measure_goldens.py tests/golden
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import average_precision_score, confusion_matrix, jaccard_score


def student():
    return [[level, df, float(stats.t.ppf((1 + level) / 2, df))]
            for level in (0.8, 0.95, 0.999) for df in (1, 1.5, 2, 9, 29.3, 200, 12345)]


def mean(x):
    low, high = stats.t.interval(0.95, len(x) - 1, loc=x.mean(), scale=stats.sem(x)) if len(x) > 1 else (None, None)
    return [float(x.mean()), low, high]


def numbers():
    """Four groups: of 40, 25, 1 and 0 images."""
    rng = np.random.default_rng(11)
    group = np.repeat([0, 1, 2], [40, 25, 1])
    truth = rng.integers(1, 80, len(group)).astype(float)
    predicted = np.round(truth + rng.normal(group * 2.0, 3 + group), 3)
    error = predicted - truth
    size = np.abs(error)
    groups = []
    for g in range(3):
        e = error[group == g]
        groups.append({"n": len(e), "mae": mean(np.abs(e)), "bias": mean(e), "rmse": float(np.sqrt((e ** 2).mean())),
                       "within": [int((np.abs(e) <= k).sum()) for k in (1, 3, 5, 8)]})
    gap = stats.ttest_ind(size[group == 1], size[group == 0], equal_var=False).confidence_interval(0.95)
    return {"truth": truth.tolist(), "predicted": predicted.tolist(), "group": group.tolist(), "groups": groups,
            "overall": {"mae": mean(size), "bias": mean(error), "rmse": float(np.sqrt((error ** 2).mean()))},
            "gap_of_first_two": [gap.low, gap.high]}


def masks():
    """Three images of 6 x 5 pixels, four classes of which the last never occurs, 255 = not judged; probabilities in steps of 1/256."""
    rng = np.random.default_rng(5)
    n, classes, h, w = 3, 4, 6, 5
    truth = rng.integers(0, 3, (n, h, w))
    logits = rng.normal(0, 1, (n, classes, h, w))
    for k in range(3):
        logits[:, k] += 1.2 * (truth == k)
    p = np.exp(logits)
    p = (p / p.sum(1, keepdims=True)).astype(np.float32)
    truth[rng.random(truth.shape) < 0.15] = 255
    judged = truth != 255
    guess = p.argmax(1)

    def one(rows):
        t, g = truth[rows][judged[rows]], guess[rows][judged[rows]]
        out = {"confusion": confusion_matrix(t, g, labels=range(classes)).tolist(),
               "iou": jaccard_score(t, g, labels=range(classes), average=None, zero_division=0).tolist(), "ap": []}
        for k in range(classes):
            score = p[rows][:, k][judged[rows]]
            out["ap"].append(float(average_precision_score(t == k, score)) if (t == k).any() else None)
        out["iou"] = [v if (t == k).any() else None for k, v in enumerate(out["iou"])]
        return out

    return {"shape": [n, classes, h, w], "truth": truth.ravel().tolist(), "probabilities": p.ravel().tolist(),
            "all": one(slice(None)), "images": [one(slice(i, i + 1)) for i in range(n)]}


made = {"made_with": f"scipy {scipy.__version__}, numpy {np.__version__}, scikit-learn {sklearn.__version__}",
        "student": student(), "numbers": numbers(), "masks": masks()}
with open(f"{sys.argv[1]}/measures.json", "w", encoding="utf-8") as f:
    json.dump(made, f, separators=(",", ":"))
    f.write("\n")
