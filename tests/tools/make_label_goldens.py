#!/usr/bin/env python3
"""Makes tests/golden/confident_learning.json: confident learning (prune by noise rate) worked out with NumPy.

Needs NumPy (Debian: python3-numpy). Probabilities are whole numbers divided by their row's sum, so that C has the same ones. When the
environment variable EVENHAND_DATA names the folder that holds label-errors, the issues of MNIST's test set are worked out too.
"""
import json
import os

import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def round_keeping_sum(values):
    """Half to even; what the sum lacks goes to the largest differences, what it has too much is taken from the smallest."""
    whole = np.round(values)
    missing = np.round(values.sum()) - whole.sum()
    while abs(missing) > 1e-6:
        order = np.argsort(values - whole, kind="stable")
        changes = min(int(abs(missing)), len(values))
        picked = order[::-1][:changes] if missing > 0 else order[:changes]
        whole[picked] += np.sign(missing)
        missing = np.round(values.sum()) - whole.sum()
    return whole.astype(int)


def confident_learning(labels, p):
    n, classes = p.shape
    known = labels >= 0
    count = np.bincount(labels[known], minlength=classes)
    threshold = np.array([max(p[labels == k, k].mean(), 2e-6) if count[k] else 2.0 for k in range(classes)])

    joint = np.zeros((classes, classes))
    for y, row in zip(labels[known], p[known]):
        sure = np.flatnonzero(row >= threshold - 1e-6)
        if len(sure):
            joint[y, sure[0] if len(sure) == 1 else row.argmax()] += 1
    np.fill_diagonal(joint, np.maximum(joint.diagonal(), 1))
    joint = joint / joint.sum(axis=1, keepdims=True) * count[:, None]
    joint = joint / joint.sum() * count.sum()
    joint = np.array([round_keeping_sum(row) for row in joint])

    prune = joint.T.astype(float)
    own = np.maximum(prune.diagonal(), 1)
    raised = own - prune.diagonal()
    others = np.maximum(np.count_nonzero(prune, axis=0) - 1.0, 1.0)
    prune = np.maximum(prune - raised / others, 0)
    np.fill_diagonal(prune, own)
    prune = np.array([round_keeping_sum(row) for row in np.trunc(prune)])

    issue = np.zeros(n, bool)
    for y in range(classes):
        if count[y] <= 1:
            continue
        rows = np.flatnonzero(labels == y)
        for k in range(classes):
            if k != y and prune[k, y] > 0:
                margin = p[rows, k] - p[rows, y]
                issue[rows[np.argsort(-margin, kind="stable")[: prune[k, y]]]] = True
    for i in np.flatnonzero(issue):
        row = p[i].copy()
        row[labels[i]] += 1e-6
        issue[i] = row.argmax() != labels[i]
    return threshold, joint, np.flatnonzero(issue)


def rankings(labels, p):
    rows = np.arange(len(labels))
    own = p[rows, labels]
    rest = p.copy()
    rest[rows, labels] = -1
    margin = (own - rest.max(axis=1) + 1) / 2
    logs = np.where(p > 0, np.log(np.where(p > 0, p, 1)), 0)
    weighted = -(p * logs).sum(axis=1) / np.log(p.shape[1]) / np.maximum(own, 1e-6)
    return {"self_confidence": own, "margin": margin, "entropy": np.log(weighted + 1) / np.maximum(weighted, 1e-6)}


def made_up(seed, n, classes, noise, sharpness, absent=(), single=(), missing=0):
    """True classes, weights that favour them, and labels of which a share is wrong."""
    rng = np.random.default_rng(seed)
    share = rng.random(classes) + 0.2
    share[list(absent) + list(single)] = 0
    truth = rng.choice(classes, n, p=share / share.sum())
    weight = rng.integers(0, 200, (n, classes)) ** 2 // 200
    weight[np.arange(n), truth] += rng.integers(0, sharpness, n)
    weight[weight.sum(axis=1) == 0, 0] = 1
    labels = truth.copy()
    wrong = rng.random(n) < noise
    allowed = [k for k in range(classes) if k not in absent and k not in single]
    labels[wrong] = rng.choice(allowed, wrong.sum())
    for k in single:
        labels[rng.integers(0, n)] = k
    if missing:
        labels[rng.choice(n, missing, replace=False)] = -1
    return labels, weight


def case(name, **kind):
    labels, weight = made_up(**kind)
    p = weight / weight.sum(axis=1, keepdims=True)
    threshold, joint, issues = confident_learning(labels, p)
    out = {"name": name, "labels": labels.tolist(), "weights": weight.tolist(), "threshold": threshold.tolist(),
           "joint": joint.tolist(), "issues": issues.tolist()}
    if (labels >= 0).all():
        out.update({key: value.tolist() for key, value in rankings(labels, p).items()})
    return out


def mnist():
    folder = os.path.join(os.environ["EVENHAND_DATA"], "label-errors")
    p = np.load(os.path.join(folder, "mnist_test_set_pyx.npy"))
    labels = np.load(os.path.join(folder, "mnist_test_set_original_labels.npy")).astype(int)
    threshold, joint, issues = confident_learning(labels, p)
    return {"threshold": threshold.tolist(), "joint": joint.tolist(), "issues": issues.tolist()}


def main():
    path = os.path.join(HERE, "confident_learning.json")
    out = {"cases": [
        case("two classes", seed=1, n=120, classes=2, noise=0.15, sharpness=800),
        case("four classes", seed=2, n=160, classes=4, noise=0.1, sharpness=1500),
        case("much noise", seed=3, n=150, classes=3, noise=0.5, sharpness=500),
        case("hardly a signal", seed=4, n=100, classes=5, noise=0.2, sharpness=60),
        case("a class without and one with a single example", seed=5, n=110, classes=6, noise=0.15, sharpness=1200,
             absent=(2,), single=(4,)),
        case("missing labels", seed=6, n=90, classes=3, noise=0.15, sharpness=900, missing=20),
        case("many classes", seed=7, n=200, classes=16, noise=0.1, sharpness=4000),
    ]}
    if "EVENHAND_DATA" in os.environ:
        out["mnist"] = mnist()
    elif os.path.exists(path):
        with open(path) as old:
            out["mnist"] = json.load(old)["mnist"]
    with open(path, "w") as file:
        file.write(json.dumps(out, separators=(",", ":")).replace('{"name"', '\n{"name"').replace('"mnist"', '\n"mnist"'))
        file.write("\n")


main()
