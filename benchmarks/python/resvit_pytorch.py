#!/usr/bin/env python3
"""ResViT in Python on the LibTorch of Debian's python3-torch: the reference implementation for resvit_benchmark.

    python3 resvit_pytorch.py [--repetitions 7] [--only update/tiny/64/1]

One update of the second stage (forward with dropout, discriminator step, generator step with frozen discriminator) and one
synthesized slice (batch statistics, no dropout), on one thread, random weights and images. Written from the description of the method
(docs/baselines.md), layer by layer as baselines/resvit. Prints a Markdown table: milliseconds of wall clock and of processor
time; then the peak of resident memory. Needs torch.
"""

import timing
import torch
from torch import nn


def down(cin, cout):
    return [nn.Conv2d(cin, cout, 3, 2, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(True)]


def up(cin, cout):
    conv = nn.ConvTranspose2d(cin, cout, 3, 2, 1, output_padding=1, bias=False)
    return [conv, nn.BatchNorm2d(cout), nn.ReLU(True)]


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=False), nn.BatchNorm2d(channels)]
        self.conv_block = nn.Sequential(*half(), nn.ReLU(True), *half())

    def forward(self, x):
        return x + self.conv_block(x)


class Layer(nn.Module):
    def __init__(self, width, mlp, heads, rate):
        super().__init__()
        self.heads = heads
        self.attention_norm, self.ffn_norm = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.ffn = nn.Sequential(
            nn.Linear(width, mlp), nn.GELU(), nn.Dropout(rate), nn.Linear(mlp, width), nn.Dropout(rate)
        )

    def attend(self, x):
        n, tokens, width = x.shape
        split = lambda y: y.view(n, tokens, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = (q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, tokens, width))

    def forward(self, x):
        x = x + self.attend(self.attention_norm(x))
        return x + self.ffn(self.ffn_norm(x))


class Art(nn.Module):
    def __init__(self, width, mid=0, hidden=0, grid=0, rate=0.0):
        super().__init__()
        self.with_transformer = mid > 0
        if mid:
            self.downsample = nn.Sequential(*down(width, 2 * width), *down(2 * width, mid))
            self.patch_embeddings = nn.Conv2d(mid, hidden, 1)
            self.positions = nn.Parameter(torch.zeros(1, grid * grid, hidden))
            self.dropout = nn.Dropout(rate)
            self.upsample = nn.Sequential(*up(hidden, 2 * width), *up(2 * width, width))
            self.skip = nn.Sequential(nn.Conv2d(2 * width, width, 1, bias=False), nn.BatchNorm2d(width))
            self.block = nn.Sequential(
                nn.Conv2d(2 * width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
                nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
            )
        self.residual = Block(width)

    def forward(self, x, transformer):
        if self.with_transformer:
            patches = self.patch_embeddings(self.downsample(x))
            n, hidden, h, w = patches.shape
            tokens = self.dropout(patches.flatten(2).transpose(1, 2) + self.positions)
            tokens = transformer(tokens).transpose(1, 2).reshape(n, hidden, h, w)
            x = torch.cat([self.upsample(tokens), x], 1)
            x = torch.relu(self.block(x) + self.skip(x))
        return self.residual(x)


class Generator(nn.Module):
    def __init__(self, width, mid, hidden, mlp, layers, heads, grid, rate):
        super().__init__()
        norm = nn.LayerNorm(hidden, eps=1e-6)
        self.transformer = nn.Sequential(*[Layer(hidden, mlp, heads, rate) for _ in range(layers)], norm)
        first = [nn.ReflectionPad2d(3), nn.Conv2d(1, width, 7, bias=False), nn.BatchNorm2d(width), nn.ReLU(True)]
        self.encoder = nn.Sequential(*first, *down(width, 2 * width), *down(2 * width, 4 * width))
        with_transformer = lambda i: (mid, hidden, grid, rate) if i in (0, 5) else ()
        self.blocks = nn.ModuleList(Art(4 * width, *with_transformer(i)) for i in range(9))
        last = [nn.ReflectionPad2d(3), nn.Conv2d(width, 1, 7), nn.Tanh()]
        self.decoder = nn.Sequential(*up(4 * width, 2 * width), *up(2 * width, width), *last)

    def forward(self, x):
        x = self.encoder(x)
        for block in self.blocks:
            x = block(x, self.transformer)
        return self.decoder(x)


def discriminator(width, count):
    layers = [nn.Conv2d(2, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    channels = width
    for n in range(1, count + 1):
        following = width * min(2**n, 8)
        layers += [nn.Conv2d(channels, following, 4, 2 if n < count else 1, 1, bias=False)]
        layers += [nn.BatchNorm2d(following), nn.LeakyReLU(0.2, True)]
        channels = following
    return nn.Sequential(*layers, nn.Conv2d(channels, 1, 4, 1, 1))


class Training:
    def __init__(self, *settings):
        *generator, disc_width, disc_layers = settings
        self.G, self.D = Generator(*generator), discriminator(disc_width, disc_layers)
        self.adam_G = torch.optim.Adam(self.G.parameters(), 1e-3, (0.5, 0.999))
        self.adam_D = torch.optim.Adam(self.D.parameters(), 1e-3, (0.5, 0.999))

    def judge(self, source, target, real):
        logits = self.D(torch.cat([source, target], 1))
        return nn.functional.mse_loss(logits, torch.full_like(logits, float(real)))

    def update(self, source, target):
        fake = self.G(source)
        self.adam_D.zero_grad(set_to_none=True)
        D_fake, D_real = self.judge(source, fake.detach(), False), self.judge(source, target, True)
        (0.5 * (D_fake + D_real)).backward()
        self.adam_D.step()
        for parameter in self.D.parameters():
            parameter.requires_grad_(False)
        self.adam_G.zero_grad(set_to_none=True)
        G_GAN, G_L1 = self.judge(source, fake, True), 100 * nn.functional.l1_loss(fake, target)
        (G_GAN + G_L1).backward()
        self.adam_G.step()
        for parameter in self.D.parameters():
            parameter.requires_grad_(True)
        return [float(loss) for loss in (D_fake, D_real, G_GAN, G_L1)]

    def synthesize(self, source):
        for module in self.G.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
        with torch.no_grad():
            result = self.G(source).numpy()
        self.G.train()
        return result


if __name__ == "__main__":
    timing.run(
        __doc__,
        Training,
        [
            ("tiny", 64, (8, 128, 64, 256, 2, 4, 4, 0.1, 8, 2), (1, 4), 10),
            ("official", 256, (64, 1024, 768, 3072, 12, 12, 16, 0.1, 64, 3), (1,), 1),
        ],
    )
