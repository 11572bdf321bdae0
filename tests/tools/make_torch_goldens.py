#!/usr/bin/env python3
"""Writes tests/golden/model_*.json: what PyTorch computes for our models, in double precision.

Needs Debian 13's python3-torch and python3-torchvision (2.6). From the root of the repository:

    python3 tests/tools/make_torch_goldens.py tests/golden [model ...]

Weights and images are not stored: both sides make them by the same formula (value() here, golden_value() in
tests/support/golden.c). Stored are the outputs, and of every gradient and every updated variable the sum, the norm and
the first four values.
"""
import json
import math
import os
import sys

import torch
import torch.nn as nn
import torchvision


def fnv1a(text):
    h = 0x811C9DC5
    for byte in text.encode():
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


def uniform(name, count):
    """`count` numbers in [-1, 1) that depend on name and index only."""
    x = (torch.arange(count, dtype=torch.int64) * 0x9E3779B9 + fnv1a(name)) & 0xFFFFFFFF
    x ^= x >> 16
    x = x * 0x7FEB352D & 0xFFFFFFFF
    x ^= x >> 15
    x = x * 0x846CA68B & 0xFFFFFFFF
    x ^= x >> 16
    return x.double() / 2147483648.0 - 1.0


def value(name, shape):
    """The variable `name`: sane sizes by its kind, rounded to single precision."""
    u = uniform(name, math.prod(shape))
    last = name.rsplit(".", 1)[-1]
    if last == "weight" and len(shape) > 1:
        u = u * math.sqrt(6.0 / math.prod(shape[1:]))
    elif last in ("weight", "running_var"):
        u = 1.0 + 0.2 * u
    else:
        u = 0.1 * u
    return u.float().double().reshape(shape)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x):
        return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class Stage(nn.Module):
    def __init__(self, inputs, width, blocks):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        for i in range(blocks):
            setattr(self, f"block{i + 1}", Block(width))
        self.blocks = blocks

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        for i in range(self.blocks):
            x = getattr(self, f"block{i + 1}")(x)
        return nn.functional.max_pool2d(x, 2)


class VggResnet(nn.Module):
    def __init__(self, blocks, width, channels, classes):
        super().__init__()
        self.stage1 = Stage(channels, width, blocks)
        self.stage2 = Stage(width, 2 * width, blocks)
        self.stage3 = Stage(2 * width, 4 * width, blocks)
        self.head = nn.Linear(4 * width, classes)

    def forward(self, x):
        return self.head(self.stage3(self.stage2(self.stage1(x))).mean((2, 3)))


