#!/usr/bin/env python3
"""make_engine_goldens.py - writes tests/golden/torch_ops.json and torch_network.json from PyTorch (2.6 made the committed ones).

torch_ops.json: for each case of tests/support/op_cases.h that PyTorch has a counterpart for: random inputs, the output y, a random weight, and
the gradients of sum(y * weight) with respect to the real inputs, in f64.
torch_network.json: a small residual network, three optimiser steps: losses, gradients and parameters after each.

Usage: python3 tests/tools/make_engine_goldens.py [folder]     (default tests/golden; needs python3-torch)
"""
import json
import math
import os
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20240601)


def normal(*shape):
    return (torch.randn(shape) * 4096).round() / 4096


def positive(*shape):
    return ((torch.rand(shape) * 1.5 + 0.5) * 4096).round() / 4096


def away(*shape):
    return ((torch.rand(shape) + 0.3) * torch.randn(shape).sign() * 4096).round() / 4096


def labels(n):
    return torch.arange(n) % 3


def conv(**options):
    return lambda x, w, b=None: F.conv2d(x, w, b, **options)


def batch_norm(x, scale, shift):
    return F.batch_norm(x, None, None, scale, shift, True, 0.1, 1e-3)


def batch_norm_statistics(x, scale, shift):
    mean = x.mean((0, 2, 3), keepdim=True)
    var = x.var((0, 2, 3), keepdim=True, unbiased=False)
    return batch_norm(x, scale, shift) + mean + 2 * var


def residual_network(x, w, scale, shift, head, label):
    y = F.relu(F.conv2d(x, w, padding=1))
    y = batch_norm(y, scale, shift)
    y = F.relu(F.conv2d(y, w, padding=1) + x)
    return F.cross_entropy(F.linear(y.mean((2, 3)), head), label, reduction="none")


def pixel_labels(*shape):
    return (torch.arange(math.prod(shape)) % 3).reshape(shape)


def cross_entropy_formula(x, t, w, smoothing, ignored, mean):
    y = F.one_hot(t, x.shape[1]).double() * (t != ignored).unsqueeze(-1)
    target = w * ((1 - smoothing) * y + smoothing / x.shape[1] * y.sum(-1, keepdim=True))
    loss = -(x.movedim(1, -1).log_softmax(-1) * target).sum(-1)
    return loss.sum() / (w * y).sum() if mean else loss


def weighted_cross_entropy(smoothing, ignored, mean=False):
    """PyTorch's own, which has no gradient in the class weights w: that one comes from the formula."""
    def loss(x, t, w=None):
        y = F.cross_entropy(x, t, None if w is None else w.detach(), reduction="mean" if mean else "none",
                            label_smoothing=smoothing, ignore_index=ignored)
        if w is None:
            return y
        by_weight = [cross_entropy_formula(x.detach(), t, v, smoothing, ignored, mean) for v in (w, w.detach())]
        assert torch.allclose(by_weight[0], y, 1e-12)
        return y + by_weight[0] - by_weight[1]
    return loss


def positive_weighted(x, t, w):
    """As weighted_cross_entropy: PyTorch has no gradient in the weights of positives."""
    y = F.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=w.detach())
    return y + (w - w.detach()) * (t * F.softplus(-x)).detach()


def dice(p, t):
    y = F.one_hot(t, 3).movedim(-1, 1).double()
    return 1 - (2 * (p * y).sum((2, 3)) + 1) / (p.sum((2, 3)) + y.sum((2, 3)) + 1)


def squeeze_excitation(x, w, down, up):
    x = F.conv2d(x, w)
    gate = torch.sigmoid(F.linear(F.silu(F.linear(x.mean((2, 3)), down)), up))
    return x * gate[:, :, None, None]


def image_broadcasts(x, w, a, b, c, d):
    x = F.conv2d(x, w) * a + b
    x = c - x * d
    return x / (x.square().sum((2, 3), keepdim=True) + 1)


def image_concat(axis, start, size):
    def f(x, v, w):
        a, b = F.conv2d(x, v), F.conv2d(x, w)
        return torch.cat([a, b, a], axis).square().narrow(axis, start, size)
    return f


def attention_block(x, scale, shift, qkv, bias, out):
    b, t, d = x.shape
    q, k, v = F.linear(F.layer_norm(x, (d,), scale, shift), qkv, bias).reshape(b, t, 3, 2, d // 2).permute(2, 0, 3, 1, 4)
    y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, d)
    return x + F.linear(y, out)


