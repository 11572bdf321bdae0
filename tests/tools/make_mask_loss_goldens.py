#!/usr/bin/env python3
"""Writes tests/golden/mask_losses.json: losses of masks and their gradients by PyTorch, in double precision.

Needs Debian 13's python3-torch (2.6). From the root of the repository:

    python3 tests/tools/make_mask_loss_goldens.py tests/golden
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

N, K, H, W = 2, 3, 3, 4
COUNTS = torch.tensor([600.0, 300.0, 100.0], dtype=torch.float64)

logits = torch.tensor([math.sin(1.3 * i) * 2 for i in range(N * K * H * W)], dtype=torch.float64).view(N, K, H, W)
# -1: not judged. The second image has no pixel of class 2.
truth = torch.tensor([(i * 7 + i // 5) % 4 - 1 for i in range(H * W)] + [(i * 5) % 3 - 1 for i in range(H * W)]).view(N, H, W)

SHARE = COUNTS / COUNTS.sum()
WEIGHTS = {"none": None, "inverse": COUNTS.sum() / (K * COUNTS), "median": COUNTS.median() / COUNTS,
           "enet": 1 / torch.log(1.02 + SHARE)}


def cross_entropy(z, weights="none", smoothing=0.0):
    pixel = F.cross_entropy(z, truth, weight=WEIGHTS[weights], ignore_index=-1, reduction="none", label_smoothing=smoothing)
    return pixel.sum((1, 2)) / (truth >= 0).sum((1, 2))


def overlap(z):
    judged = (truth >= 0).unsqueeze(1)
    ones = F.one_hot(truth.clamp(min=0), K).permute(0, 3, 1, 2) * judged
    return z.softmax(1) * judged, ones.double()


def dice(z, smooth=1.0):
    p, t = overlap(z)
    return (1 - (2 * (p * t).sum((2, 3)) + smooth) / (p.sum((2, 3)) + t.sum((2, 3)) + smooth)).mean(1)


def focal_dice(z, misses=0.7, alarms=0.3, gamma=4 / 3, smooth=1.0):
    p, t = overlap(z)
    tp = (p * t).sum((2, 3))
    fn = ((1 - p) * t).sum((2, 3))
    fp = (p * (1 - t)).sum((2, 3))
    tversky = (tp + smooth) / (tp + misses * fn + alarms * fp + smooth)
    return ((1 - tversky + 1e-6) ** (1 / gamma)).mean(1)


CASES = {
    "cross-entropy": lambda z: cross_entropy(z),
    "cross-entropy:smoothing=0.2": lambda z: cross_entropy(z, smoothing=0.2),
    "cross-entropy:weights=inverse": lambda z: cross_entropy(z, "inverse"),
    "cross-entropy:weights=median": lambda z: cross_entropy(z, "median"),
    "cross-entropy:weights=enet": lambda z: cross_entropy(z, "enet"),
    "dice": dice,
    "dice:smooth=0.5,ce=0.5,weights=enet": lambda z: dice(z, 0.5) + 0.5 * cross_entropy(z, "enet"),
    "focal-dice": focal_dice,
    "focal-dice:misses=0.5,alarms=0.6,gamma=2,smooth=0.1,ce=2": lambda z: focal_dice(z, 0.5, 0.6, 2, 0.1) + 2 * cross_entropy(z),
}

made = {"made_with": f"torch {torch.__version__}", "shape": [N, K, H, W], "logits": logits.flatten().tolist(),
        "truth": truth.flatten().tolist(), "counts": [int(c) for c in COUNTS], "cases": []}
for spec, loss in CASES.items():
    z = logits.clone().requires_grad_()
    value = loss(z)
    value.mean().backward()
    made["cases"].append({"loss": spec, "value": value.tolist(), "gradient": z.grad.flatten().tolist()})
with open(f"{sys.argv[1]}/mask_losses.json", "w", encoding="utf-8") as f:
    json.dump(made, f, separators=(",", ":"))
    f.write("\n")