class StandardCnn(nn.Module):
    def __init__(self, width, hidden, channels, classes, side):
        super().__init__()
        c = channels
        for i, (kernel, times) in enumerate([(5, 1), (5, 2), (3, 4), (3, 6)]):
            setattr(self, f"conv{i + 1}", nn.Conv2d(c, times * width, kernel, 2, kernel // 2))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(times * width))
            c = times * width
        self.hidden = nn.Linear(c * (side // 16) ** 2, hidden)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x):
        for i in range(1, 5):
            x = getattr(self, f"bn{i}")(torch.relu(getattr(self, f"conv{i}")(x)))
        return self.fc(torch.relu(self.hidden(x.flatten(1))))


class CifarBlock(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.stride = 1 if inputs == width else 2
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 3, self.stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            half = x.shape[1] // 2
            x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, half))
        return torch.relu(y + x)


class CifarResnet(nn.Module):
    """He et al. 2016, section 4.2, with shortcuts without weights; names as in Y. Idelbayev's pytorch_resnet_cifar10."""

    def __init__(self, blocks, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        for layer, width in enumerate([16, 32, 64]):
            inputs = [16, 16, 32][layer]
            setattr(self, f"layer{layer + 1}", nn.Sequential(
                *[CifarBlock(width if i else inputs, width) for i in range(blocks)]))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


class EncoderDecoder(nn.Module):
    """Two levels down and up with skip connections; tests/unit/test_torch_networks.c builds the same."""

    def __init__(self):
        super().__init__()
        for name, inputs, width in [("a", 3, 6), ("b", 6, 10), ("c", 10, 18), ("d", 20, 10), ("e", 16, 6)]:
            setattr(self, "conv_" + name, nn.Conv2d(inputs, width, 3, padding=1, bias=False))
            setattr(self, "bn_" + name, nn.BatchNorm2d(width))
        self.up = nn.ConvTranspose2d(18, 10, 2, 2)
        self.out = nn.Conv2d(6, 4, 1)

    def part(self, name, x):
        return nn.functional.leaky_relu(getattr(self, "bn_" + name)(getattr(self, "conv_" + name)(x)), 0.1)

    def forward(self, x):
        a = self.part("a", x)
        b = self.part("b", nn.functional.max_pool2d(a, 2))
        c = self.part("c", nn.functional.avg_pool2d(b, 2))
        d = self.part("d", torch.cat([self.up(c), b], 1))
        d = nn.functional.interpolate(d, scale_factor=2, mode="bilinear")
        return self.out(self.part("e", torch.cat([d, a], 1)))


class TwoHeads(nn.Module):
    """A depthwise block with a gate, group norm, and two heads: a number and three classes."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.norm2 = nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.GroupNorm(2, 8)
        self.squeeze, self.excite = nn.Linear(8, 4), nn.Linear(4, 8)
        self.conv3, self.bn3 = nn.Conv2d(8, 12, 1, bias=False), nn.BatchNorm2d(12)
        self.age, self.gender = nn.Linear(24, 1), nn.Linear(24, 3)

    def forward(self, x):
        silu = nn.functional.silu
        x = silu(self.bn1(self.conv1(x)))
        y = silu(self.norm2(self.conv2(x)))
        y = y * torch.sigmoid(self.excite(silu(self.squeeze(y.mean((2, 3))))))[:, :, None, None]
        x = nn.functional.hardswish(self.bn3(self.conv3(x + y)))
        x = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return torch.cat([self.age(x), self.gender(x)], 1)


def pixel_loss(y, labels, numbers):
    weights = torch.tensor([1.0, 2.0, 0.5, 1.5], dtype=torch.float64)
    return nn.functional.cross_entropy(y, labels, weights, ignore_index=3, label_smoothing=0.1)


def two_losses(y, labels, numbers):
    classes = nn.functional.cross_entropy(y[:, 1:], labels)
    return 0.25 * nn.functional.huber_loss(y[:, 0], numbers, delta=0.5) + classes


def class_loss(y, labels, numbers):
    return nn.functional.cross_entropy(y, labels, label_smoothing=0.1)


def digest(t):
    t = t.detach().double().flatten()
    return [float(f"{v:.9g}") for v in [t.sum().item(), t.norm().item()] + t[:4].tolist()]


def fill(net):
    with torch.no_grad():
        for name, t in list(net.named_parameters()) + list(net.named_buffers()):
            if not name.endswith("num_batches_tracked"):
                t.copy_(value(name, tuple(t.shape)))


def digests(net, of):
    return {name: digest(of(t)) for name, t in net.named_parameters()}


def make(net, images, labels, loss_function):
    net = net.double()
    numbers = uniform("numbers", images.shape[0]).float().double()

    def loss_of(y, labels):
        return loss_function(y, labels, numbers)

    out = {"batch": images.shape[0], "channels": images.shape[1], "side": images.shape[2],
           "labels": labels.flatten().tolist()}
    fill(net)
    net.eval()
    out["inference"] = [float(f"{v:.9g}") for v in net(images).flatten().tolist()]
    net.train()
    y = net(images)
    loss = loss_of(y, labels)
    loss.backward()
    out["training"] = [float(f"{v:.9g}") for v in y.flatten().tolist()]
    out["loss"] = loss.item()
    out["gradient"] = digests(net, lambda t: t.grad)
    out["buffer"] = {n: digest(t) for n, t in net.named_buffers() if not n.endswith("num_batches_tracked")}
    optimisers = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.001, momentum=0.9, weight_decay=0.01),
        "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.001, momentum=0.9, nesterov=True),
        "adam": lambda p: torch.optim.Adam(p, lr=0.001, weight_decay=0.01),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.001, weight_decay=0.1),
    }
    for name, make_optimiser in optimisers.items():
        fill(net)
        decayed = [p for n, p in net.named_parameters() if p.dim() > 1]
        others = [p for n, p in net.named_parameters() if p.dim() <= 1]
        optimiser = make_optimiser([{"params": decayed}, {"params": others, "weight_decay": 0.0}])
        losses = []
        for _ in range(3):
            optimiser.zero_grad()
            loss = loss_of(net(images), labels)
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        out[name] = {"losses": losses, "variable": digests(net, lambda t: t)}
    return out


def write(path, golden):
    lines = []
    for key, item in golden.items():
        if isinstance(item, dict):
            rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in item.items())
            lines.append(f"{json.dumps(key)}: {{\n{rows}\n}}")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(item)}")
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    folder = sys.argv[1]
    cases = {
        "vgg_resnet": (VggResnet(1, 4, 3, 5), 3, 16, 4, 5),
        "standard_cnn": (StandardCnn(3, 20, 3, 4, 32), 3, 32, 4, 4),
        "resnet18": (torchvision.models.resnet18(num_classes=10), 3, 32, 8, 10),
        "resnet20": (CifarResnet(3, 10), 3, 16, 4, 10),
        "encoder_decoder": (EncoderDecoder(), 3, 12, 2, 4, pixel_loss, (12, 12)),
        "two_heads": (TwoHeads(), 3, 10, 6, 3, two_losses),
    }
    for name, (net, channels, side, batch, classes, *more) in cases.items():
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        loss = more[0] if more else class_loss
        places = more[1] if len(more) > 1 else ()
        images = uniform("images", batch * channels * side * side).float().double().reshape(batch, channels, side, side)
        labels = torch.tensor([(7 * i + 3) % classes for i in range(batch * math.prod(places))])
        labels = labels.reshape(batch, *places)
        write(os.path.join(folder, f"model_{name}.json"), make(net, images, labels, loss))


if __name__ == "__main__":
    main()