N = normal
CASES = {
    "conv2d 1x1": (conv(), N(2, 3, 4, 5), N(4, 3, 1, 1), N(4)),
    "conv2d 3x3 padded": (conv(padding=1), N(2, 2, 5, 4), N(3, 2, 3, 3)),
    "conv2d with bias": (conv(padding=1), N(2, 2, 3, 4), N(3, 2, 3, 3), N(3)),
    "conv2d stride 2, rows left over": (conv(stride=2), N(1, 2, 6, 7), N(2, 2, 3, 2)),
    "conv2d uneven stride, padding and kernel": (conv(stride=(3, 1), padding=(0, 2)), N(1, 2, 7, 5), N(2, 2, 2, 4)),
    "conv2d dilated": (conv(dilation=(2, 3), padding=(2, 3)), N(1, 1, 5, 6), N(2, 1, 3, 3)),
    "conv2d two groups": (conv(groups=2, padding=1), N(2, 4, 4, 3), N(6, 2, 3, 3), N(6)),
    "conv2d depthwise, stride 2": (conv(groups=3, stride=2, padding=1), N(2, 3, 5, 5), N(3, 1, 3, 3)),
    "conv2d on one pixel": (conv(padding=1), N(1, 2, 1, 1), N(2, 2, 3, 3)),
    "matmul": (lambda a, b: a @ b, N(3, 4), N(4, 2)),
    "matmul a transposed": (lambda a, b: a.T @ b, N(4, 3), N(4, 2)),
    "matmul b transposed": (lambda a, b: a @ b.T, N(3, 4), N(2, 4)),
    "matmul both transposed": (lambda a, b: a.T @ b.T, N(4, 3), N(2, 4)),
    "linear": (F.linear, N(3, 4), N(2, 4)),
    "linear with bias": (F.linear, N(3, 5), N(4, 5), N(4)),
    "batch_norm of images": (batch_norm, N(2, 3, 2, 3), N(3), N(3)),
    "batch_norm of vectors": (batch_norm, N(5, 2), N(2), N(2)),
    "batch_norm with its statistics read": (batch_norm_statistics, N(2, 3, 2, 2), N(3), N(3)),
    "batch_norm_fixed": (
        lambda x, s, b, m, v: (x - m.view(1, -1, 1, 1)) / (v.view(1, -1, 1, 1) + 1e-3).sqrt() * s.view(1, -1, 1, 1)
        + b.view(1, -1, 1, 1), N(2, 3, 2, 2), N(3), N(3), N(3), positive(3)),
    "max_pool2d 2x2": (lambda x: F.max_pool2d(x, 2), N(2, 2, 4, 5)),
    "max_pool2d 3x3 overlapping, padded": (lambda x: F.max_pool2d(x, 3, 2, 1), N(1, 2, 5, 6)),
    "avg_pool2d 2x2": (lambda x: F.avg_pool2d(x, 2), N(2, 2, 4, 4)),
    "avg_pool2d 3x2 overlapping, padded": (lambda x: F.avg_pool2d(x, (3, 2), (1, 2), (1, 1)), N(1, 2, 4, 5)),
    "global_avg_pool": (lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), N(2, 3, 3, 2)),
    "relu": (F.relu, away(3, 4)),
    "sigmoid": (torch.sigmoid, N(3, 4)),
    "tanh": (torch.tanh, N(3, 4)),
    "gelu": (F.gelu, N(3, 4)),
    "softplus": (F.softplus, N(3, 4)),
    "exp": (torch.exp, N(3, 4)),
    "log": (torch.log, positive(3, 4)),
    "sqrt": (torch.sqrt, positive(3, 4)),
    "square": (torch.square, N(3, 4)),
    "abs": (torch.abs, away(3, 4)),
    "affine": (lambda x: -2.5 * x + 0.75, N(2, 3)),
    "add": (torch.add, N(2, 3), N(2, 3)),
    "add, both broadcast": (torch.add, N(2, 1, 4), N(3, 1)),
    "sub, row from matrix": (torch.sub, N(3, 4), N(4)),
    "sub, matrix from row": (torch.sub, N(4), N(3, 4)),
    "mul": (torch.mul, N(2, 3), N(2, 3)),
    "mul by channel": (torch.mul, N(2, 3, 2, 2), N(1, 3, 1, 1)),
    "mul by a vector of one": (torch.mul, N(2, 3), N(1)),
    "div": (torch.div, N(2, 3), away(2, 3)),
    "div, both broadcast": (torch.div, N(3, 1), positive(1, 4)),
    "maximum": (torch.maximum, N(3, 4), N(3, 4)),
    "maximum of a matrix and a row": (torch.maximum, N(3, 4), N(4)),
    "sum of all": (torch.sum, N(2, 3, 2)),
    "sum of the middle axis": (lambda x: x.sum(1), N(2, 3, 2)),
    "sum of outer axes, kept": (lambda x: x.sum((0, 2), keepdim=True), N(2, 3, 2)),
    "mean of all, kept": (lambda x: x.mean((0, 1), keepdim=True), N(2, 3)),
    "mean of the last axes": (lambda x: x.mean((1, 2)), N(2, 3, 2)),
    "max of all": (torch.max, N(2, 3)),
    "max of the first axis": (lambda x: x.amax(0), N(4, 3)),
    "max of the last axis, kept": (lambda x: x.amax(2, keepdim=True), N(2, 3, 4)),
    "reshape": (lambda x: x.reshape(2, 3, 2), N(3, 4)),
    "flatten": (lambda x: x.flatten(1), N(2, 3, 2)),
    "permute of two axes": (lambda x: x.permute(1, 0), N(2, 3)),
    "permute of four axes": (lambda x: x.permute(2, 0, 3, 1), N(2, 3, 4, 2)),
    "broadcast_to": (lambda x: x.expand(2, 3, 4), N(3, 1)),
    "softmax": (lambda x: x.softmax(-1), N(3, 4)),
    "softmax of rank 3": (lambda x: x.softmax(-1), N(2, 2, 3)),
    "log_softmax": (lambda x: x.log_softmax(-1), N(3, 4)),
    "cross_entropy": (lambda x, t: F.cross_entropy(x, t, reduction="none"), N(5, 3), labels(5)),
    "cross_entropy, smoothed": (
        lambda x, t: F.cross_entropy(x, t, reduction="none", label_smoothing=0.1), N(5, 3), labels(5)),
    "binary_cross_entropy": (
        # a label of 2 is left out by the project: multiplied by zero here
        lambda z, t: F.binary_cross_entropy_with_logits(z.flatten(), (t == 1).double(), reduction="none") * (t < 2),
        N(6, 1), labels(6)),
    "matmul of batches": (torch.bmm, N(2, 3, 4), N(2, 4, 2)),
    "matmul of batches, a transposed": (lambda a, b: a.mT @ b, N(3, 4, 3), N(3, 4, 2)),
    "matmul of batches, both transposed": (lambda a, b: a.mT @ b.mT, N(2, 4, 3), N(2, 2, 4)),
    "attention": (F.scaled_dot_product_attention, N(2, 3, 4), N(2, 5, 4), N(2, 5, 3)),
    "power 3": (lambda x: x**3, N(3, 4)),
    "power 1/2 less than 0": (lambda x: x**-0.5, positive(3, 4)),
    "where": (lambda a, b: torch.where(a > 0, a, b), away(3, 1), N(4)),
    "slice of the middle axis": (lambda x: x[:, 1:3], N(2, 4, 3)),
    "slice of the last axis": (lambda x: x[..., :1], N(2, 2, 3)),
    "pad": (lambda x: F.pad(x, (2, 1, 1, 0, 0, 1)), N(2, 2, 3)),
    "concat along channels": (lambda a, b: torch.cat([a, b, a], 1), N(2, 2, 2, 3), N(2, 1, 2, 3)),
    "concat along the last axis": (lambda a, b: torch.cat([a, b, a], 1), N(3, 2), N(3, 4)),
    "gather": (lambda t, i: t[i], N(3, 4), labels(7)),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.1), away(3, 4)),
    "gelu_tanh": (lambda x: F.gelu(x, approximate="tanh"), N(3, 4)),
    "silu": (F.silu, N(3, 4)),
    "hard_swish": (F.hardswish, N(4, 5)),
    "clip": (lambda x: x.clamp(-0.5, 0.75), N(3, 4)),
    "minimum": (torch.minimum, N(3, 4), N(4)),
    "l2_normalise": (lambda x: F.normalize(x, dim=1), N(3, 4)),
    "log_sum_exp of all": (lambda x: x.logsumexp((0, 1)), N(2, 3)),
    "log_sum_exp of the middle axis, kept": (lambda x: x.logsumexp(1, keepdim=True), N(2, 3, 2)),
    "group_norm": (lambda x, s, b: F.group_norm(x, 2, s, b, 1e-3), N(2, 4, 3, 2), N(4), N(4)),
    "layer_norm": (lambda x, s, b: F.layer_norm(x, (5,), s, b, 1e-3), N(3, 5), N(5), N(5)),
    "layer_norm of rank 3": (lambda x, s, b: F.layer_norm(x, (4,), s, b, 1e-3), N(2, 2, 4), N(4), N(4)),
    "conv_transpose2d": (lambda x, w, b: F.conv_transpose2d(x, w, b, 1, 1), N(2, 3, 4, 3), N(3, 2, 3, 3), N(2)),
    "conv_transpose2d stride 2 with an extra row": (
        lambda x, w: F.conv_transpose2d(x, w, None, 2, (1, 0), (1, 0)), N(1, 2, 3, 4), N(2, 3, 3, 2)),
    "conv_transpose2d two groups, dilated": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, groups=2, dilation=(2, 1)), N(1, 4, 2, 3), N(4, 1, 2, 2), N(2)),
    "adaptive_avg_pool2d, equal windows": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), N(2, 2, 4, 6)),
    "adaptive_avg_pool2d, overlapping windows": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), N(1, 2, 5, 4)),
    "adaptive_avg_pool2d to a larger size": (lambda x: F.adaptive_avg_pool2d(x, (5, 3)), N(1, 1, 2, 3)),
    "resize2d nearest, whole factors": (lambda x: F.interpolate(x, (6, 6)), N(2, 2, 3, 2)),
    "resize2d nearest, other factors": (lambda x: F.interpolate(x, (4, 3)), N(1, 2, 3, 5)),
    "resize2d bilinear, twice": (lambda x: F.interpolate(x, (6, 4), mode="bilinear"), N(2, 2, 3, 2)),
    "resize2d bilinear, smaller": (lambda x: F.interpolate(x, (4, 2), mode="bilinear"), N(1, 2, 5, 4)),
    "reflect_pad2d": (lambda x: F.pad(x, (3, 0, 1, 2), mode="reflect"), N(1, 2, 3, 4)),
    "soft_cross_entropy": (lambda x, t: F.cross_entropy(x, t, reduction="none"), N(3, 4), positive(3, 4)),
    "kl_divergence": (lambda x, t: F.kl_div(x, t, reduction="none").sum(1), N(3, 4), positive(3, 4)),
    "squared_error": (lambda x, t: F.mse_loss(x, t, reduction="none").mean((1, 2)), N(3, 2, 2), N(3, 2, 2)),
    "absolute_error": (lambda x, t: F.l1_loss(x, t, reduction="none"), N(5), N(5)),
    "huber_error": (lambda x, t: F.huber_loss(x, t, reduction="none", delta=0.75).mean(1), N(4, 3), N(4, 3)),
    "max_pool2d, ceil mode": (lambda x: F.max_pool2d(x, (3, 2), 2, ceil_mode=True), N(2, 2, 6, 5)),
    "max_pool2d, ceil mode, padded": (lambda x: F.max_pool2d(x, 3, (2, 3), 1, ceil_mode=True), N(1, 2, 6, 6)),
    "avg_pool2d, ceil mode, padded": (lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), N(1, 2, 6, 5)),
    "avg_pool2d without its padding": (lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), N(2, 2, 5, 6)),
    "avg_pool2d, ceil mode, without its padding": (
        lambda x: F.avg_pool2d(x, (2, 3), 2, 1, ceil_mode=True, count_include_pad=False), N(1, 2, 6, 6)),
    "adaptive_max_pool2d, equal windows": (lambda x: F.adaptive_max_pool2d(x, (2, 3)), N(2, 2, 4, 6)),
    "adaptive_max_pool2d, overlapping windows": (lambda x: F.adaptive_max_pool2d(x, (3, 2)), N(1, 2, 5, 3)),
    "global_max_pool": (lambda x: F.adaptive_max_pool2d(x, 1).flatten(1), N(2, 3, 3, 4)),
    "resize2d with corners that meet": (
        lambda x: F.interpolate(x, (5, 7), mode="bilinear", align_corners=True), N(2, 2, 3, 4)),
    "resize2d with corners that meet, to one row": (
        lambda x: F.interpolate(x, (1, 2), mode="bilinear", align_corners=True), N(1, 2, 3, 4)),
    "resize2d bilinear from one pixel": (lambda x: F.interpolate(x, (3, 2), mode="bilinear"), N(2, 2, 1, 1)),
    "resize2d bilinear, 2.5 times and 2/3": (lambda x: F.interpolate(x, (5, 4), mode="bilinear"), N(1, 2, 2, 6)),
    "conv2d depthwise 5x5, dilated": (conv(groups=4, dilation=(2, 1), padding=(4, 2)), N(1, 4, 5, 6), N(4, 1, 5, 5), N(4)),
    "conv2d depthwise, two outputs for each input": (conv(groups=3, padding=1), N(2, 3, 4, 4), N(6, 1, 3, 3)),
    "conv_transpose2d depthwise, stride 2": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, 1, 3), N(2, 3, 3, 2), N(3, 1, 3, 3), N(3)),
    "conv_transpose2d groups, stride, dilation, extra": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, (3, 2), (1, 2), (2, 1), 2, (1, 2)), N(1, 4, 3, 3), N(4, 3, 2, 3), N(6)),
    "matmul, batches of two axes": (lambda a, b: a @ b.mT, N(2, 3, 2, 4), N(2, 3, 5, 4)),
    "matmul, batches broadcast": (lambda a, b: a.mT @ b, N(2, 1, 4, 3), N(3, 4, 2)),
    "matmul of batches and one matrix": (lambda a, b: a @ b.mT, N(2, 2, 3, 4), N(5, 4)),
    "matmul of one matrix and batches": (torch.matmul, N(3, 4), N(2, 4, 2)),
    "linear on the last axis": (F.linear, N(2, 3, 5), N(4, 5), N(4)),
    "less, equal": (lambda a, b: (a < b) * a + ((a > b) == 1) * b, N(3, 4), N(4)),
    "silu, large": (F.silu, 3 * N(5, 33)),
    "hard_swish, large": (F.hardswish, 3 * N(5, 33)),
    "gelu_tanh, large": (lambda x: F.gelu(x, approximate="tanh"), 3 * N(5, 33)),
    "gelu, large": (F.gelu, 3 * N(5, 33)),
    "leaky_relu, negative slope": (lambda x: F.leaky_relu(x, -0.25), away(3, 17)),
    "cross entropy, class weights": (weighted_cross_entropy(0, -1), N(5, 3), labels(5), positive(3)),
    "cross entropy, class weights, smoothed, ignored": (
        weighted_cross_entropy(0.2, 1), N(5, 4), labels(5), positive(4)),
    "cross entropy of pixels": (weighted_cross_entropy(0, -1), N(2, 4, 2, 3), pixel_labels(2, 2, 3)),
    "cross entropy of pixels, all options": (
        weighted_cross_entropy(0.1, 2), N(2, 3, 2, 2), pixel_labels(2, 2, 2), positive(3)),
    "cross entropy of pixels, weighted mean": (
        weighted_cross_entropy(0, 0, True), N(2, 3, 2, 2), pixel_labels(2, 2, 2), positive(3)),
    "soft cross entropy of pixels": (
        lambda x, t: F.cross_entropy(x, t, reduction="none"), N(2, 3, 2, 2), positive(2, 3, 2, 2)),
    "kl_divergence of pixels": (
        lambda x, t: F.kl_div(x, t, reduction="none").sum(1), N(2, 3, 2, 2), positive(2, 3, 2, 2)),
    "sigmoid_cross_entropy": (
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"), N(3, 4), positive(3, 4)),
    "sigmoid_cross_entropy, positive weights": (positive_weighted, N(3, 4), positive(3, 4), positive(4)),
    "gaussian_kl": (
        lambda m, l: torch.distributions.kl_divergence(
            torch.distributions.Normal(m, (l / 2).exp()), torch.distributions.Normal(0.0, 1.0)).sum(1), N(3, 5), N(3, 5)),
    "dice_loss": (dice, positive(2, 3, 2, 3), pixel_labels(2, 2, 3)),
    "squeeze and excitation": (squeeze_excitation, N(2, 6, 3, 2), N(18, 6, 1, 1), N(3, 18), N(18, 3)),
    "broadcasts over images": (
        image_broadcasts, N(2, 5, 2, 3), N(7, 5, 1, 1), N(2, 7, 1, 1), N(7, 1, 1), N(2, 1, 1, 1), N(2, 3)),
    "concat and slice of images' channels": (image_concat(1, 16, 24), N(2, 5, 2, 2), N(16, 5, 1, 1), N(8, 5, 1, 1)),
    "concat and slice of odd channels": (image_concat(1, 5, 9), N(2, 5, 2, 1), N(6, 5, 1, 1), N(7, 5, 1, 1)),
    "concat and slice of samples": (image_concat(0, 1, 4), N(2, 5, 2, 2), N(6, 5, 1, 1), N(6, 5, 1, 1)),
    "concat and slice of rows": (image_concat(2, 1, 4), N(1, 5, 2, 3), N(6, 5, 1, 1), N(6, 5, 1, 1)),
    "a block of attention": (attention_block, N(2, 3, 4), N(4), N(4), N(12, 4), N(12), N(4, 4)),
    "one tensor used three times": (lambda x: x * torch.sigmoid(x) + x.T @ x, N(3, 3)),
    "a residual network": (residual_network, N(2, 2, 3, 3), N(2, 2, 3, 3), positive(2), N(2), N(3, 2), labels(2)),
}


