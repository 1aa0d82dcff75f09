#!/usr/bin/env python3
"""The reference model in Python on the LibTorch of Debian's python3-torch: the reference implementation for reference_benchmark.

    synerbench checkpoint init --config small /tmp/small          # or: reference_benchmark --make small /tmp/small
    python3 reference_pytorch.py /tmp/small [--threads 2] [--repetitions 5] [--what train|sample|both]

Written from docs/reference-model.md in the way of the public code: one linear layer per projection, rows of the two experts picked
and put back by index, one dense mask per sample, key heads repeated, softmax in float32, AdamW, clipping and averaging tensor by tensor, one
pass per branch of a guided step. Weights and inputs are those of the C++ program, which prints the same losses and norms, so both
do the same work. Prints milliseconds of wall clock and of CPU time (medians, after one round that is thrown away) and the peak of resident memory.
"""

import argparse
import json
import math
import os
import resource
import statistics
import struct
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repetitions", type=int, default=5)
parser.add_argument("--what", choices=["train", "sample", "both"], default="both")
parser.add_argument("--side", type=int, default=0, help="pixels of the autoencoder's images; 0: as the C++ program chooses")
options = parser.parse_args()
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(options.threads)  # before torch is loaded

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(options.threads)

TEXT, ANSWER = 24, 1  # ids of an instruction, of an answer
BOS, EOS, SOI, EOI = 1, 2, 3, 4  # any ids will do for measuring


def pattern(*shape, seed):
    """Numbers in [-1, 1) that both programs make alike."""
    count = math.prod(shape)
    x = (torch.arange(count, dtype=torch.float64) * 0.6180339887498949 + 0.1 * seed) % 1.0
    return (2 * x - 1).float().reshape(shape)


def load(path):
    tensors = {}
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        start = 8 + size
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            file.seek(start + begin)
            tensors[name] = torch.frombuffer(bytearray(file.read(end - begin)), dtype=torch.float32).reshape(entry["shape"])
    return tensors


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


def rotate_half(x):
    a, b = x.chunk(2, -1)
    return torch.cat([-b, a], -1)


def attend(q, k, v, mask):
    """q [n, heads, d], k and v [m, kv heads, d]."""
    group = q.shape[1] // k.shape[1]
    k, v = (x.repeat_interleave(group, 1).transpose(0, 1) for x in (k, v))
    scores = q.transpose(0, 1) @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores + mask
    return (torch.softmax(scores.float(), -1).to(v.dtype) @ v).transpose(0, 1)


class Mlp(nn.Module):
    def __init__(self, hidden, inner):
        super().__init__()
        self.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.up_proj = nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        h, nh, nkv = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
        self.nh, self.nkv, self.d = nh, nkv, h // nh
        for suffix in ("", "_moe_gen"):
            setattr(self, "q_proj" + suffix, nn.Linear(h, nh * self.d))
            setattr(self, "k_proj" + suffix, nn.Linear(h, nkv * self.d))
            setattr(self, "v_proj" + suffix, nn.Linear(h, nkv * self.d))
            setattr(self, "o_proj" + suffix, nn.Linear(nh * self.d, h, bias=False))
            setattr(self, "q_norm" + suffix, RmsNorm(self.d, c["rms_norm_eps"]))
            setattr(self, "k_norm" + suffix, RmsNorm(self.d, c["rms_norm_eps"]))

    def heads(self, x, und, gen, cos, sin):
        def both(name, count):
            out = x.new_zeros((x.shape[0], count * self.d))
            out[und] = getattr(self, name)(x[und])
            out[gen] = getattr(self, name + "_moe_gen")(x[gen])
            return out.view(-1, count, self.d)

        def normed(y, name):
            out = torch.zeros_like(y)
            out[und] = getattr(self, name)(y[und])
            out[gen] = getattr(self, name + "_moe_gen")(y[gen])
            return out

        q, k, v = both("q_proj", self.nh), both("k_proj", self.nkv), both("v_proj", self.nkv)
        q, k = normed(q, "q_norm"), normed(k, "k_norm")
        return q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin, v

    def project(self, x, und, gen):
        out = x.new_zeros((x.shape[0], self.o_proj.out_features))
        out[und] = self.o_proj(x[und])
        out[gen] = self.o_proj_moe_gen(x[gen])
        return out


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn = Attention(c)
        for suffix in ("", "_moe_gen"):
            setattr(self, "mlp" + suffix, Mlp(c["hidden_size"], c["intermediate_size"]))
            setattr(self, "input_layernorm" + suffix, RmsNorm(c["hidden_size"], c["rms_norm_eps"]))
            setattr(self, "post_attention_layernorm" + suffix, RmsNorm(c["hidden_size"], c["rms_norm_eps"]))

    def forward(self, x, und, gen, cos, sin, masks=None, lens=None, cache=None):
        normed = torch.zeros_like(x)
        normed[und] = self.input_layernorm(x[und])
        normed[gen] = self.input_layernorm_moe_gen(x[gen])
        q, k, v = self.self_attn.heads(normed, und, gen, cos, sin)
        if masks is None:
            k, v = torch.cat([cache[0], k]), torch.cat([cache[1], v])
            attended = attend(q, k, v, None)
        else:
            parts = [attend(*(t[begin:end] for t in (q, k, v)), mask) for (begin, end), mask in zip(lens, masks)]
            attended = torch.cat(parts)
        x = x + self.self_attn.project(attended.reshape(x.shape[0], -1), und, gen)
        out = torch.zeros_like(x)
        out[und] = self.mlp(self.post_attention_layernorm(x[und]))
        out[gen] = self.mlp_moe_gen(self.post_attention_layernorm_moe_gen(x[gen]))
        return x + out


class VitLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        h, self.nh = c["hidden_size"], c["num_attention_heads"]
        self.self_attn = nn.ModuleDict({n: nn.Linear(h, h) for n in ("q_proj", "k_proj", "v_proj", "out_proj")})
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(h, c["layer_norm_eps"]), nn.LayerNorm(h, c["layer_norm_eps"])
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(h, c["intermediate_size"]), "fc2": nn.Linear(c["intermediate_size"], h)})

    def forward(self, x, lens):
        y = self.layer_norm1(x)
        q, k, v = (self.self_attn[n](y).view(x.shape[0], self.nh, -1) for n in ("q_proj", "k_proj", "v_proj"))
        parts, begin = [], 0
        for n in lens:
            parts.append(attend(*(t[begin:begin + n] for t in (q, k, v)), None))
            begin += n
        x = x + self.self_attn["out_proj"](torch.cat(parts).reshape(x.shape))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.layer_norm2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, folder):
        super().__init__()
        with open(os.path.join(folder, "llm_config.json")) as file:
            self.c = c = json.load(file)
        with open(os.path.join(folder, "vit_config.json")) as file:
            self.v = v = json.load(file)
        h = c["hidden_size"]
        tensors = load(os.path.join(folder, "ema.safetensors"))
        lm = nn.Module()
        lm.embed_tokens = nn.Embedding(c["vocab_size"], h)
        lm.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        lm.norm, lm.norm_moe_gen = RmsNorm(h, c["rms_norm_eps"]), RmsNorm(h, c["rms_norm_eps"])
        self.language_model = nn.Module()
        self.language_model.model = lm
        self.language_model.lm_head = nn.Linear(h, c["vocab_size"], bias=False)
        self.time_embedder = nn.Module()
        self.time_embedder.mlp = nn.Sequential(nn.Linear(256, h), nn.SiLU(), nn.Linear(h, h))
        self.channels = tensors["vae2llm.weight"].shape[1]
        self.vae2llm, self.llm2vae = nn.Linear(self.channels, h), nn.Linear(h, self.channels)
        vm = nn.Module()
        vm.embeddings = nn.Module()
        vm.embeddings.patch_embedding = nn.Linear(3 * v["patch_size"] ** 2, v["hidden_size"])
        vm.embeddings.position_embedding = nn.Embedding((v["image_size"] // v["patch_size"]) ** 2, v["hidden_size"])
        vm.encoder = nn.Module()
        vm.encoder.layers = nn.ModuleList(VitLayer(v) for _ in range(v["num_hidden_layers"] - 1))
        vm.post_layernorm = nn.LayerNorm(v["hidden_size"], v["layer_norm_eps"])
        self.vit_model = nn.Module()
        self.vit_model.vision_model = vm
        self.connector = nn.ModuleDict({"fc1": nn.Linear(v["hidden_size"], h), "fc2": nn.Linear(h, h)})
        for name in ("latent_pos_embed", "vit_pos_embed"):
            table = nn.Module()
            table.pos_embed = nn.Parameter(tensors[name + ".pos_embed"].clone(), requires_grad=False)
            setattr(self, name, table)
        self.load_state_dict(tensors)
        d = h // c["num_attention_heads"]
        self.frequencies = 1.0 / c["rope_theta"] ** (torch.arange(0, d, 2).float() / d)

    def rotary(self, positions):
        angles = positions.float()[:, None] * self.frequencies[None]
        angles = torch.cat([angles, angles], -1)[:, None]
        return angles.cos(), angles.sin()

    def time(self, t):
        f = torch.exp(-math.log(10000.0) * torch.arange(128).float() / 128)
        a = t[:, None] * f[None]
        return self.time_embedder.mlp(torch.cat([a.cos(), a.sin()], 1))

    def vision(self, patches, positions, lens):
        vm = self.vit_model.vision_model
        x = vm.embeddings.patch_embedding(patches) + vm.embeddings.position_embedding(positions)
        for layer in vm.encoder.layers:
            x = layer(x, lens)
        x = vm.post_layernorm(x)
        return self.connector["fc2"](F.gelu(self.connector["fc1"](x), approximate="tanh")) + self.vit_pos_embed.pos_embed[positions]


def grid_ids(rows, columns, grid):
    return (torch.arange(rows)[:, None] * grid + torch.arange(columns)[None]).flatten()


def build_pack(vit_side, latent_side):
    """Splits (kind, tokens, mode) of a synthesis sample and a question with five images; see reference_benchmark.cpp."""
    vit, vae = vit_side ** 2, latent_side ** 2
    synthesis = [("vae", vae, "full"), ("vit", vit, "full"), ("text", TEXT, "causal"), ("target", vae, "noise")]
    question = []
    for _ in range(5):
        question += [("text", 4, "causal"), ("vit", vit, "full")]
    question += [("text", TEXT, "causal"), ("answer", ANSWER, "causal")]
    return [synthesis, question]


class Pack:
    def __init__(self, model, vit_side, latent_side, latent_grid, vit_grid):
        self.text_index, self.vit_index, self.vae_index, self.target_index, self.ce_index, self.labels = [], [], [], [], [], []
        self.positions, self.lens, self.masks, self.vit_lens, self.t = [], [], [], [], []
        self.ids = []
        at = 0
        for sample in build_pack(vit_side, latent_side):
            begin, rope, splits = at, 0, []
            for kind, n, mode in sample:
                first = at
                if kind in ("text", "answer"):
                    ids = [BOS] + [5 + i for i in range(n)] + [EOS]
                    self.text_index += range(at, at + n + 2)
                    self.ids += ids
                    self.positions += range(rope, rope + n + 2)
                    if kind == "answer":
                        self.ce_index += range(at, at + n + 1)
                        self.labels += ids[1:]
                    rope += n + 2
                else:
                    self.text_index += [at, at + n + 1]
                    self.ids += [SOI, EOI]
                    rows = range(at + 1, at + 1 + n)
                    if kind == "vit":
                        self.vit_index += rows
                        self.vit_lens.append(n)
                    else:
                        self.vae_index += rows
                        self.t += [0.5 if kind == "target" else 0.0] * n
                        if kind == "target":
                            self.target_index += rows
                    self.positions += [rope] * (n + 2)
                    rope += 0 if kind == "target" else 1
                at += n + 2
                splits.append((first - begin, at - begin, mode))
            n = at - begin
            self.lens.append((begin, at))
            i, split, mode = torch.arange(n), torch.zeros(n, dtype=torch.long), torch.zeros(n, dtype=torch.long)
            for s, (a, b, m) in enumerate(splits):
                split[a:b] = s
                mode[a:b] = {"causal": 0, "full": 1, "noise": 2}[m]
            same = split[:, None] == split[None]
            seen = (i[:, None] >= i[None]) | (same & (mode[None] > 0))
            seen &= same | (mode[None] != 2)
            self.masks.append(torch.zeros(n, n).masked_fill(~seen, float("-inf")))
        as_long = lambda x: torch.tensor(list(x), dtype=torch.long)
        self.length = at
        self.text, self.vit, self.vae, self.target, self.ce = map(as_long, (self.text_index, self.vit_index, self.vae_index, self.target_index, self.ce_index))
        self.ids, self.labels, self.positions = map(as_long, (self.ids, self.labels, self.positions))
        self.t = torch.tensor(self.t)
        self.und = torch.cat([self.text, self.vit])
        self.vit_positions = grid_ids(vit_side, vit_side, vit_grid).repeat(len(self.vit_lens))
        self.latent_positions = grid_ids(latent_side, latent_side, latent_grid).repeat(2)
        self.patches = pattern(len(self.vit), 3 * model.v["patch_size"] ** 2, seed=1)
        self.latents = pattern(len(self.vae), model.channels, seed=2)
        self.noise = pattern(len(self.vae), model.channels, seed=3)


def forward(model, p):
    h = torch.zeros(p.length, model.c["hidden_size"])
    lm = model.language_model.model
    h[p.text] = lm.embed_tokens(p.ids)
    h[p.vit] = model.vision(p.patches, p.vit_positions, p.vit_lens)
    t = p.t[:, None]
    noised = (1 - t) * p.latents + t * p.noise
    h[p.vae] = model.vae2llm(noised) + model.time(p.t) + model.latent_pos_embed.pos_embed[p.latent_positions]
    cos, sin = model.rotary(p.positions)
    for layer in lm.layers:
        h = layer(h, p.und, p.vae, cos, sin, p.masks, p.lens)
    out = torch.zeros_like(h)
    out[p.und], out[p.vae] = lm.norm(h[p.und]), lm.norm_moe_gen(h[p.vae])
    keep = p.t > 0
    mse = ((model.llm2vae(out[p.target]) - (p.noise - p.latents)[keep]) ** 2).mean(-1).sum() / len(p.target)
    ce = F.cross_entropy(model.language_model.lm_head(out[p.ce]), p.labels, reduction="sum") / len(p.ce)
    return mse, ce


def measure(name, work, report):
    work()
    wall, cpu = [], []
    for _ in range(options.repetitions):
        start, before = time.perf_counter(), time.process_time()
        value = work()
        cpu.append(1000 * (time.process_time() - before))
        wall.append(1000 * (time.perf_counter() - start))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    middle = statistics.median_high
    print(f"{name}: {middle(wall):.1f} ms wall, {middle(cpu):.1f} ms CPU (medians of {options.repetitions}; least {min(wall):.1f}, {min(cpu):.1f}), peak {peak:.0f} MiB, {report(value)}")


def train(model, p):
    trained = [q for q in model.parameters() if q.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-6, betas=(0.9, 0.95), eps=1e-15, weight_decay=0.0)
    average = [q.detach().clone() for q in trained]

    def step():
        optimizer.zero_grad(set_to_none=True)
        mse, ce = forward(model, p)
        (mse + ce).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            for a, q in zip(average, trained):
                a.mul_(0.9999).add_(q, alpha=1e-4)
        return mse.item(), ce.item()

    print(f"pack of {p.length} tokens; before training: mse {forward(model, p)[0].item():.5f}, ce {forward(model, p)[1].item():.5f}")
    measure("training step", step, lambda v: f"mse {v[0]:.5f} ce {v[1]:.5f}")


@torch.no_grad()
def sample(model, vit_side, latent_side, latent_grid):
    """One guided step: caches of pattern values stand for what was read."""
    n, vit = latent_side ** 2, vit_side ** 2
    c = model.c
    nkv, d = c["num_key_value_heads"], c["hidden_size"] // c["num_attention_heads"]
    images, text = (n + 2) + (vit + 2), TEXT + 2
    cached = []
    for rows, seed, rope in ((images + text, 10, 2 + text), (images, 11, 2), (text, 12, text)):
        cached.append((pattern(rows, nkv, d, seed=seed), pattern(rows, nkv, d, seed=seed + 20), rope))
    lm = model.language_model.model
    x, t = pattern(n, model.channels, seed=5), torch.tensor([0.7])
    ids = grid_ids(latent_side, latent_side, latent_grid)
    und, gen = torch.tensor([0, n + 1]), torch.arange(1, n + 1)

    def velocity(k, v, rope):
        h = torch.zeros(n + 2, c["hidden_size"])
        h[und] = lm.embed_tokens(torch.tensor([SOI, EOI]))
        h[gen] = model.vae2llm(x) + model.time(t) + model.latent_pos_embed.pos_embed[ids]
        cos, sin = model.rotary(torch.full((n + 2,), rope))
        for layer in lm.layers:
            h = layer(h, und, gen, cos, sin, cache=(k, v))
        return model.llm2vae(lm.norm_moe_gen(h[gen]))

    def step():
        v, vt, vi = (velocity(*branch) for branch in cached)
        u = vt + 4.0 * (v - vt)
        u = (v.norm(dim=-1, keepdim=True) / (u.norm(dim=-1, keepdim=True) + 1e-8)).clamp(0, 1) * u
        return (vi + 1.5 * (u - vi)).norm().item()

    measure("guided sampling step", step, lambda value: f"velocity norm {value:.5f}")


def main():
    model = Model(options.folder)
    with torch.no_grad():  # a new model's velocities are zero; see reference_benchmark.cpp
        model.llm2vae.weight.copy_(0.05 * pattern(*model.llm2vae.weight.shape, seed=7))
    latent_grid = int(math.isqrt(model.latent_pos_embed.pos_embed.shape[0]))
    vit_grid = int(math.isqrt(model.vit_pos_embed.pos_embed.shape[0]))
    latent_side, vit_side = min(16, latent_grid), min(18, vit_grid)
    print(f"torch {torch.__version__}, {options.threads} threads, {sum(q.numel() for q in model.parameters())} parameters")
    if options.what != "sample":
        train(model, Pack(model, vit_side, latent_side, latent_grid, vit_grid))
    if options.what != "train":
        sample(model, vit_side, latent_side, latent_grid)


if __name__ == "__main__":
    main()
