#!/usr/bin/env python3
"""CycleGAN in Python on the LibTorch of Debian's python3-torch: the reference implementation for cyclegan_benchmark.

    python3 cyclegan_pytorch.py [--repetitions 7] [--only update/tiny/64/1]

One update in the published order (six generator passes, frozen discriminators; then both discriminators on pools of 50) and one
synthesized slice, on one thread, random weights and images. Written from the description of the method (docs/baselines.md), layer by
layer as baselines/cyclegan. Prints a Markdown table: milliseconds of wall clock and of processor time; then the peak of
resident memory. Needs torch.
"""

import itertools
import random

import timing
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        self.conv_block = nn.Sequential(*half(), nn.ReLU(True), *half())

    def forward(self, x):
        return x + self.conv_block(x)


def generator(width, blocks):
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(1, width, 7), nn.InstanceNorm2d(width), nn.ReLU(True)]
    for w in (width, 2 * width):
        layers += [nn.Conv2d(w, 2 * w, 3, 2, 1), nn.InstanceNorm2d(2 * w), nn.ReLU(True)]
    layers += [Block(4 * width) for _ in range(blocks)]
    for w in (2 * width, width):
        layers += [nn.ConvTranspose2d(2 * w, w, 3, 2, 1, output_padding=1), nn.InstanceNorm2d(w), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 1, 7), nn.Tanh())


def discriminator(width, count):
    layers = [nn.Conv2d(1, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    channels = width
    for n in range(1, count + 1):
        following = width * min(2**n, 8)
        layers += [nn.Conv2d(channels, following, 4, 2 if n < count else 1, 1)]
        layers += [nn.InstanceNorm2d(following), nn.LeakyReLU(0.2, True)]
        channels = following
    return nn.Sequential(*layers, nn.Conv2d(channels, 1, 4, 1, 1))


class Pool:
    def __init__(self, size):
        self.size, self.images = size, []

    def exchange(self, batch):
        shown = []
        for image in batch.detach().split(1):
            if len(self.images) < self.size:
                self.images.append(image)
            elif random.random() > 0.5:
                slot = random.randrange(self.size)
                image, self.images[slot] = self.images[slot], image.clone()
            shown.append(image)
        return torch.cat(shown)


class Training:
    def __init__(self, width, blocks, disc_width, layers):
        self.G_A, self.G_B = generator(width, blocks), generator(width, blocks)
        self.D_A, self.D_B = discriminator(disc_width, layers), discriminator(disc_width, layers)
        for network in (self.G_A, self.G_B, self.D_A, self.D_B):
            for module in network.modules():
                if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                    nn.init.normal_(module.weight, 0, 0.02)
                    nn.init.zeros_(module.bias)
        both = lambda a, b: itertools.chain(a.parameters(), b.parameters())
        self.adam_G = torch.optim.Adam(both(self.G_A, self.G_B), 2e-4, (0.5, 0.999))
        self.adam_D = torch.optim.Adam(both(self.D_A, self.D_B), 2e-4, (0.5, 0.999))
        self.fakes_of_B, self.fakes_of_A = Pool(50), Pool(50)

    def freeze(self, frozen):
        for parameter in itertools.chain(self.D_A.parameters(), self.D_B.parameters()):
            parameter.requires_grad_(not frozen)

    @staticmethod
    def judge(network, images, real):
        return nn.functional.mse_loss(logits := network(images), torch.full_like(logits, float(real)))

    def update(self, A, B):
        l1 = nn.functional.l1_loss
        fake_B = self.G_A(A)
        rec_A = self.G_B(fake_B)
        fake_A = self.G_B(B)
        rec_B = self.G_A(fake_A)
        self.freeze(True)
        self.adam_G.zero_grad(set_to_none=True)
        idt = [5 * l1(self.G_A(B), B), 5 * l1(self.G_B(A), A)]
        gan = [self.judge(self.D_A, fake_B, True), self.judge(self.D_B, fake_A, True)]
        cycle = [10 * l1(rec_A, A), 10 * l1(rec_B, B)]
        losses = gan + cycle + idt
        sum(losses).backward()
        self.adam_G.step()
        self.freeze(False)
        self.adam_D.zero_grad(set_to_none=True)
        for network, real, fake, pool in (
            (self.D_A, B, fake_B, self.fakes_of_B),
            (self.D_B, A, fake_A, self.fakes_of_A),
        ):
            loss = 0.5 * (self.judge(network, real, True) + self.judge(network, pool.exchange(fake), False))
            loss.backward()
            losses.append(loss)
        self.adam_D.step()
        return [float(loss) for loss in losses]

    def synthesize(self, source):
        with torch.no_grad():
            return self.G_A(source).numpy()


if __name__ == "__main__":
    timing.run(
        __doc__,
        Training,
        [("tiny", 64, (8, 6, 8, 2), (1, 4), 10), ("official", 256, (64, 9, 64, 3), (1,), 1)],
    )
