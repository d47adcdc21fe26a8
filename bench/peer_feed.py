#!/usr/bin/env python3
"""peer_feed.py pillow|torchvision|opencv PX FOLDER: how fast others make the same views.

Reads the JPEGs of FOLDER and makes a random resized crop of 40 to 100 % of the area and PX x PX px of
each, flipped at random, as normalised float32 planes. Prints images per second of CPU time, one
thread.

pillow       Pillow, bicubic, and NumPy
torchvision  torchvision's transforms on Pillow images, to a tensor
opencv       OpenCV, area resize

Exit status: 0 good, 77 the library is not there.
"""
import io
import math
import pathlib
import random
import sys
import time

try:
    import numpy as np
    if sys.argv[1] == "opencv":
        import cv2
    else:
        from PIL import Image
    if sys.argv[1] == "torchvision":
        import torch
        from torchvision import transforms
except ImportError:
    sys.exit(77)

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def crop_of(width, height):
    for _ in range(10):
        area = width * height * random.uniform(0.4, 1)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side, side


def planes_of(pixels):
    return np.ascontiguousarray(((pixels.astype(np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1))


def pillow(data, px):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    x, y, w, h = crop_of(*image.size)
    image = image.crop((x, y, x + w, y + h)).resize((px, px), Image.BICUBIC)
    if random.random() < 0.5:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    return planes_of(np.asarray(image))


def opencv(data, px):
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    x, y, w, h = crop_of(image.shape[1], image.shape[0])
    image = cv2.resize(image[y:y + h, x:x + w], (px, px), interpolation=cv2.INTER_AREA)
    if random.random() < 0.5:
        image = cv2.flip(image, 1)
    return planes_of(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def torchvision(px):
    torch.set_num_threads(1)
    chain = transforms.Compose([
        transforms.RandomResizedCrop(px, (0.4, 1),
                                     interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        transforms.Normalize(MEAN.tolist(), STD.tolist())])
    return lambda data, px: chain(Image.open(io.BytesIO(data)).convert("RGB"))


def main():
    which, px, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    if which == "opencv":
        cv2.setNumThreads(1)
    make = {"pillow": pillow, "opencv": opencv}.get(which) or torchvision(px)
    names = sorted(n for n in folder.iterdir() if n.suffix in (".jpg", ".jpeg", ".JPEG"))
    files = [n.read_bytes() for n in names[:512]]
    random.seed(1)
    for data in files[:16]:
        make(data, px)
    begin = time.process_time()
    for data in files:
        make(data, px)
    print(len(files) / (time.process_time() - begin))


main()
