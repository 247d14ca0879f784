"""A round as its trainer runs it: checked, started, joined, resumed, done again."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..cases import Project, RoundRecord
from ..errors import TrainingFailed
from ..launch import HERE, LaunchTemplate, RunState, TrainingRun
from ..launch.process import ProcessRecord, start_process
from ..strict_json import MalformedJson, from_jsonable, to_jsonable
from ..training import EVENTS_FILE, Finding, TrainingRequest
from .ledger import begin_again, begin_round, change_round, read_round, round_numbers, run_folder
from .models import with_own_base


@dataclass(frozen=True, slots=True)
class StartedRound:
    """A round with the training that runs it."""

    number: int
    run: TrainingRun


def start_round(
    project: Project,
    request: TrainingRequest,
    *,
    template: LaunchTemplate = HERE,
    options: tuple[str, ...] = ("--polite",),
    who: str = "",
) -> StartedRound:
    """Take a number and start the trainer; returns at once.

    Parameters
    ----------
    options : tuple of str
        Further words for the trainer, such as ``--device cuda`` or ``--threads 3``.

    Raises
    ------
    OutputRefused, TrainingFailed, ModelIncompatible
        The project cannot be written, the trainer cannot be started, or there is no such base.
    """
    request = with_own_base(project, request)
    return _launch(project, begin_round(project, request, who=who), template, options)


def resume_round(
    project: Project,
    number: int,
    *,
    template: LaunchTemplate = HERE,
    options: tuple[str, ...] = ("--polite",),
    who: str = "",
) -> StartedRound:
    """Go on with a round that was cancelled, failed or lost, from its last checkpoint."""
    record = change_round(project, number, lambda r: r, what="resumed", who=who)
    return _launch(project, record, template, options)


def replay_round(
    project: Project,
    number: int,
    *,
    template: LaunchTemplate = HERE,
    options: tuple[str, ...] = ("--polite",),
    who: str = "",
) -> StartedRound:
    """Do a round again, with the same data, settings and seeds, as a round of its own."""
    return _launch(project, begin_again(project, number, who=who), template, options)


def join_round(project: Project, number: int) -> StartedRound:
    """A round that somebody started, from wherever."""
    read_round(project, number)
    return StartedRound(number, TrainingRun.join(run_folder(project, number)))


def running_rounds(project: Project) -> list[StartedRound]:
    """Rounds whose training runs at this moment, for a window that was just opened."""
    found = []
    for number in round_numbers(project):
        folder = run_folder(project, number)
        is_started = (folder / EVENTS_FILE).exists() or (folder / "launch.json").exists()
        if is_started and TrainingRun.join(folder).state() is RunState.RUNNING:
            found.append(StartedRound(number, TrainingRun.join(folder)))
    return found


class CheckRun:
    """The preflight as a process of its own; no call waits.

    Parameters
    ----------
    project : Project
    request : TrainingRequest
    template : LaunchTemplate
    options : tuple of str
        As for ``start_round``.
    """

    def __init__(
        self,
        project: Project,
        request: TrainingRequest,
        *,
        template: LaunchTemplate = HERE,
        options: tuple[str, ...] = (),
    ) -> None:
        folder = tempfile.mkdtemp(prefix="vertseg-check-")
        self._log = Path(folder) / "findings.jsonl"
        asked = json.dumps(to_jsonable(request), ensure_ascii=False)
        words = ["finetune", "--project", str(project.folder.path), "--check"]
        command = template.command([*words, "--request", asked, *options])
        try:
            self._process = start_process(command, self._log)
        except TrainingFailed:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        record = ProcessRecord.of(self._process.pid)
        # One that is forgotten, because its window closed meanwhile, ends as well.
        self._end = weakref.finalize(self, _end_check, record, self._process, folder)

    def is_done(self) -> bool:
        """Whether all was found."""
        return self._process.poll() is not None

    def findings(self) -> list[Finding]:
        """What was found so far; where the check itself broke off, a blocker that says so."""
        text = self._log.read_text(encoding="utf-8", errors="replace")
        found = []
        for line in text.splitlines():
            with suppress(ValueError, MalformedJson):
                found.append(from_jsonable(Finding, json.loads(line)))
        if self.is_done() and self._process.returncode != 0:
            said = [ln for ln in text.splitlines() if ln.startswith("vertseg-train: ")]
            reason = said[-1].removeprefix("vertseg-train: ") if said else "It broke off."
            sentence = f"The training cannot be checked: {reason}"
            found.append(Finding(severity="blocker", topic="network", sentence=sentence))
        return found

    def close(self) -> None:
        """End it, where nobody waits for it any more."""
        self._end()


def _end_check(record: ProcessRecord, process: subprocess.Popen[bytes], folder: str) -> None:
    record.kill()
    process.wait(timeout=10)
    shutil.rmtree(folder, ignore_errors=True)


def _launch(
    project: Project, record: RoundRecord, template: LaunchTemplate, options: tuple[str, ...]
) -> StartedRound:
    place = str(project.folder.path)
    words = ["finetune", "--project", place, "--round", str(record.number), *options]
    run = TrainingRun.start(words, run_folder(project, record.number), template)
    return StartedRound(record.number, run)
