"""What removing dark voxels from the surface does to the masks of one walk (P14).

    python benchmarks/refinement.py DATA [--model NAME]

``DATA`` is a folder of scans with a ``manifest.json``; its validation scans are walked downwards
once each, and the way back to the scan's grid is repeated with every limit. Prints the mean Dice;
what ``refine_below_hu`` of a model is chosen by.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_vertseg.network.model import find_model, load_model
from napari_vertseg.pipeline import drain, prepare
from napari_vertseg.study.subject import Outcome, Subject, score, subjects_of

_LIMITS_HU = (None, 50.0, 100.0, 150.0, 200.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="starter")
    told = parser.parse_args()
    print(f"{'scan':<16}" + "".join(f"{limit or 'none':>8}" for limit in _LIMITS_HU))
    for subject in subjects_of(told.data, "validation"):
        dice = dice_by_limit(subject, told.model)
        print(f"{subject.scan.name:<16}" + "".join(f"{value:>8.3f}" for value in dice))


def dice_by_limit(subject: Subject, name: str) -> list[float]:
    """One walk, and the way back with every limit."""
    model = load_model(find_model(name))
    prepared = prepare(subject.scan, model.card, model.predictor())
    state = drain(prepared.events(), lambda event: None)
    found = []
    for limit in _LIMITS_HU:
        card = replace(model.card, refine_below_hu=limit)
        back = prepare(subject.scan, card, model.predictor()).segmentation(state.found)
        scored = score(subject, Outcome(back, state, 0)).vertebrae
        found.append(float(np.mean([vertebra.dice for vertebra in scored])))
    return found


if __name__ == "__main__":
    main()
