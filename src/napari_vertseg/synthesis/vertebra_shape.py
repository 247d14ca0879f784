"""The shape of one vertebra as a signed distance in its own frame.

Local millimetres: h runs down the spine, p backwards, s to the left; the origin
is the middle of the body. All parts but the small deformations are symmetric,
so they are drawn once over the amount of s. Far from bone the distance is only a large number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from .shape_parts import Field, blend, ellipse, ellipsoid, rod
from .vertebra_arch import arch_distance
from .vertebra_form import VertebraForm

_FAR = 9.0

Extent = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def extent_mm(form: VertebraForm) -> Extent:
    """Bounds of the shape along (h, p, s), with a margin."""
    half, front = form.height / 2, form.depth / 2 + form.osteophyte_mm
    slope = np.deg2rad(form.spinous_slope)
    up = half + 0.75 * form.height + (18 if form.level is Level.C2 else 5)
    down = half + max(form.disc + 0.7 * form.height, form.spinous_length * np.sin(slope)) + 10
    back = form.depth / 2 + form.canal_depth + form.spinous_length * np.cos(slope) + 12
    if form.level is Level.C1:
        front += 12
    side = max(form.span, form.width) / 2 + 6
    return (-up, down), (-front - 4, back), (-side, side)


def distance(form: VertebraForm, h: Field, p: Field, s: Field) -> Field:
    """Signed distance in mm, approximate away from the surface.

    Parameters
    ----------
    form : VertebraForm
        Sizes.
    h, p, s : (...) float32
        Local coordinates in mm.

    Returns
    -------
    (...) float32
        Negative inside bone.
    """
    whole = np.full(h.shape, _FAR, dtype=np.float32)
    near = _near(form, h, p, s)
    whole[near] = _whole(form, *_bent(form, h[near], p[near], s[near]))
    return whole


def _near(form: VertebraForm, h: Field, p: Field, s: Field) -> NDArray[np.bool_]:
    """Where bone may be: most of the box is far from it, which saves most of the time."""
    side = np.abs(s)
    arch_s = form.canal_width / 2 + form.pedicle_width + 8
    body = (
        (p < form.depth / 2 + 4) & (np.abs(h) < form.height / 2 + 6) & (side < form.width / 2 + 6)
    )
    arch = (p > 0) & (side < arch_s)
    wings = np.abs(h + 0.1 * form.height) < 0.35 * form.height + 6
    return np.asarray(body | arch | wings)


def _whole(form: VertebraForm, h: Field, p: Field, s: Field) -> Field:
    """Distance at a list of places."""
    s = np.abs(s)
    if form.level is Level.C1:
        return _ring(form, h, p, s)
    whole = np.full(h.shape, _FAR, dtype=np.float32)
    front = p < form.depth / 2 + 5
    whole[front] = _body(form, h[front], p[front], s[front])
    back = p > -0.2 * form.depth
    whole[back] = blend(whole[back], arch_distance(form, h[back], p[back], s[back]), 2.5)
    if form.level is Level.C2:
        tip = -form.height / 2 - 15.0 * form.height / 20
        tooth = rod(h, p, s, (-form.height / 2, -0.5, 0), (tip, 1.5, 0), (5.6, 4.2))
        whole = blend(whole, tooth, 2.0)
    return whole


def _bent(form: VertebraForm, h: Field, p: Field, s: Field) -> tuple[Field, Field, Field]:
    """Small smooth individual deformations of the coordinates."""
    rng = np.random.default_rng(form.bend_seed)
    a = rng.uniform(-1, 1, 3) * 0.035 * form.height
    k = rng.uniform(0.05, 0.11, 3)
    f = rng.uniform(0, 6, 3)
    bent_h = h + np.float32(a[0]) * np.sin(s * np.float32(k[0]) + np.float32(f[0]))
    bent_p = p + np.float32(a[1]) * np.sin(h * np.float32(k[1]) + np.float32(f[1]))
    bent_s = s + np.float32(a[2]) * np.sin(p * np.float32(k[2]) + np.float32(f[2]))
    return bent_h, bent_p, bent_s


def _body(form: VertebraForm, h: Field, p: Field, s: Field) -> Field:
    """Kidney-shaped drum with a waist, sunken endplates, lips and fractures."""
    half, deep, wide = form.height / 2, form.depth / 2, form.width / 2
    front = np.clip(-p / np.float32(deep), -1, 1)
    radial = np.clip((p / np.float32(deep)) ** 2 + (s / np.float32(wide)) ** 2, 0, 1)
    middle = 1 - radial
    # Fractures sink mostly the upper endplate, as they do in patients.
    loss = form.crush + form.wedge * 0.5 * (1 + front) + form.biconcave * middle
    sink = np.float32(form.concavity_mm) * middle
    top = half * (1 - 1.35 * loss) - sink
    bottom = half * (1 - 0.65 * loss) - sink
    height = np.where(h < 0, top, bottom)
    up = np.clip(np.abs(h) / np.maximum(height, 1), 0, 1)
    waist = 1 - np.float32(form.waist) * (1 - up**2)
    lip = np.float32(form.osteophyte_mm) * np.clip(up - 0.7, 0, 1) / 0.3
    hollow = np.float32(0.09 * form.depth) * np.clip(1 - (s / np.float32(0.55 * wide)) ** 2, 0, 1)
    back = p + np.where(p > 0, hollow * np.clip(p / deep, 0, 1), 0)
    # Bodies narrow towards the front, heart-shaped in the middle of the thorax.
    narrow = 1 - np.float32(_taper(form.level)) * np.clip(front, 0, 1) ** 2
    cross = ellipse(back / waist, s / (waist * narrow), (0.0, 0.0), (deep, wide), power=2.2) - lip
    caps = np.abs(h) - height
    corner = np.float32(1.0)
    outer = np.hypot(np.maximum(cross + corner, 0), np.maximum(caps + corner, 0)) - corner
    return np.asarray(np.maximum(np.maximum(cross, caps), outer), dtype=np.float32)


def _taper(level: Level) -> float:
    """How much narrower the front of a body is."""
    return float(
        np.interp(level, (3, 7, 9, 12, 16, 20, 24), (0.0, 0.0, 0.15, 0.3, 0.2, 0.08, 0.05))
    )


def _ring(form: VertebraForm, h: Field, p: Field, s: Field) -> Field:
    """C1: a ring around the tooth of C2, with two lateral masses."""
    size = form.span / 76
    center, deep, wide = 10.0 * size, 19.5 * size, 19.0 * size
    ring = np.abs(ellipse(p, s, (center, 0.0), (deep, wide)))
    band = np.hypot(ring / (3.1 * size), h / (4.6 * size))
    arch = (band - 1) * 3.1 * size
    mass = ellipsoid(h, p, s, (0.0, 1.0 * size, 17.5 * size), (8.5 * size, 9.5 * size, 6.8 * size))
    wing = rod(
        h, p, s, (0.0, 3.0, 20 * size), (2.0, 5.0, form.span / 2 - 4), (4.6 * size, 3.4 * size)
    )
    knob = ellipsoid(h, p, s, (0.0, center + deep + 1, 0.0), (4.5 * size, 4.0 * size, 4.0 * size))
    return np.asarray(np.minimum.reduce([arch, mass, wing, knob]), dtype=np.float32)
