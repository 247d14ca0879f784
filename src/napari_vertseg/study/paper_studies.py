"""``vertseg study spine-ct`` and ``chest-ct``: the paper's two experiments on made cohorts.

Every scan, network and result is kept as soon as it is whole, so that an interrupted
study goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from ..io import write_json_atomic, write_labels
from ..segmentation import Segmentation
from .case_folders import is_whole, keep_case, same_scan, write_manifest, write_marks
from .claimed import claim
from .cohorts import CohortPlan, Role, made_subject
from .correcting import correct
from .paper_report import write_report
from .real_scans import keep_real_scans
from .study_form import StudyForm
from .study_settings import study_config
from .study_training import Tell, Trains, keep_model
from .subject import Subject
from .walked_cases import Walker, walk_cases


@dataclass(frozen=True, kw_only=True)
class PaperStudy:
    """One experiment in its folder."""

    plan: CohortPlan
    form: StudyForm
    folder: Path
    train: Trains
    tell: Tell
    data: Path | None = None
    """Real scans that take part."""
    device: str = "cpu"
    """On which scans are walked."""

    def run(self) -> Path | None:
        """Go on until the end, or until a training has used up its time.

        Returns
        -------
        Path or None
            The report; None where a training is not at its end yet.

        Raises
        ------
        CaseIncomplete
            The folder holds a study of another form.
        """
        claim(self.folder, {"study": self.plan.name} | asdict(self.form))
        cases = {role: self._cases(role) for role in ("train", "validation", "test")}
        real = self._real_cases()
        training = cases["train"]
        if self.plan.name == "chest-ct":
            corrected = self._proposed_and_corrected(cases["train"], cases["validation"])
            if corrected is None:
                return None
            training = corrected
        roles = [(c, "train") for c in training] + [(c, "validation") for c in cases["validation"]]
        roles += [(case, role) for case, role in real if role != "test"]
        model = self._network("final", roles, self.form.steps)
        if model is None:
            return None
        report = write_report(self, model, cases["test"])
        tested = [case for case, role in real if role == "test"]
        if tested:
            write_report(self, model, tested, is_real=True)
        return report

    def _cases(self, role: Role) -> list[Path]:
        """Made scans of a role."""
        form = self.form
        folders = []
        for number in range(form.counts.get(role, self.plan.counts[role])):
            folder = self.folder / "scans" / f"{role}-{number + 1:02d}"
            keep_case(folder, partial(self._made, role, number))
            folders.append(folder)
        return folders

    def _made(self, role: Role, number: int) -> Subject:
        self.tell(f"making {role} scan {number + 1}")
        form = self.form
        least = form.testing_mm if role == "test" else form.training_mm
        return made_subject(
            self.plan, role, number, least_spacing_mm=least, height_mm=form.height_mm
        )

    def _real_cases(self) -> list[tuple[Path, str]]:
        if self.data is None:
            return []
        return keep_real_scans(self.data, self.folder / "real-scans", self.tell)

    def _proposed_and_corrected(
        self, training: Sequence[Path], by_hand: Sequence[Path]
    ) -> list[Path] | None:
        """The paper's own way (P24): a network from a few scans by hand proposes the rest."""
        name, steps = "preliminary", self.form.preliminary_steps
        model = self._network(name, [(case, "train") for case in by_hand], steps)
        if model is None:
            return None
        corrected = {case: self.folder / "corrected" / case.name for case in training}

        def keep(case: Path, subject: Subject, found: Segmentation) -> None:
            _keep_corrected(case, subject, found, corrected[case])

        todo = [case for case, folder in corrected.items() if not is_whole(folder)]
        self.tell(f"proposals for {len(todo)} scans")
        walk_cases(
            todo,
            Walker.load(model, self.device, self.tell),
            self.folder / "proposals",
            direction=self.plan.direction,
            tell=self.tell,
            each=keep,
        )
        return list(corrected.values())

    def _network(self, name: str, roles: list[tuple[Path, str]], steps: int) -> Path | None:
        """A trained network; None where its time was used up before its last step."""
        folder = self.folder / "models" / name
        if folder.is_dir():
            return folder
        form = self.form
        config = study_config(form.preset, steps, seed=form.seed, start=form.start)
        data = write_manifest(self.folder / "data" / name, roles)
        run = self.folder / "runs" / name
        self.tell(f"training the {name} network: {config.steps} steps")
        reached = self.train(run, config, [data], tell=self.tell)
        if reached < config.steps:
            self.tell(f"  {reached} of {config.steps} steps; the same command goes on from here")
            return None
        return keep_model(run / "best", folder, f"{self.plan.name}-{name}")


def _keep_corrected(case: Path, subject: Subject, found: Segmentation, folder: Path) -> None:
    corrected = correct(found, subject)
    same_scan(case, folder)
    write_labels(folder / "vertebrae.nii.gz", corrected.labels, subject.scan, overwrite=True)
    write_json_atomic(folder / "effort.json", corrected.effort(), overwrite=True)
    write_marks(folder, subject.is_complete, is_exhaustive=True)
