#!/usr/bin/env python3
"""SynDiff in Python on the LibTorch of Debian's python3-torch: the reference implementation for syndiff_benchmark.

    python3 syndiff_pytorch.py [--repetitions 7] [--only tiny]

One update (diffusive discriminators, cycle discriminators, generators; all forward and backward passes and Adam steps), with and
without the R1 penalty, and one synthesized slice (four network evaluations), on one thread, random weights and images. Written from
the description of the method (docs/baselines.md), layer by layer as baselines/syndiff, in the order of the published step; fakes for the
discriminators are made without gradients, as ours are. Prints a Markdown table: milliseconds of wall clock and of processor
time, medians over the repetitions after one that is thrown away; then the peak of resident memory. Needs torch.
"""

import math

import timing
import torch
import torch.nn.functional as F
from torch import nn

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0])
FIR = torch.outer(TAPS, TAPS)[None, None] / 64
ROOT_HALF = 1 / math.sqrt(2)


def fir_up(x):
    n, c, h, w = x.shape
    x = F.pad(x.reshape(n, c, h, 1, w, 1), (0, 1, 0, 0, 0, 1)).reshape(n, c, 2 * h, 2 * w)
    return F.conv2d(F.pad(x, (2, 1, 2, 1)), (4 * FIR).expand(c, 1, 4, 4), groups=c)


def fir_down(x):
    return F.conv2d(x, FIR.expand(x.shape[1], 1, 4, 4), stride=2, padding=1, groups=x.shape[1])


def embedding(t, width):
    half = width // 2
    angle = t.float()[:, None] * torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))[None]
    return torch.cat([angle.sin(), angle.cos()], 1)


