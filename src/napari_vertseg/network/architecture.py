"""The 3D network: one probability per voxel, one completeness per patch (P2, P4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .config import NetworkConfig, Norm

_COMPLETENESS_STAGES = 3
"""Further conv + pool stages on the compression path (P4)."""


class IterativeFcn(nn.Module):
    """U-Net-like network with the completeness head on its compression path.

    Input ``(n, 2, z, y, x)``: normalised image and memory. Output: logits
    ``(n, 1, z, y, x)`` of the next vertebra and ``(n,)`` of its completeness.
    Figure 1 of the paper; filters may differ between levels.
    """

    def __init__(self, config: NetworkConfig, *, checkpoint_activations: bool = False) -> None:
        super().__init__()
        self.config = config
        self.checkpoint_activations = checkpoint_activations
        widths = config.filters
        self.down = nn.ModuleList(
            _Block(before, width, config)
            for before, width in zip((2, *widths), widths, strict=False)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose3d(deep, shallow, kernel_size=2, stride=2)
            for deep, shallow in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.merge = nn.ModuleList(
            _Block(2 * shallow, shallow, config) for shallow in widths[-2::-1]
        )
        self.voxel_head = nn.Conv3d(widths[0], 1, kernel_size=1)
        self.completeness_head = _CompletenessHead(config)

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor]:
        """Logits per voxel and per patch."""
        skips = []
        features = patch
        for level, block in enumerate(self.down):
            if level:
                features = nn.functional.max_pool3d(features, 2)
            features = self._run(block, features)
            skips.append(features)
        completeness = self.completeness_head(skips.pop())
        for upsample, block in zip(self.up, self.merge, strict=True):
            features = self._run(block, torch.cat([skips.pop(), upsample(features)], dim=1))
        return self.voxel_head(features), completeness

    def _run(self, block: nn.Module, features: Tensor) -> Tensor:
        """Keep a block's activations, or recompute them in the backward pass."""
        if self.checkpoint_activations and self.training:
            result: Tensor = checkpoint(block, features, use_reentrant=False)
            return result
        kept: Tensor = block(features)
        return kept


class _Block(nn.Sequential):
    """Two convolutions at one resolution, dropout between them."""

    def __init__(self, before: int, width: int, config: NetworkConfig) -> None:
        layers = [*_convolution(before, width, config.norm)]
        if config.dropout:
            layers.append(nn.Dropout(config.dropout))
        layers += _convolution(width, width, config.norm)
        super().__init__(*layers)


class _CompletenessHead(nn.Module):
    """Compress on until a single value is left."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.filters[-1]
        stages: list[nn.Module] = []
        sides = [n // 2 ** (config.levels - 1) for n in config.patch_shape]
        for _ in range(_COMPLETENESS_STAGES):
            stages += _convolution(width, width, config.norm)
            stages.append(nn.MaxPool3d(2, ceil_mode=True))
            sides = [-(-n // 2) for n in sides]
        self.compress = nn.Sequential(*stages)
        self.linear = nn.Linear(width * sides[0] * sides[1] * sides[2], 1)

    def forward(self, features: Tensor) -> Tensor:
        """(n,) logits."""
        logit: Tensor = self.linear(self.compress(features).flatten(1))
        return logit[:, 0]


def _convolution(before: int, width: int, norm: Norm) -> list[nn.Module]:
    convolution = _Convolution(before, width, kernel_size=3, padding=1)
    return [convolution, *_norm(norm, width), nn.ReLU(inplace=True)]


def _norm(norm: Norm, width: int) -> list[nn.Module]:
    match norm:
        case "batch_statistics":
            return [_PatchStatisticsNorm(width, track_running_stats=False)]
        case "fixed_statistics":
            return [FixedNorm(width)]
        case "batch":
            return [nn.BatchNorm3d(width)]
        case "instance":
            return [nn.InstanceNorm3d(width, affine=True)]
        case "none":
            return []


class _Convolution(nn.Conv3d):
    """A 3D convolution around two faults of torch on the CPU.

    torch hands a CPU convolution to oneDNN only where n·c·z·y exceeds 20480;
    below, a fallback takes up to ten times as long (the first layer on two
    channels, and 16 channels at half resolution). Zero channels on input and
    weight lift it above that bound and change no result.

    In bfloat16 the gradient of the weight reads memory that nobody wrote where
    z is 2 (seen with torch 2.13 on processors with avx512_bf16); there, and it
    is deep in the completeness path and cheap, the convolution stays in float32.
    """

    _BOUND = 20480

    def forward(self, features: Tensor) -> Tensor:
        """Convolve, on zero-padded channels where that is faster."""
        is_on_cpu = features.device.type == "cpu"
        if is_on_cpu and features.shape[2] == 2 and torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False):
                return super().forward(features.float())
        extra = self._extra_channels(features)
        if not extra:
            return super().forward(features)
        wider = (0, 0, 0, 0, 0, 0, 0, extra)
        padded = nn.functional.pad(features, wider)
        return nn.functional.conv3d(
            padded.contiguous(memory_format=torch.channels_last_3d),
            nn.functional.pad(self.weight, wider),
            self.bias,
            padding=1,
        )

    def _extra_channels(self, features: Tensor) -> int:
        batch, channels, depth, height, _ = features.shape
        if features.device.type != "cpu" or batch * channels * depth * height > self._BOUND:
            return 0
        needed = self._BOUND // (batch * depth * height) + 1
        padded = -(-needed // 8) * 8
        # Where many would be needed the arrays are small, and either path is quick.
        return padded - channels if padded <= max(8, 2 * channels) else 0


class _PatchStatisticsNorm(nn.BatchNorm3d):
    """Batch norm without running averages; accepts a single value per channel.

    The completeness path can shrink to 1×1×1, where the variance of one patch
    is 0 and torch refuses to train; there the norm passes its input on.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Normalise over the patch."""
        if features.shape[0] * features[0, 0].numel() == 1:
            return features
        return super().forward(features)


class FixedNorm(nn.Module):
    """Affine norm whose mean and variance are constants of the model.

    Statistics of the patch stretch the noise of a patch without bone to the
    contrast of one with bone, and the network then sees vertebrae in a liver.
    """

    def __init__(self, width: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        """Shift and scale every channel, in training and at inference alike."""
        return nn.functional.batch_norm(
            features,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=False,
            eps=self.eps,
        )


def count_parameters(network: nn.Module) -> int:
    """Number of trainable values."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def count_flop(config: NetworkConfig) -> int:
    """Floating point operations of one forward pass, two per multiply-add.

    Counts convolutions and the linear layer, measured on meta tensors, so that
    nothing is computed.
    """
    operations = 0

    def add(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal operations
        if isinstance(module, nn.ConvTranspose3d):
            # Kernel equals stride: every output voxel is touched once.
            operations += 2 * output.numel() * module.in_channels
        elif isinstance(module, nn.Conv3d):
            kernel = module.kernel_size[0] * module.kernel_size[1] * module.kernel_size[2]
            operations += 2 * output.numel() * module.in_channels * kernel
        elif isinstance(module, nn.Linear):
            operations += 2 * output.numel() * module.in_features

    with torch.device("meta"):
        network = IterativeFcn(config)
        for module in network.modules():
            module.register_forward_hook(add)
        network(torch.empty(1, 2, *config.patch_shape))
    return operations
