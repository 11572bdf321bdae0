#!/usr/bin/env python3
"""Writes tests/golden/model_*.json: what PyTorch computes for our models, in double precision.

Needs Debian 13's python3-torch and python3-torchvision (2.6). From the root of the repository:

    python3 tests/tools/make_torch_goldens.py tests/golden [NAME ...]

Weights and images are not stored: both sides make them by the same formula (value() here, golden_value() in
tests/support/golden.c). Stored are the outputs, and of every gradient and every updated variable the norm and its products with
eight vectors of +1 and -1 that both sides make by formula, so that every element counts in all of them.
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


def conv_norm(owner, conv, bn, inputs, out, norm=True, stride=1):
    """A 3x3 convolution and its normalisation, as variables of `owner` by these names; with a bias where it is not normalised."""
    setattr(owner, conv, nn.Conv2d(inputs, out, 3, stride, 1, bias=not norm))
    if norm:
        setattr(owner, bn, nn.BatchNorm2d(out))
    return lambda x: getattr(owner, bn)(getattr(owner, conv)(x)) if norm else getattr(owner, conv)(x)


def plain(x):
    return x


class Block(nn.Module):
    def __init__(self, width, skip, norm, act):
        super().__init__()
        self.skip, self.act = skip, act
        self.first = conv_norm(self, "conv1", "bn1", width, width, norm)
        self.second = conv_norm(self, "conv2", "bn2", width, width, norm)

    def forward(self, x):
        y = self.second(self.act(self.first(x)))
        return self.act(x + y if self.skip else y)


class Stage(nn.Module):
    def __init__(self, inputs, width, blocks, stride=False, skip=True, norm=True, act=torch.relu):
        super().__init__()
        self.opening = conv_norm(self, "conv", "bn", inputs, width, norm)
        for i in range(blocks):
            setattr(self, f"block{i + 1}", Block(width, skip, norm, act))
        self.closing = conv_norm(self, "down", "down_bn", width, width, norm, 2) if stride else None
        self.blocks, self.act = blocks, act

    def forward(self, x):
        x = self.act(self.opening(x))
        for i in range(self.blocks):
            x = getattr(self, f"block{i + 1}")(x)
        return self.act(self.closing(x)) if self.closing else nn.functional.max_pool2d(x, 2)


class VggResnet(nn.Module):
    def __init__(self, blocks, width, channels, classes, **switches):
        super().__init__()
        self.stage1 = Stage(channels, width, blocks, **switches)
        self.stage2 = Stage(width, 2 * width, blocks, **switches)
        self.stage3 = Stage(2 * width, 4 * width, blocks, **switches)
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


class Attention(nn.Module):
    """torchvision's EncoderBlock without dropout, for the transformer of vgg-resnet."""

    def __init__(self, width, heads, mlp):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp = nn.ModuleDict({"0": nn.Linear(width, mlp), "3": nn.Linear(mlp, width)})

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp["3"](nn.functional.gelu(self.mlp["0"](self.ln_2(x))))


class TransformerStage(Stage):
    def __init__(self, inputs, width, blocks, places):
        super().__init__(inputs, width, 0)
        for i in range(blocks):
            block = Attention(width, 4, 2 * width)
            if i == 0:
                block.pos_embedding = nn.Parameter(torch.zeros(1, places, width))
            setattr(self, f"block{i + 1}", block)
        self.count = blocks

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        shape = x.shape
        t = x.flatten(2).transpose(1, 2)
        for i in range(self.count):
            block = getattr(self, f"block{i + 1}")
            t = block(t + block.pos_embedding if i == 0 else t)
        return nn.functional.max_pool2d(t.transpose(1, 2).reshape(shape), 2)


