"""Stands in for the trainer: plays acts, tells events, obeys wishes; see ``test_retrain``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

PATIENCE_S = 60.0


def main() -> int:
    acts, words = sys.argv[1].split(","), sys.argv[2:]
    return check(acts[0]) if "--check" in words else train(acts[-1], words)


def check(act: str) -> int:
    if act == "slow":
        time.sleep(PATIENCE_S)
    if act == "crash":
        print("vertseg-train: the project is on fire.", file=sys.stderr)
        return 2
    say("warning", "No patient is held out for validation so far.")
    if act == "blocked":
        say("blocker", "The disk of the project has 3 MB left.")
    return 0


def say(severity: str, sentence: str) -> None:
    found = {"severity": severity, "topic": "disk", "sentence": sentence}
    print(json.dumps(found), flush=True)


def train(act: str, words: list[str]) -> int:
    project, number = (words[words.index(name) + 1] for name in ("--project", "--round"))
    folder = Path(project) / "rounds" / number
    is_resumed = (folder / "events.jsonl").exists()
    tell(folder, "started", 10 if is_resumed else 0)
    tell(folder, "step", 20 if is_resumed else 10, {"loss": 2.0})
    if act == "finish":
        tell(folder, "step", 40, {"loss": 1.0})
        tell(folder, "finished", 40, message=f"The candidate round-{number} is ready.")
    elif act == "fail":
        tell(folder, "failed", 10, message="The scan of case-0001 is gone.")
    else:
        obey(folder, act)
    return 0


def obey(folder: Path, act: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        wish = folder / "wish"
        if act != "deaf" and wish.exists():
            word = wish.read_text()
            tell(folder, "cancelled" if word == "cancel" else "finished", 20)
            return
        time.sleep(0.02)


def tell(
    folder: Path,
    kind: str,
    step: int,
    values: dict[str, float] | None = None,
    message: str = "",
) -> None:
    told = {"kind": kind, "step": step, "seconds": 0.1, "values": values, "message": message}
    with (folder / "events.jsonl").open("a") as lines:
        lines.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    sys.exit(main())
