"""What a training has told, as curves and lines of a log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..training import TrainingEvent

Points = list[tuple[int, float]]
"""(step, value), rising in steps."""


@dataclass
class Curves:
    """Loss and validation so far; a resumed training goes on where its checkpoint was."""

    loss: Points = field(default_factory=list)
    dice: Points = field(default_factory=list)
    """Mean Dice of the scans that decide, by real walks."""
    is_judged_by_scans: bool = True
    """False where there is nothing to walk: then the newest weights are kept."""
    step: int = 0
    seconds_left: float | None = None
    stage: str = ""
    """What it does at this moment."""
    lines: list[str] = field(default_factory=list)
    """The log for a person."""
    best_step: int | None = None
    _best: float = float("-inf")

    @property
    def baseline(self) -> float | None:
        """Mean Dice of the start model, which walks before the first step."""
        return self.dice[0][1] if self.dice and self.dice[0][0] == 0 else None

    @property
    def has_begun(self) -> bool:
        """Whether it has told anything."""
        return bool(self.lines)

    def add(self, events: Iterable[TrainingEvent]) -> None:
        """Take in what was told since."""
        for event in events:
            self._take(event)

    def _take(self, event: TrainingEvent) -> None:
        self.step = event.step
        match event.kind:
            case "started":
                self._forget_beyond(event.step)
                self.stage = "Walking the scans that judge…"
            case "step":
                self.stage = "Training…"
                self.seconds_left = event.seconds_left
                _put(self.loss, event.step, (event.values or {}).get("loss"))
            case "validated":
                self.stage = "Training…"
                self._take_scores(event)
            case "published":
                self.stage, self.seconds_left = "Comparing with the active model…", None
            case "finished" | "cancelled" | "failed":
                self.stage, self.seconds_left = "", None
            # The others, "note", "checkpoint" and "compared", only add a line to the log.
        line = self._line(event)
        if line:
            self.lines.append(line)

    def _take_scores(self, event: TrainingEvent) -> None:
        values = event.values or {}
        self.is_judged_by_scans = any("/" in name for name in values)
        if not self.is_judged_by_scans:
            return
        _put(self.dice, event.step, values.get("dice"))
        score = values.get("score", float("-inf"))
        if score > self._best:
            self._best, self.best_step = score, event.step

    def _forget_beyond(self, step: int) -> None:
        """What came after the checkpoint is done again."""
        self.loss = [point for point in self.loss if point[0] <= step]
        self.dice = [point for point in self.dice if point[0] <= step]

    def _line(self, event: TrainingEvent) -> str:
        values = event.values or {}
        match event.kind:
            case "started":
                return "Started." if event.step == 0 else f"Goes on from step {event.step}."
            case "validated" if self.is_judged_by_scans:
                best = ", the best so far" if self.best_step == event.step else ""
                return f"Step {event.step}: Dice {values.get('dice', 0.0):.3f}{best}."
            case "published":
                return f"The candidate {event.message} is saved."
            case "note" if {"active", "candidate"} <= set(values):
                return (
                    f"{event.message}: {values['active']:.3f} → {values['candidate']:.3f}."
                ).capitalize()
            case "step" | "checkpoint" | "validated":
                return ""
            case _:
                return event.message[:1].upper() + event.message[1:]


def _put(points: Points, step: int, value: float | None) -> None:
    """Append; a step that is told again replaces what was told before."""
    if value is None:
        return
    while points and points[-1][0] >= step:
        points.pop()
    points.append((step, value))
