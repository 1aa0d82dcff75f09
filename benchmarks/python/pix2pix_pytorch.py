#!/usr/bin/env python3
"""Pix2Pix in Python on the LibTorch of Debian's python3-torch: the reference implementation for pix2pix_benchmark.

    python3 pix2pix_pytorch.py [--repetitions 7] [--only tiny]

One update (forward, both backward passes, both Adam steps) and one synthesized slice (batch statistics, no
dropout), on one thread, random weights and images. Written from the description of the method (docs/training.md), layer by
layer as baselines/pix2pix. Prints a Markdown table: milliseconds of wall clock and of processor time, medians over the
repetitions after one that is thrown away. Needs torch; nothing else of SynerBench needs it.
"""

import timing
import torch
from torch import nn


class Level(nn.Module):
    """One level of the U-Net; returns its input beside its output, except the outermost."""

    def __init__(self, outer, inner, inside=None, image=None, dropout=False):
        super().__init__()
        self.outermost = image is not None
        down = nn.Conv2d(image or outer, inner, 4, 2, 1, bias=False)
        up_in = inner if inside is None else 2 * inner
        up = nn.ConvTranspose2d(up_in, image or outer, 4, 2, 1, bias=self.outermost)
        if self.outermost:
            layers = [down, inside, nn.ReLU(), up, nn.Tanh()]
        elif inside is None:
            layers = [nn.LeakyReLU(0.2), down, nn.ReLU(), up, nn.BatchNorm2d(outer)]
        else:
            layers = [nn.LeakyReLU(0.2), down, nn.BatchNorm2d(inner), inside, nn.ReLU(), up, nn.BatchNorm2d(outer)]
            layers += [nn.Dropout(0.5)] if dropout else []
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        y = self.model(x)
        return y if self.outermost else torch.cat([x, y], 1)


def generator(num_downs, width):
    level = Level(8 * width, 8 * width)
    for _ in range(num_downs - 5):
        level = Level(8 * width, 8 * width, level, dropout=True)
    for outer, inner in ((4, 8), (2, 4), (1, 2)):
        level = Level(outer * width, inner * width, level)
    return Level(None, width, level, image=1)


def discriminator(width, count):
    layers = [nn.Conv2d(2, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    channels = width
    for n in range(1, count + 1):
        following = width * min(2**n, 8)
        layers += [nn.Conv2d(channels, following, 4, 2 if n < count else 1, 1, bias=False)]
        layers += [nn.BatchNorm2d(following), nn.LeakyReLU(0.2)]
        channels = following
    return nn.Sequential(*layers, nn.Conv2d(channels, 1, 4, 1, 1))


class Training:
    def __init__(self, num_downs, ngf, ndf, layers):
        self.G, self.D = generator(num_downs, ngf), discriminator(ndf, layers)
        for module in [*self.G.modules(), *self.D.modules()]:
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, 0, 0.02)
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1, 0.02)
        self.adam_G = torch.optim.Adam(self.G.parameters(), 2e-4, (0.5, 0.999))
        self.adam_D = torch.optim.Adam(self.D.parameters(), 2e-4, (0.5, 0.999))
        self.gan = nn.BCEWithLogitsLoss()

    def judge(self, source, target, real):
        logits = self.D(torch.cat([source, target], 1))
        return self.gan(logits, torch.full_like(logits, float(real)))

    def update(self, source, target):
        fake = self.G(source)
        self.adam_D.zero_grad()
        D_fake, D_real = self.judge(source, fake.detach(), False), self.judge(source, target, True)
        (0.5 * (D_fake + D_real)).backward()
        self.adam_D.step()
        for parameter in self.D.parameters():
            parameter.requires_grad_(False)
        self.adam_G.zero_grad()
        G_GAN, G_L1 = self.judge(source, fake, True), 100 * (fake - target).abs().mean()
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
            return self.G(source).numpy()


if __name__ == "__main__":
    timing.run(
        __doc__,
        Training,
        [("tiny", 64, (6, 8, 8, 2), (1, 8), 20), ("official", 256, (8, 64, 64, 3), (1,), 1)],
    )
