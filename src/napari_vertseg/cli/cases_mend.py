"""``vertseg cases remove``, ``check`` and ``repair``."""

from __future__ import annotations

import argparse

from .exit_codes import ExitCode


def remove(options: argparse.Namespace) -> int:
    """Withdraw a patient, or say what that would mean."""
    from ..cases import Project, plan_removal, remove_patient

    project = Project.open(options.project)
    if options.yes:
        done = remove_patient(project, options.case, who=options.annotator)
    else:
        done = plan_removal(project, options.case)
    verb = "removed" if options.yes else "would remove"
    print(f"{verb} patient {done.patient}: {', '.join(done.cases)}")
    if done.referenced:
        print(f"scans outside the project stay: {', '.join(done.referenced)}")
    if done.models:
        print(f"models that were trained with this patient stay: {', '.join(done.models)}")
    else:
        print("no model of this project was trained with this patient")
    if not options.yes:
        print("nothing was changed; add --yes to do it")
    return ExitCode.DONE


def check(options: argparse.Namespace) -> int:
    """Say what is wrong; the exit code is 1 where something is."""
    from ..cases import Project, check_project

    findings = check_project(Project.open(options.project), is_thorough=not options.quick)
    for finding in findings:
        cure = " (vertseg cases repair)" if finding.can_be_repaired else ""
        print(f"{finding.case or 'project'}: {finding.what}{cure}")
    if not findings:
        print("nothing is wrong")
    return ExitCode.FAILED if findings else ExitCode.DONE


def repair(options: argparse.Namespace) -> int:
    """Put in order what can be, and say each deed."""
    from ..cases import Project, repair_project

    project = Project.open(options.project)
    deeds = 0
    for case, deed in repair_project(project, who=options.annotator, scans=options.scans):
        print(f"{case or 'project'}: {deed}")
        deeds += 1
    if not deeds:
        print("nothing had to be repaired")
    return ExitCode.DONE
