"""Which corrected cases a round takes, where nobody names any."""

from __future__ import annotations

from collections.abc import Mapping

from ..cases import Case, Project, Status


def reason_against(project: Project, case: Case) -> str:
    """Why no round can use a case, whatever its role; empty where one can."""
    patient = project.record.patient(case.patient)
    if patient is None or patient.withdrawn is not None:
        return "its patient was withdrawn"
    if case.status is Status.EXCLUDED:
        return "it is excluded"
    return "" if case.submitted is not None else "it was not submitted for training yet"


def cases_to_train_on(versions: Mapping[str, int], seen: Mapping[str, int]) -> tuple[str, ...]:
    """Cases with a version that the model has not seen; all of them where that leaves none.

    Parameters
    ----------
    versions : mapping of case to version
        Newest submitted version of every case that may be trained on.
    seen : mapping of case to version
        Newest version that the model was trained on; see ``seen_by``.
    """
    fresh = tuple(case for case, version in versions.items() if seen.get(case, 0) < version)
    return fresh or tuple(versions)
