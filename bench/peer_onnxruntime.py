#!/usr/bin/env python3
"""Measures ONNX Runtime, the stronger peer in inference, on the networks of peer_torch.py, in f32. One JSON line with the same fields.

    python3 bench/peer_onnxruntime.py --work resnet18 --size 64 --batch 64 --threads 2

Needs torch and onnx (to write the network), torchvision for resnet18, and onnxruntime. See README.md beside this file.
"""
import argparse
import json
import resource
import statistics
import tempfile
import time

import onnxruntime
import torch
from peer_torch import build


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default="resnet18", help="vggresnet, standardcnn or a model of torchvision")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=7)
    a = parser.parse_args()
    torch.manual_seed(0)
    net, channels, _ = build(a.work)
    x = torch.randn(a.batch, channels, a.size, a.size)
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        torch.onnx.export(net.eval(), x, file.name, opset_version=17, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = a.threads
        session = onnxruntime.InferenceSession(file.name, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x.numpy()}
    session.run(None, feed)
    seconds, processor = [], []
    for _ in range(a.steps):
        clock, used = time.perf_counter(), time.process_time()
        session.run(None, feed)
        seconds.append(time.perf_counter() - clock)
        processor.append(time.process_time() - used)
    print(json.dumps({"program": "onnxruntime", "version": onnxruntime.__version__, "work": a.work, "size": a.size, "batch": a.batch,
                      "mode": "infer", "precision": "f32", "threads": a.threads,
                      "images_per_s": round(a.batch / statistics.median(seconds), 1), "best_images_per_s": round(a.batch / min(seconds), 1),
                      "cpu_s_per_step": round(min(processor), 5),
                      "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}))


if __name__ == "__main__":
    main()
