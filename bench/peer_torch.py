#!/usr/bin/env python3
"""Measures PyTorch on the work that `evenhand bench` measures: the same networks, batches, loss and optimiser.

Prints one JSON line: images per second (median and best of several steps after a first one), processor seconds of the best step, and the peak of
resident memory. The best settings of PyTorch on a CPU are the defaults here: channels-last images, a fused optimiser where there is one.

    python3 bench/peer_torch.py --work resnet18 --size 64 --batch 64 --mode train --threads 2

Needs torch; resnet18 needs torchvision too. See README.md beside this file.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(x + self.body(x))


class VggResnet(nn.Module):
    """Three stages of `blocks` residual blocks, each behind a convolution and before a maximum pooling; widths w, 2w, 4w."""

    def __init__(self, blocks=2, width=32, channels=1, classes=10):
        super().__init__()
        layers, before = [], channels
        for stage in range(3):
            w = width << stage
            layers += [nn.Conv2d(before, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True)]
            layers += [Residual(w) for _ in range(blocks)] + [nn.MaxPool2d(2)]
            before = w
        self.features, self.head = nn.Sequential(*layers), nn.Linear(before, classes)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class StandardCnn(nn.Module):
    """Four strided convolutions of 12, 24, 48 and 72 filters, each ReLU then batch norm; a layer of 512. 64x64 images."""

    def __init__(self, classes=2, n=12):
        super().__init__()
        layers, before = [], 3
        for times, kernel in ((1, 5), (2, 5), (4, 3), (6, 3)):
            layers += [nn.Conv2d(before, n * times, kernel, 2, kernel // 2), nn.ReLU(inplace=True), nn.BatchNorm2d(n * times)]
            before = n * times
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * 4 * before, 512), nn.ReLU(inplace=True), nn.Linear(512, classes))

    def forward(self, x):
        return self.net(x)


def build(work):
    """The network, its image channels and its classes."""
    if work == "vggresnet":
        return VggResnet(), 1, 10
    if work == "standardcnn":
        return StandardCnn(), 3, 2
    import torchvision
    return getattr(torchvision.models, work)(num_classes=2), 3, 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default="resnet18", help="vggresnet, standardcnn or a model of torchvision")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--mode", choices=["train", "infer"], default="train")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--layout", choices=["nchw", "nhwc"], default="nhwc")
    parser.add_argument("--compile", action="store_true", help="torch.compile, where this PyTorch has it")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=7)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    net, channels, classes = build(a.work)
    x, y = torch.randn(a.batch, channels, a.size, a.size), torch.randint(0, classes, (a.batch,))
    if a.layout == "nhwc":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    run = torch.compile(net) if a.compile else net
    try:
        optimiser = torch.optim.Adam(net.parameters(), 1e-3, fused=True)
    except (RuntimeError, TypeError):
        optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    loss_of = nn.CrossEntropyLoss()
    cast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.precision == "bf16")

    def train():
        optimiser.zero_grad()
        with cast:
            loss = loss_of(run(x), y)
        loss.backward()
        optimiser.step()

    def infer():
        with torch.inference_mode(), cast:
            run(x)

    net.train(a.mode == "train")
    step = train if a.mode == "train" else infer
    step()
    seconds, processor = [], []
    for _ in range(a.steps):
        clock, used = time.perf_counter(), time.process_time()
        step()
        seconds.append(time.perf_counter() - clock)
        processor.append(time.process_time() - used)
    print(json.dumps({"program": "pytorch", "version": torch.__version__, "work": a.work, "size": a.size, "batch": a.batch, "mode": a.mode,
                      "precision": a.precision, "layout": a.layout, "compile": a.compile, "threads": a.threads,
                      "images_per_s": round(a.batch / statistics.median(seconds), 1), "best_images_per_s": round(a.batch / min(seconds), 1),
                      "cpu_s_per_step": round(min(processor), 5),
                      "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}))


if __name__ == "__main__":
    main()