class AdaGroupNorm(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.norm = nn.GroupNorm(min(channels // 4, 32), channels, eps=1e-6, affine=False)
        self.style = nn.Linear(width, 2 * channels)

    def forward(self, x, z):
        gamma, beta = self.style(z)[:, :, None, None].chunk(2, 1)
        return gamma * self.norm(x) + beta


class Residual(nn.Module):
    def __init__(self, inner, outer, time_width, z_width, resample=None):
        super().__init__()
        self.norm0, self.norm1 = AdaGroupNorm(inner, z_width), AdaGroupNorm(outer, z_width)
        self.conv0, self.conv1 = nn.Conv2d(inner, outer, 3, padding=1), nn.Conv2d(outer, outer, 3, padding=1)
        self.dense = nn.Linear(time_width, outer)
        self.resample = resample or (lambda x: x)
        self.shortcut = nn.Conv2d(inner, outer, 1) if inner != outer or resample else nn.Identity()

    def forward(self, x, time_code, z):
        h = self.conv0(self.resample(F.silu(self.norm0(x, z))))
        h = h + self.dense(F.silu(time_code))[:, :, None, None]
        h = self.conv1(F.silu(self.norm1(h, z)))
        return (self.shortcut(self.resample(x)) + h) * ROOT_HALF


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(min(channels // 4, 32), channels, eps=1e-6)
        self.q, self.k, self.v, self.out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x, *_):
        n, c, h, w = x.shape
        y = self.norm(x)
        q, k, v = (layer(y).flatten(2) for layer in (self.q, self.k, self.v))
        weights = torch.softmax(torch.bmm(q.transpose(1, 2), k) * c**-0.5, -1)
        return (x + self.out(torch.bmm(v, weights.transpose(1, 2)).view(n, c, h, w))) * ROOT_HALF


class Pyramid(nn.Module):
    def __init__(self, inner, outer):
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, 3, stride=2)

    def forward(self, x):
        return self.conv(F.conv2d(x, FIR.expand(x.shape[1], 1, 4, 4), padding=2, groups=x.shape[1]))


class Generator(nn.Module):
    def __init__(self, size, nf, mult, nz, z_width, blocks=2):
        super().__init__()
        self.nf = nf
        self.z_layers = nn.ModuleList([nn.Linear(nz if i == 0 else z_width, z_width) for i in range(4)])
        self.time = nn.ModuleList([nn.Linear(nf, 4 * nf), nn.Linear(4 * nf, 4 * nf)])
        self.stem = nn.Conv2d(2, nf, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        block = lambda inner, outer, resample=None: Residual(inner, outer, 4 * nf, z_width, resample)
        skips, width, pyramid = [nf], nf, 2
        for level, factor in enumerate(mult):
            stage = nn.ModuleDict({"blocks": nn.ModuleList(), "attention": nn.ModuleList()})
            for _ in range(blocks):
                stage["blocks"].append(block(width, nf * factor))
                width = nf * factor
                if size >> level == 16:
                    stage["attention"].append(Attention(width))
                skips.append(width)
            if level + 1 < len(mult):
                stage["down"] = block(width, width, fir_down)
                stage["pyramid"] = Pyramid(pyramid, width)
                pyramid = width
                skips.append(width)
            self.down.append(stage)
        self.middle = nn.ModuleList([block(width, width), Attention(width), block(width, width)])
        for level in reversed(range(len(mult))):
            stage = nn.ModuleDict({"blocks": nn.ModuleList()})
            for _ in range(blocks + 1):
                stage["blocks"].append(block(width + skips.pop(), nf * mult[level]))
                width = nf * mult[level]
            if size >> level == 16:
                stage["attention"] = Attention(width)
            if level:
                stage["up"] = block(width, width, fir_up)
            self.up.append(stage)
        self.norm, self.head = nn.GroupNorm(min(width // 4, 32), width, eps=1e-6), nn.Conv2d(width, 2, 3, padding=1)

    def forward(self, x, t, z):
        z = z * torch.rsqrt((z * z).mean(1, keepdim=True) + 1e-8)
        for layer in self.z_layers:
            z = F.silu(layer(z))
        time_code = self.time[1](F.silu(self.time[0](embedding(t, self.nf))))
        h, pyramid = self.stem(x), x
        skips = [h]
        for stage in self.down:
            for i, block in enumerate(stage["blocks"]):
                h = block(h, time_code, z)
                if len(stage["attention"]):
                    h = stage["attention"][i](h)
                skips.append(h)
            if "down" in stage:
                h = stage["down"](h, time_code, z)
                h = pyramid = (stage["pyramid"](pyramid) + h) * ROOT_HALF
                skips.append(h)
        for layer in self.middle:
            h = layer(h, time_code, z)
        for stage in self.up:
            for block in stage["blocks"]:
                h = block(torch.cat([h, skips.pop()], 1), time_code, z)
            if "attention" in stage:
                h = stage["attention"](h)
            if "up" in stage:
                h = stage["up"](h, time_code, z)
        return torch.tanh(self.head(F.silu(self.norm(h))))


class DownBlock(nn.Module):
    def __init__(self, inner, outer, time_width, down):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(inner, outer, 3, padding=1), nn.Conv2d(outer, outer, 3, padding=1)
        self.dense, self.skip = nn.Linear(time_width, outer), nn.Conv2d(inner, outer, 1, bias=False)
        self.resample = fir_down if down else (lambda x: x)

    def forward(self, x, time_code):
        h = self.conv1(F.leaky_relu(x, 0.2)) + self.dense(time_code)[:, :, None, None]
        h = self.conv2(self.resample(F.leaky_relu(h, 0.2)))
        return (self.skip(self.resample(x)) + h) * ROOT_HALF


class Discriminator(nn.Module):
    def __init__(self, ngf, time_width, large):
        super().__init__()
        self.time_width = time_width
        self.time = nn.Sequential(nn.Linear(time_width, time_width), nn.LeakyReLU(0.2), nn.Linear(time_width, time_width))
        self.start = nn.Conv2d(2, 2 * ngf, 1)
        widths = [4, 8, 8, 8, 8, 8] if large else [2, 4, 8, 8]
        self.blocks, width = nn.ModuleList(), 2 * ngf
        for i, factor in enumerate(widths):
            self.blocks.append(DownBlock(width, factor * ngf, time_width, large or i > 0))
            width = factor * ngf
        self.final, self.end = nn.Conv2d(width + 1, width, 3, padding=1), nn.Linear(width, 1)

    def forward(self, x_t, t, x_next):
        time_code = F.leaky_relu(self.time(embedding(t, self.time_width)), 0.2)
        h = self.start(torch.cat([x_t, x_next], 1))
        for block in self.blocks:
            h = block(h, time_code)
        n, c, height, width = h.shape
        group = min(n, 4)
        deviation = (h.view(group, -1, 1, c, height, width).var(0, unbiased=False) + 1e-8).sqrt()
        deviation = deviation.mean([2, 3, 4], keepdim=True).squeeze(2).repeat(group, 1, height, width)
        h = F.leaky_relu(self.final(torch.cat([h, deviation], 1)), 0.2)
        return self.end(h.sum([2, 3]))


class ResnetBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        half = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)]
        self.layers = nn.Sequential(*half(), nn.ReLU(), *half())

    def forward(self, x):
        return x + self.layers(x)


def translator(ngf, blocks):
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(1, ngf, 7), nn.InstanceNorm2d(ngf), nn.ReLU()]
    for i in (1, 2):
        layers += [nn.Conv2d(i * ngf, 2 * i * ngf, 3, 2, 1), nn.InstanceNorm2d(2 * i * ngf), nn.ReLU()]
    layers += [ResnetBlock(4 * ngf) for _ in range(blocks)]
    for i in (4, 2):
        layers += [nn.ConvTranspose2d(i * ngf, i * ngf // 2, 3, 2, 1, output_padding=1)]
        layers += [nn.InstanceNorm2d(i * ngf // 2), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(ngf, 1, 7), nn.Tanh())


def patch_gan(ndf, count):
    layers, width = [nn.Conv2d(1, ndf, 4, 2, 1), nn.LeakyReLU(0.2)], ndf
    for n in range(1, count + 1):
        following = ndf * min(2**n, 8)
        layers += [nn.Conv2d(width, following, 4, 2 if n < count else 1, 1), nn.InstanceNorm2d(following), nn.LeakyReLU(0.2)]
        width = following
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 1))


class Training:
    def __init__(self, size, nf, mult, nz, z_width, ngf_D, time_D, large, ngf, ndf, layers_D):
        self.nz = nz
        self.gen = [Generator(size, nf, mult, nz, z_width) for _ in range(2)]
        self.disc = [Discriminator(ngf_D, time_D, large) for _ in range(2)]
        self.cyc = [translator(ngf, 6) for _ in range(2)]  # from modality 0, from modality 1
        self.dcyc = [patch_gan(ndf, layers_D) for _ in range(2)]
        adam = lambda nets, lr: [torch.optim.Adam(net.parameters(), lr, (0.5, 0.9)) for net in nets]
        self.adam_gen, self.adam_disc = adam(self.gen + self.cyc, 1.6e-4), adam(self.disc, 1e-4)
        self.adam_dcyc = adam(self.dcyc, 1e-4)
        t = 0.001 + 0.999 * torch.arange(5).double() / 4
        left = torch.exp(-0.5 * 19.9 * t * t - 0.1 * t)
        beta = torch.cat([torch.tensor([1e-8]).double(), 1 - left[1:] / left[:-1]]).float()
        self.a, self.sigma = (1 - beta).sqrt(), beta.sqrt()
        self.A = self.a.cumprod(0)
        self.Sigma = (1 - self.A**2).sqrt()
        beta = beta[1:]
        alpha = (1 - beta).cumprod(0)
        before = torch.cat([torch.ones(1), alpha[:-1]])
        self.c1, self.c2 = beta * before.sqrt() / (1 - alpha), (1 - before) * (1 - beta).sqrt() / (1 - alpha)
        self.deviation = (beta * (1 - before) / (1 - alpha)).sqrt()

    def draw(self, x):
        t = torch.randint(0, 4, (x.shape[0],))
        pick = lambda table, i: table[i].view(-1, 1, 1, 1)
        x_t = pick(self.A, t) * x + pick(self.Sigma, t) * torch.randn_like(x)
        return t, x_t, pick(self.a, t + 1) * x_t + pick(self.sigma, t + 1) * torch.randn_like(x)

    def posterior(self, x0, x_next, t):
        pick = lambda table: table[t].view(-1, 1, 1, 1)
        return pick(self.c1) * x0 + pick(self.c2) * x_next + pick(self.deviation) * torch.randn_like(x0)

    def predict(self, m, x_next, guide, t):
        return self.gen[m](torch.cat([x_next, guide], 1), t, torch.randn(len(t), self.nz))[:, :1]

    def freeze(self, frozen):
        for net in self.disc + self.dcyc:
            for parameter in net.parameters():
                parameter.requires_grad_(not frozen)

    def update_r1(self, *x):
        return self.update(*x, penalize=True)

    def update(self, *x, penalize=False):
        losses = []
        for optimizer in self.adam_disc:
            optimizer.zero_grad()
        for m in range(2):
            t, x_t, x_next = self.draw(x[m])
            x_t.requires_grad_(penalize)
            real = self.disc[m](x_t, t, x_next)
            loss = F.softplus(-real).mean()
            if penalize:
                (gradient,) = torch.autograd.grad(real.sum(), x_t, create_graph=True)
                loss = loss + 0.5 * gradient.flatten(1).pow(2).sum(1).mean()
            with torch.no_grad():
                fake = self.posterior(self.predict(m, x_next, self.cyc[m](x[m]), t), x_next, t)
            loss = loss + F.softplus(self.disc[m](fake, t, x_next)).mean()
            loss.backward()
            losses.append(loss)
        for optimizer in self.adam_disc:
            optimizer.step()
        for optimizer in self.adam_dcyc:
            optimizer.zero_grad()
        for m in range(2):
            with torch.no_grad():
                fake = self.cyc[1 - m](x[1 - m])
            loss = F.softplus(-self.dcyc[m](x[m])).mean() + F.softplus(self.dcyc[m](fake)).mean()
            loss.backward()
            losses.append(loss)
        for optimizer in self.adam_dcyc:
            optimizer.step()
        self.freeze(True)
        for optimizer in self.adam_gen:
            optimizer.zero_grad()
        guide = [self.cyc[m](x[m]) for m in range(2)]
        total = 0
        for m in range(2):
            t, _, x_next = self.draw(x[m])
            x0 = self.predict(m, x_next, guide[m], t)
            total = total + F.softplus(-self.disc[m](self.posterior(x0, x_next, t), t, x_next)).mean()
            total = total + F.softplus(-self.dcyc[1 - m](guide[m])).mean()
            total = total + 0.5 * ((x0 - x[m]).abs().mean() + (self.cyc[1 - m](guide[m]) - x[m]).abs().mean())
        total.backward()
        for optimizer in self.adam_gen:
            optimizer.step()
        self.freeze(False)
        return [float(loss) for loss in losses + [total]]

    @torch.no_grad()
    def synthesize(self, source):
        x = torch.randn_like(source)
        for step in reversed(range(4)):
            t = torch.full((len(source),), step)
            x = self.posterior(self.predict(1, x, source, t), x, t)
        return x.numpy()


if __name__ == "__main__":
    timing.run(
        __doc__,
        Training,
        [
            ("tiny", 64, (64, 16, (1, 2, 2, 4), 16, 32, 8, 32, False, 8, 8, 2), (1, 4), 2),
            ("official", 256, (256, 64, (1, 1, 2, 2, 4, 4), 100, 256, 64, 256, True, 64, 64, 3), (1,), 1),
        ],
        updates=(("", "update"), ("_r1", "update_r1")),
    )
