"""The real trainer with one thing made to go wrong; see ``test_retrain_faults``."""

from __future__ import annotations

import sys
from typing import Any

from vertseg_trainer import loop
from vertseg_trainer.__main__ import main

AT_STEP = 12


def poison() -> None:
    """From a step on, a sample holds values that are no numbers."""
    learn = loop.Learner.learn

    def poisoned(self: Any, batch: Any) -> Any:
        if self.step == AT_STEP:
            batch = {**batch, "image": batch["image"].float() * float("nan")}
        return learn(self, batch)

    loop.Learner.learn = poisoned  # type: ignore[method-assign]


if __name__ == "__main__":
    if sys.argv[1] == "nan" and "--check" not in sys.argv:
        poison()
    sys.exit(main(sys.argv[2:]))
