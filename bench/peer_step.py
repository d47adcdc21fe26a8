"""The training step of patchlaw-bench in PyTorch, for bench/peer.py to drive.

Reads parameters, images and prefix lengths that `patchlaw-bench serve --export FILE` wrote, does
a step and prints {"parameters": N, "loss": L}. Then for each line "run N T B" of standard
input it does N steps with T threads in PyTorch's own loops and oneDNN and B in OpenBLAS, and prints
{"seconds": S, "rss": BYTES}; it ends with its input.

Everything that PyTorch 1.13 offers a CPU is used: oneDNN's products in bf16 (autocast), OpenBLAS's
in fp32, AdamW and the clip over lists of tensors at once (foreach), denormals flushed.
"""
import ctypes
import json
import struct
import sys
import time

import numpy
import torch
import torch.nn.functional as F


def read_safetensors(path):
    """Named fp32 tensors and notes of a file: 8 bytes of length, JSON, data."""
    tensors = {}
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        notes = header.pop("__metadata__", {})
        for name, about in header.items():
            if about["dtype"] != "F32":
                raise SystemExit(f"{path}: {name} is {about['dtype']}, not F32")
            begin, end = about["data_offsets"]
            file.seek(8 + length + begin)
            values = numpy.fromfile(file, numpy.float32, (end - begin) // 4)
            tensors[name] = torch.from_numpy(values.reshape(about["shape"]))
    return tensors, notes


def sincos(side, width):
    """[side*side, width]: sine and cosine of the column, then of the row."""
    rate = 10000.0 ** (-torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    row, column = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    parts = []
    for place in (column, row):
        angle = place.reshape(-1, 1) * rate
        parts += [angle.sin(), angle.cos()]
    return torch.cat(parts, 1).float()


class Model:
    """AIM: trunk, prefix mask, residual MLP head, normalised targets of the next patch."""

    def __init__(self, tensors, heads):
        self.images = tensors.pop("images")
        self.prefix = tensors.pop("prefix_len").long()
        self.heads = heads
        self.p = {name: t.requires_grad_() for name, t in tensors.items()}
        kernel = self.p["preprocessor.patchifier.proj.weight"]
        self.patch = kernel.shape[-1]
        self.side = self.images.shape[-1] // self.patch
        self.depth = self.count("trunk.blocks")
        self.head_depth = self.count("head.decoder_blocks")
        self.pos = sincos(self.side, kernel.shape[0])
        self.head_pos = sincos(self.side, self.p["head.decoder_projection.weight"].shape[0])
        place = torch.arange(self.side**2)
        seen = (place <= place[:, None]) | (place < self.prefix[:, None, None])
        self.hidden = torch.zeros(seen.shape).masked_fill_(~seen, float("-inf"))[:, None]
        self.counts = (place[1:] >= self.prefix[:, None]).float()  # [B, T-1]: pairs

    def count(self, prefix):
        return len({n.split(".")[2] for n in self.p if n.startswith(prefix + ".")})

    def linear(self, name, x):
        return F.linear(x, self.p[name + ".weight"], self.p.get(name + ".bias"))

    def norm(self, name, x):
        return F.layer_norm(x.float(), x.shape[-1:], self.p[name + ".weight"], self.p[name + ".bias"], 1e-6)

    def mlp(self, name, x):
        return self.linear(name + ".fc2", F.gelu(self.linear(name + ".fc1", x)))

    def attention(self, name, x):
        batch, tokens, width = x.shape
        qkv = self.linear(name + ".qkv", x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        score = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + self.hidden
        mixed = score.softmax(-1) @ v
        return self.linear(name + ".proj", mixed.transpose(1, 2).reshape(batch, tokens, width))

    def patches(self):
        """[B, side, side, channel, row, column]"""
        batch, channels = self.images.shape[:2]
        split = self.images.view(batch, channels, self.side, self.patch, self.side, self.patch)
        return split.permute(0, 2, 4, 1, 3, 5)

    def trunk(self):
        name = "preprocessor.patchifier."
        kernel = self.p[name + "proj.weight"]
        patches = self.patches().reshape(len(self.images), self.side**2, -1)
        x = F.linear(patches, kernel.view(len(kernel), -1), self.p[name + "proj.bias"])
        x = self.norm(name + "norm", x) + self.pos
        for i in range(self.depth):
            name = f"trunk.blocks.{i}."
            x = x + self.attention(name + "attn", self.norm(name + "norm_1", x))
            x = x + self.mlp(name + "mlp", self.norm(name + "norm_2", x))
        return self.norm("trunk.post_trunk_norm", x)

    def head(self, x):
        x = self.linear("head.decoder_projection", x) + self.head_pos
        for i in range(self.head_depth):
            name = f"head.decoder_blocks.{i}."
            x = x + self.mlp(name + "mlp", self.norm(name + "norm_2", x))
        return self.linear("head.decoder_pred", self.norm("head.decoder_norm", x))

    def loss(self, bf16):
        target = self.patches().permute(0, 1, 2, 4, 5, 3)
        target = target.reshape(len(self.images), self.side**2, -1)
        var, mean = torch.var_mean(target, -1, unbiased=True, keepdim=True)
        target = (target - mean) / (var + 1e-6).sqrt()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            pred = self.head(self.trunk())
        error = (pred[:, :-1].float() - target[:, 1:]).square().mean(-1)
        return (error * self.counts).sum() / self.counts.sum()


class Training:
    """The model with its optimiser: clip 1, AdamW, decay on matrices alone."""

    def __init__(self, model, bf16):
        self.model, self.bf16 = model, bf16
        plain = [n for n in model.p if "bias" in n or "norm" in n]
        groups = [
            {"params": [model.p[n] for n in plain], "weight_decay": 0.0},
            {"params": [t for n, t in model.p.items() if n not in plain], "weight_decay": 0.05},
        ]
        self.optim = torch.optim.AdamW(groups, 1e-3, (0.9, 0.95), 1e-8, foreach=True)

    def step(self):
        self.optim.zero_grad(set_to_none=True)
        loss = self.model.loss(self.bf16)
        loss.backward()
        grads = [t.grad for t in self.model.p.values()]
        norm = torch.stack(torch._foreach_norm(grads)).norm()
        torch._foreach_mul_(grads, (1.0 / (norm + 1e-6)).clamp(max=1.0).item())
        self.optim.step()
        return loss.item()


def set_threads(threads, blas):
    torch.set_num_threads(threads)
    try:
        ctypes.CDLL("libopenblas.so.0").openblas_set_num_threads(blas)
    except OSError:
        pass  # another BLAS, which has no such call


def resident_peak():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def main():
    path, precision = sys.argv[1:]
    torch.set_flush_denormal(True)
    tensors, notes = read_safetensors(path)
    model = Model(tensors, int(notes["heads"]))
    training = Training(model, precision == "bf16")
    set_threads(1, 1)
    loss = training.step()
    parameters = sum(t.numel() for t in model.p.values())
    print(json.dumps({"parameters": parameters, "loss": loss}), flush=True)
    for line in sys.stdin:
        steps, threads, blas = (int(word) for word in line.split()[1:])
        set_threads(threads, blas)
        begin = time.monotonic()
        for _ in range(steps):
            training.step()
        seconds = time.monotonic() - begin
        print(json.dumps({"seconds": seconds, "rss": resident_peak()}), flush=True)


main()
