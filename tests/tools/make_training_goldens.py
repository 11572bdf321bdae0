#!/usr/bin/env python3
"""Makes tests/golden/training.json: LAMB worked out with NumPy, PyTorch's OneCycleLR, and what fastai's definitions suggest for a rate sweep.

Needs NumPy and PyTorch (Debian 13: python3-torch). Inputs are formulas that the C tests repeat.
"""
import json
import math
import os

import numpy as np
import torch

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")


def value(k):
    """In [-1, 1)."""
    return ((k * 7919 + 13) % 1000) / 500.0 - 1.0


def lamb():
    """Algorithm 2 of You et al. 2020, three steps on a matrix and on a bias that begins at 0."""
    cases = []
    for decay, limit, zero in [(0.1, 0, False), (0.0, 0, False), (0.1, 0.5, False), (0.1, 0, True)]:
        p = np.zeros(6) if zero else np.array([value(k) for k in range(6)])
        m, v = np.zeros(6), np.zeros(6)
        b1, b2, eps = 0.9, 0.99, 1e-6
        for t in range(1, 4):
            lr = 0.1 / 2 ** (t - 1)
            g = np.array([value(100 * t + k) for k in range(6)])
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            r = (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps) + (0 if zero else decay) * p
            length_p, length_r = np.linalg.norm(p), np.linalg.norm(r)
            trust = length_p / length_r if length_p > 0 and length_r > 0 else 1.0
            trust = min(trust, limit) if limit > 0 else trust
            p = p - lr * trust * r
        cases.append({"decay": decay, "limit": limit, "zero": zero, "p": p.tolist(), "m": m.tolist(), "v": v.tolist()})
    return cases


def one_cycle():
    """Every tenth step of torch.optim.lr_scheduler.OneCycleLR with its own defaults: factor on the rate, momentum."""
    total = 100
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1.0, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=1.0, total_steps=total)
    rows = []
    for step in range(total):
        if step % 10 == 0 or step in (29, 31, 99):
            rows.append([step, optimiser.param_groups[0]["lr"], optimiser.param_groups[0]["momentum"]])
        optimiser.step()
        if step + 1 < total:
            schedule.step()
    return rows


def curve(kind, i, n):
    x = i / (n - 1)
    if kind == "dip":  # falls, then diverges
        return 2.3 - 1.4 / (1 + math.exp(-(x - 0.55) * 14)) + (math.exp(9 * (x - 0.8)) if x > 0.8 else 0) + 0.01 * value(i)
    if kind == "flat":  # learns nothing
        return 0.7 + 0.05 * value(i)
    return 1.0 + i * 0.01  # grows from the start


def suggestions():
    """valley: the longest falling subsequence of losses, a half of its second third in; steep: the steepest fall over ln(rate); minimum: a
    tenth of the rate of the lowest loss."""
    out = []
    for kind in ("dip", "flat", "grows"):
        n = 85
        rate = np.array([1e-7 * (1e8) ** (i / (n - 1)) for i in range(n)])
        loss = np.array([curve(kind, i, n) for i in range(n)])
        longest = np.ones(n, dtype=int)
        start = end = 0
        for i in range(1, n):
            for j in range(i):
                if loss[i] < loss[j] and longest[i] < longest[j] + 1:
                    longest[i] = longest[j] + 1
                if longest[end] < longest[i]:
                    end = i
                    start = end - longest[end]
        third = (end - start) / 3
        valley = rate[start + int(third) + int(third / 2)]
        slope = np.diff(loss) / np.diff(np.log(rate))
        out.append({"kind": kind, "valley": valley, "steep": rate[slope.argmin()], "minimum": rate[loss.argmin()] / 10})
    return out


with open(os.path.join(HERE, "training.json"), "w") as f:
    json.dump({"lamb": lamb(), "one_cycle": one_cycle(), "suggestions": suggestions()}, f, indent=1)
    f.write("\n")