class VggTransformer(VggResnet):
    def __init__(self, blocks, width, channels, classes, side):
        super().__init__(blocks, width, channels, classes)
        self.stage3 = TransformerStage(2 * width, 4 * width, blocks, (side // 4) ** 2)


class DoubleConv(nn.Module):
    def __init__(self, inputs, out):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class Unet(nn.Module):
    def __init__(self, width, depth, channels, classes):
        super().__init__()
        self.depth = depth
        for i in range(depth):
            setattr(self, f"down{i + 1}", DoubleConv(width << (i - 1) if i else channels, width << i))
        self.bottom1 = DoubleConv(width << (depth - 1), width << depth)
        for i in reversed(range(depth)):
            up = DoubleConv(2 * (width << i), width << i)
            up.up = nn.ConvTranspose2d(width << (i + 1), width << i, 2, 2)
            setattr(self, f"up{i + 1}", up)
        self.out = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        bridges = []
        for i in range(self.depth):
            x = getattr(self, f"down{i + 1}")(x)
            bridges.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.bottom1(x)
        for i in reversed(range(self.depth)):
            up = getattr(self, f"up{i + 1}")
            y, bridge = up.up(x), bridges[i]
            y = nn.functional.pad(y, (0, bridge.shape[3] - y.shape[3], 0, bridge.shape[2] - y.shape[2]))
            x = up(torch.cat([bridge, y], 1))
        return self.out(x)


class HourglassBlock(nn.Module):
    def __init__(self, inputs, out, norm, act):
        super().__init__()
        self.act, self.inner = act, conv_norm(self, "conv", "bn", inputs, out, norm)

    def forward(self, x):
        return self.act(self.inner(x))


class HourglassModule(nn.Module):
    def __init__(self, width, depth, intra, inter, norm, act):
        super().__init__()
        self.depth, self.intra, self.inter = depth, intra, inter
        for i in range(depth + 1):
            setattr(self, f"down{i}", HourglassBlock(width, width, norm, act))
        for i in reversed(range(depth)):
            setattr(self, f"up{i}", HourglassBlock(width, width, norm, act))

    def forward(self, x):
        down, u = [], x
        for i in range(self.depth + 1):
            u = getattr(self, f"down{i}")(nn.functional.max_pool2d(u, 2) if i else u)
            down.append(u)
        for i in reversed(range(self.depth)):
            u = nn.functional.interpolate(u, size=down[i].shape[2:], mode="nearest")
            u = getattr(self, f"up{i}")(u + down[i] if self.intra else u)
        return u + x if self.inter else u


class Hourglass(nn.Module):
    def __init__(self, modules, width, depth, channels, classes, intra=True, inter=True, norm=True, act=torch.relu):
        super().__init__()
        self.stem0 = HourglassBlock(channels, width, norm, act)
        for i in range(modules):
            setattr(self, f"module{i + 1}", HourglassModule(width, depth, intra, inter, norm, act))
        self.count = modules
        self.out = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        x = self.stem0(x)
        for i in range(self.count):
            x = getattr(self, f"module{i + 1}")(x)
        return self.out(x)


class DbVae(nn.Module):
    """In inference: the sample is the mean. `own` is what the model makes small beside the classes. faces: as DB-VAE is trained, the noise of the sample
    given, squared errors, and only images of class 1 to be drawn."""

    def __init__(self, width, hidden, latent, channels, classes, side, faces=False):
        super().__init__()
        self.faces = faces
        cnn = StandardCnn(width, hidden, channels, classes, side)
        for name, child in cnn.named_children():
            setattr(self, name, child)
        self.side, self.width = side // 16, width
        self.latent_mean, self.latent_log_variance = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.decoder = nn.ModuleDict({"hidden": nn.Linear(latent, 6 * width * self.side**2)})
        c = 6 * width
        for i, (times, kernel) in enumerate([(4, 3), (2, 3), (1, 5), (0, 5)]):
            out = times * width or channels
            self.decoder[f"up{i + 1}"] = nn.ConvTranspose2d(c, out, kernel, 2, kernel // 2, 1)
            c = out

    def forward(self, images):
        x = images
        for i in range(1, 5):
            x = getattr(self, f"bn{i}")(torch.relu(getattr(self, f"conv{i}")(x)))
        h = torch.relu(self.hidden(x.flatten(1)))
        mean, s = self.latent_mean(h), self.latent_log_variance(h)
        z = mean
        if self.faces and self.training:
            z = mean + torch.exp(0.5 * s) * uniform("noise", mean.numel()).float().double().reshape(mean.shape)
        y = torch.relu(self.decoder["hidden"](z)).reshape(-1, 6 * self.width, self.side, self.side)
        for i in range(1, 5):
            y = self.decoder[f"up{i}"](y)
            y = torch.relu(y) if i < 4 else y
        kl = 0.5 * (s.exp() + mean**2 - 1 - s).sum(1)
        error = ((y - images) ** 2 if self.faces else (y - images).abs()).mean((1, 2, 3))
        own = 5e-4 * kl + error
        if self.faces:
            own = own * (class_of(len(images)) == 1)
        self.own = own.mean()
        return self.fc(h)


def class_of(batch, classes=2):
    return torch.tensor([(7 * i + 3) % classes for i in range(batch)])


def efficientnet(name, classes):
    """torchvision's EfficientNet; v2-b0 is not among its presets."""
    from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig, _efficientnet_conf

    if name == "b0":
        settings = [FusedMBConvConfig(1, 3, 1, 32, 16, 1), FusedMBConvConfig(4, 3, 2, 16, 32, 2),
                    FusedMBConvConfig(4, 3, 2, 32, 48, 2), MBConvConfig(4, 3, 2, 48, 96, 3),
                    MBConvConfig(6, 3, 1, 96, 112, 5), MBConvConfig(6, 3, 2, 112, 192, 8)]
        last = 1280
    else:
        settings, last = _efficientnet_conf("efficientnet_v2_" + name)
    return EfficientNet(settings, dropout=0.0, stochastic_depth_prob=0.0, num_classes=classes, last_channel=last,
                        norm_layer=lambda c: nn.BatchNorm2d(c, eps=1e-3))


def digest(t):
    """Norm, and for k < 8 the sum with element i negated where bit k of the i-th byte of the sequence "signs" is set."""
    t = t.detach().double().flatten()
    byte = ((uniform("signs", t.numel()) + 1.0) * 128.0).long()
    projections = [(t * (1 - 2 * (byte >> k & 1))).sum().item() for k in range(8)]
    return [float(f"{v:.9g}") for v in [t.norm().item()] + projections]


def fill(net):
    with torch.no_grad():
        for name, t in list(net.named_parameters()) + list(net.named_buffers()):
            if not name.endswith("num_batches_tracked"):
                t.copy_(value(name, tuple(t.shape)))


def digests(net, of):
    return {name: digest(of(t)) for name, t in net.named_parameters()}


def make(net, images, labels, loss_function, optimise):
    net = net.double()
    numbers = uniform("numbers", images.shape[0]).float().double()

    def loss_of(y, labels):
        return loss_function(y, labels, numbers)

    out = {"batch": images.shape[0], "channels": images.shape[1], "side": images.shape[2],
           "labels": labels.flatten().tolist()}
    fill(net)
    net.eval()
    out["inference"] = [float(f"{v:.9g}") for v in net(images).flatten().tolist()]
    own = isinstance(net, DbVae)
    drawn = own and not net.faces  # its training draws samples, which only we draw
    net.train(not drawn)
    y = net(images)
    loss = loss_of(y, labels) + (net.own if own else 0)
    loss.backward()
    out["training"] = [float(f"{v:.9g}") for v in y.flatten().tolist()]
    out["loss"] = loss.item()
    out["gradient"] = digests(net, lambda t: t.grad)
    out["buffer"] = {n: digest(t) for n, t in net.named_buffers() if not n.endswith("num_batches_tracked")}
    if drawn:
        out["evaluation"] = True
    if not optimise:
        return out
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
        "vgg_resnet_stride": (VggResnet(1, 4, 3, 5, stride=True, act=nn.functional.gelu), 3, 16, 4, 5),
        "vgg_resnet_bare": (VggResnet(1, 4, 3, 5, skip=False, norm=False, act=plain), 3, 16, 4, 5),
        "standard_cnn": (StandardCnn(3, 20, 3, 4, 32), 3, 32, 4, 4),
        "resnet18": (torchvision.models.resnet18(num_classes=10), 3, 32, 8, 10),
        "resnet34": (torchvision.models.resnet34(num_classes=4), 3, 32, 8, 4),
        "resnet50": (torchvision.models.resnet50(num_classes=4), 3, 32, 8, 4),
        "resnet101": (torchvision.models.resnet101(num_classes=4), 3, 32, 8, 4),
        "efficientnetv2_b0": (efficientnet("b0", 4), 3, 32, 8, 4),
        "efficientnetv2_s": (efficientnet("s", 4), 3, 32, 8, 4),
        "efficientnetv2_m": (efficientnet("m", 4), 3, 32, 8, 4),
        "vgg_transformer": (VggTransformer(2, 8, 3, 5, 16), 3, 16, 4, 5),
        "vit_tiny": (torchvision.models.VisionTransformer(16, 4, 2, 2, 16, 64, num_classes=4), 3, 16, 4, 4),
        "unet": (Unet(4, 2, 3, 3), 3, 14, 2, 3),
        "hourglass": (Hourglass(2, 4, 2, 3, 3), 3, 14, 2, 3),
        "hourglass_gelu": (Hourglass(3, 4, 2, 3, 3, intra=False, act=nn.functional.gelu), 3, 14, 2, 3),
        "hourglass_bare": (Hourglass(2, 4, 2, 3, 3, inter=False, norm=False, act=plain), 3, 14, 2, 3),
        "dbvae": (DbVae(3, 20, 6, 3, 2, 32), 3, 32, 4, 2),
        "dbvae_faces": (DbVae(3, 20, 6, 3, 2, 32, True), 3, 32, 4, 2),
        "resnet20": (CifarResnet(3, 10), 3, 16, 4, 10),
        "resnet32": (CifarResnet(5, 10), 3, 16, 4, 10),
        "resnet44": (CifarResnet(7, 10), 3, 16, 4, 10),
        "resnet56": (CifarResnet(9, 10), 3, 16, 4, 10),
        "encoder_decoder": (EncoderDecoder(), 3, 12, 2, 4, pixel_loss),
        "two_heads": (TwoHeads(), 3, 10, 6, 3, two_losses),
    }
    optimised = ["vgg_resnet", "standard_cnn", "resnet18", "unet", "resnet20", "encoder_decoder", "two_heads"]
    wanted = sys.argv[2:] or list(cases)
    for name, (net, channels, side, batch, classes, *loss) in cases.items():
        if name not in wanted:
            continue
        images = uniform("images", batch * channels * side * side).float().double().reshape(batch, channels, side, side)
        shape = (batch, side, side) if isinstance(net, (Unet, Hourglass, EncoderDecoder)) else (batch,)
        labels = torch.tensor([(7 * i + 3) % classes for i in range(math.prod(shape))]).reshape(shape)
        golden = make(net, images, labels, loss[0] if loss else class_loss, name in optimised)
        write(os.path.join(folder, f"model_{name}.json"), golden)


if __name__ == "__main__":
    main()
