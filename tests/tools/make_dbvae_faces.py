#!/usr/bin/env python3
"""Faces and street crops of 64 x 64 pixels for the DB-VAE, as a folder with data.csv: the lab's faces-64.h5, larger and with columns.

    make_dbvae_faces.py CELEBA-FOLDER CAMVID-FOLDER OUT [FACES]

CELEBA-FOLDER holds img_align_celeba/, list_attr_celeba.txt and identity_CelebA.txt, CAMVID-FOLDER images/. Faces are the largest centred square of the aligned
picture; streets are squares of a third to the whole of a street scene's height at random places, one for each face. Parts 70, 15, 15: no person and no
scene is in two. Needs Pillow (python3-pil). Then:

    evenhand import OUT -o faces.eh --format csv:label=label,groups=gender+hair+pale+glasses+hat+age,split=split
    evenhand train faces.eh --label label --groups label,gender --model dbvae --method dbvae --own-loss-class face ...
"""

import csv
import os
import random
import sys

from PIL import Image

SIDE = 64


def part_of(key):
    u = random.Random(f"part {key}").random()
    return "train" if u < 0.70 else "valid" if u < 0.85 else "test"


def read_faces(folder):
    with open(os.path.join(folder, "identity_CelebA.txt")) as f:
        identity = dict(line.split() for line in f)
    with open(os.path.join(folder, "list_attr_celeba.txt")) as f:
        f.readline()
        names = f.readline().split()
        for line in f:
            name, *values = line.split()
            path = os.path.join(folder, "img_align_celeba", name)
            if os.path.exists(path):
                has = {n: v == "1" for n, v in zip(names, values)}
                hair = next((h for h in ("Bald", "Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair") if has[h]), "other")
                yield path, identity[name], {
                    "gender": "male" if has["Male"] else "female",
                    "hair": hair.replace("_Hair", "").lower(),
                    "pale": "pale" if has["Pale_Skin"] else "not pale",
                    "glasses": "glasses" if has["Eyeglasses"] else "no glasses",
                    "hat": "hat" if has["Wearing_Hat"] else "no hat",
                    "age": "young" if has["Young"] else "older",
                }


def main():
    celeba, camvid, out = sys.argv[1:4]
    os.makedirs(os.path.join(out, "images"), exist_ok=True)
    columns = ["file", "label", "split", "gender", "hair", "pale", "glasses", "hat", "age"]
    faces = list(read_faces(celeba))[: int(sys.argv[4]) if len(sys.argv) > 4 else None]
    scenes = sorted(os.path.join(at, f) for at, _, files in os.walk(os.path.join(camvid, "images")) for f in files)
    with open(os.path.join(out, "data.csv"), "w", newline="") as f:
        table = csv.DictWriter(f, columns)
        table.writeheader()
        for i, (path, person, attributes) in enumerate(faces):
            picture = Image.open(path).convert("RGB")
            width, height = picture.size
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            name = f"images/face-{i:05d}.png"
            picture.resize((SIDE, SIDE), Image.BILINEAR, (left, top, left + side, top + side)).save(os.path.join(out, name))
            table.writerow({"file": name, "label": "face", "split": part_of(person), **attributes})
        for i in range(len(faces)):
            scene = scenes[i % len(scenes)]
            draw = random.Random(f"street {i}")
            picture = Image.open(scene).convert("RGB")
            width, height = picture.size
            side = draw.randint(height // 3, height)
            left, top = draw.randint(0, width - side), draw.randint(0, height - side)
            name = f"images/street-{i:05d}.png"
            picture.resize((SIDE, SIDE), Image.BILINEAR, (left, top, left + side, top + side)).save(os.path.join(out, name))
            table.writerow({"file": name, "label": "street", "split": part_of(scene)})


if __name__ == "__main__":
    main()
