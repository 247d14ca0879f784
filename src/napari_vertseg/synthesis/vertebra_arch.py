"""Arch and processes of a vertebra in its own frame; see ``vertebra_shape``."""

from __future__ import annotations

import numpy as np

from ..anatomy import Level
from .shape_parts import Field, ellipse, ellipsoid, rod, segment_2d
from .vertebra_form import VertebraForm


def arch_distance(form: VertebraForm, h: Field, p: Field, s: Field) -> Field:
    """Pedicles, laminae and all processes around the canal."""
    size = form.height / 28 if form.level >= Level.L1 else form.height / 21
    deep = form.depth / 2
    pillar_s = form.canal_width / 2 + 0.36 * form.pedicle_width
    pillar_p = deep + 0.6 * form.canal_depth
    back = deep + form.canal_depth
    pedicle = _pedicle(form, h, p, s, pillar_p, pillar_s)
    gap, share = segment_2d(p, s, (pillar_p, pillar_s), (back + 2.6 * size, 0.0))
    middle = np.float32(0.05 * form.height) + share * np.float32(0.3 * form.height)
    thick, tall = (4.2, 0.46) if form.level >= Level.L1 else (3.5, 0.42)
    lamina = np.maximum(gap - thick * size, np.abs(h - middle) - tall * form.height)
    arch = np.minimum(pedicle, lamina)
    arch = np.minimum(arch, _spinous(form, h, p, s, back, size))
    arch = np.minimum(arch, _transverse(form, h, p, s, pillar_p, pillar_s, size))
    arch = np.minimum(arch, _articular(form, h, p, s, pillar_p, pillar_s, size))
    hole = ellipse(
        p, s, (deep + form.canal_depth / 2, 0.0), (form.canal_depth / 2, form.canal_width / 2)
    )
    return np.asarray(np.maximum(arch, -hole), dtype=np.float32)


def _pedicle(
    form: VertebraForm, h: Field, p: Field, s: Field, pillar_p: float, pillar_s: float
) -> Field:
    """A bar, higher than wide, from the upper back corner of the body to the pillar."""
    half = form.height / 2
    start = (0.7 * form.depth / 2, 0.68 * form.width / 2)
    gap, _ = segment_2d(p, s, start, (pillar_p, pillar_s))
    high = 0.3 * form.height if form.level >= Level.T1 else 0.25 * form.height
    up = -0.38 * half * (0.4 if form.level < Level.T1 else 1.0)
    radius = form.pedicle_width / 2
    wide, tall = gap / radius, np.abs(h - np.float32(up)) / high
    return np.asarray((np.hypot(wide, tall) - 1) * radius, dtype=np.float32)


def _spinous(form: VertebraForm, h: Field, p: Field, s: Field, back: float, size: float) -> Field:
    """A plate in the midline; forked in the neck."""
    slope = np.deg2rad(form.spinous_slope)
    start = (0.22 * form.height, back + 1.0)
    stop = (
        start[0] + form.spinous_length * np.sin(slope),
        start[1] + form.spinous_length * np.cos(slope),
    )
    gap, share = segment_2d(h, p, start, stop)
    tall = form.spinous_height * (1 - 0.25 * share)
    thick = size * (2.7 + 1.5 * share**3 + 2.6 * (1 - share) ** 3)
    plate = np.maximum(gap - tall, s - thick)
    if Level.C2 <= form.level <= Level.C6:
        tip = (stop[0], stop[1] - 2.0, 1.0)
        fork = rod(h, p, s, tip, (tip[0] + 3, tip[1] + 3, 5.0 * size + 2), (2.6, 2.2))
        plate = np.minimum(plate, fork)
    return np.asarray(plate, dtype=np.float32)


def _transverse(
    form: VertebraForm, h: Field, p: Field, s: Field, pillar_p: float, pillar_s: float, size: float
) -> Field:
    """Sideways; backwards too in the thorax, from beside the body in the neck."""
    tip_s = form.span / 2 - 3
    run = max(tip_s - pillar_s, 2.0)
    if form.level < Level.T1:
        start, stop = (0.0, 0.3 * form.depth, 0.8 * pillar_s), (2.0, 0.1 * form.depth, tip_s)
        knob = ellipsoid(h, p, s, (1.5, 0.25 * form.depth, tip_s - 1), (4.5, 6.0, 3.5))
        return np.minimum(rod(h, p, s, start, stop, (4.0, 3.2)), knob)
    if form.level <= Level.T12:
        start = (-0.12 * form.height, pillar_p, pillar_s)
        stop = (-0.2 * form.height, pillar_p + 0.75 * run, tip_s)
        return rod(h, p, s, start, stop, (5.2 * size, 5.4 * size))
    start = (-0.12 * form.height, pillar_p - 1, pillar_s)
    stop = (-0.16 * form.height, pillar_p + 0.2 * run, tip_s)
    gap, share = segment_2d(p, s, (start[1], start[2]), (stop[1], stop[2]))
    flat = np.hypot(gap / (2.6 * size), np.abs(h - np.float32(start[0])) / (5.4 * size))
    return np.asarray((flat - 1 + 0.1 * share) * 2.6 * size, dtype=np.float32)


def _articular(
    form: VertebraForm, h: Field, p: Field, s: Field, pillar_p: float, pillar_s: float, size: float
) -> Field:
    """Upper processes, and lower ones that end just behind the next vertebra's upper ones."""
    half, joint = form.height / 2, form.height / 2 + form.disc
    if form.level < Level.T1:
        side = pillar_s + 3.0
        reach = 0.5 * (form.height + form.disc)
        if form.level is Level.C2:
            upper = ellipsoid(h, p, s, (-0.35 * half, 0.1 * form.depth, side - 5), (6.0, 8.0, 8.0))
        else:
            upper = rod(h, p, s, (0, pillar_p, side), (-reach, pillar_p - 3, side), (5.2, 4.4))
        lower = rod(h, p, s, (0, pillar_p, side), (reach, pillar_p + 4, side), (5.2, 4.4))
        return np.minimum(upper, lower)
    if form.level <= Level.T11:
        side = 0.85 * pillar_s
        tip = (-half - 0.16 * form.height, pillar_p - 1.0, side)
        upper = rod(h, p, s, (-0.1 * half, pillar_p, side), tip, (4.8 * size, 3.8 * size))
        start = (0.3 * half, pillar_p + 0.35 * form.canal_depth, 0.8 * side)
        stop = (joint + 0.14 * form.height, pillar_p + 0.34 * form.canal_depth, 0.85 * side)
        return np.minimum(upper, rod(h, p, s, start, stop, (4.8 * size, 3.8 * size)))
    tip = (-half - 0.04 * form.height, pillar_p + 0.15 * form.canal_depth, pillar_s + 2.5 * size)
    upper = rod(h, p, s, (-0.1 * half, pillar_p, pillar_s), tip, (7.0 * size, 5.4 * size))
    start = (0.15 * half, pillar_p + 0.3 * form.canal_depth, 0.85 * pillar_s)
    stop = (joint + 0.04 * form.height, pillar_p + 0.6 * form.canal_depth, 0.72 * pillar_s)
    return np.minimum(upper, rod(h, p, s, start, stop, (7.0 * size, 5.4 * size)))