def tensor(t):
    return {"shape": list(t.shape), "values": [float(f"{v:.15g}") for v in t.detach().flatten().tolist()]}


def op_golden(name, case):
    f, inputs = case[0], list(case[1:])
    real = [x.requires_grad_() for x in inputs if x.is_floating_point()]
    y = f(*inputs)
    weight = normal(*y.shape)
    grads = torch.autograd.grad((y * weight).sum(), real)
    return {"name": name, "inputs": [tensor(x) for x in inputs], "output": tensor(y), "weight": tensor(weight),
            "gradients": [tensor(d) for d in grads]}


class Block(torch.nn.Module):
    """Stem, one residual block with a strided shortcut, head: tests/unit/test_torch_network.c builds the same.

    No bias before a batch norm: its gradient is rounding noise, which Adam turns into steps."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(2, 4, 3, 1, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.conv2 = torch.nn.Conv2d(4, 6, 3, 2, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(6)
        self.conv3 = torch.nn.Conv2d(6, 6, 3, 1, 1, bias=False)
        self.bn3 = torch.nn.BatchNorm2d(6)
        self.shortcut = torch.nn.Conv2d(4, 6, 1, 2, bias=True)
        self.fc = torch.nn.Linear(6, 3)

    def forward(self, x):
        y = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 1, 1)
        z = F.relu(self.bn2(self.conv2(y)))
        z = F.relu(self.bn3(self.conv3(z)) + self.shortcut(y))
        return self.fc(F.adaptive_avg_pool2d(z, 1).flatten(1))


def optimiser_of(name, parameters):
    if name == "adam":
        return torch.optim.Adam(parameters, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.01)
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=name == "nesterov")


def network_golden():
    torch.manual_seed(7)
    start = Block()
    with torch.no_grad():
        for p in start.parameters():
            p.copy_((p * 65536).round() / 65536)
    x, t = normal(4, 2, 6, 5), torch.tensor([0, 2, 1, 2])
    out = {"x": tensor(x), "labels": t.tolist(), "start": {k: tensor(v) for k, v in start.named_parameters()}, "runs": []}
    for name in ["sgd", "nesterov", "adam", "adamw"]:
        net = Block()
        net.load_state_dict(start.state_dict())
        optimiser = optimiser_of(name, net.parameters())
        run = {"optimiser": name, "losses": []}
        for step in range(3):
            optimiser.zero_grad()
            loss = F.cross_entropy(net(x), t)
            loss.backward()
            run["losses"].append(loss.item())
            if step == 0 and name == "sgd":
                out["gradients"] = {k: tensor(v.grad) for k, v in net.named_parameters()}
            optimiser.step()
        run["end"] = {k: tensor(v) for k, v in net.state_dict().items() if v.is_floating_point()}
        net.eval()
        run["logits"] = tensor(net(x))
        out["runs"].append(run)
    return out


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "golden")
    with open(os.path.join(folder, "torch_ops.json"), "w", encoding="utf-8") as f:
        rows = [json.dumps(op_golden(name, case)) for name, case in CASES.items()]
        f.write('{"torch": "%s", "cases": [\n%s\n]}\n' % (torch.__version__, ",\n".join(rows)))
    with open(os.path.join(folder, "torch_network.json"), "w", encoding="utf-8") as f:
        golden = network_golden()
        f.write("{\n%s\n}\n" % ",\n".join('"%s": %s' % (k, json.dumps(v)) for k, v in golden.items()))


if __name__ == "__main__":
    main()
