"""One model is in use; another can take its place, and the one before come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from napari_vertseg.cases import ModelRef, Project
from napari_vertseg.errors import ModelIncompatible
from napari_vertseg.rounds.archive import export_model, import_model
from napari_vertseg.rounds.ledger import begin_round, change_round, read_round
from napari_vertseg.rounds.models import (
    active_name,
    find_in,
    keep,
    models_of,
    promote,
    reject,
    roll_back,
    with_own_base,
)
from napari_vertseg.training import TrainingRequest

MakeModel = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path, model_folder: MakeModel, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the models one, two and three; the starter is shipped."""
    shipped = model_folder("starter")
    shipped.rename(tmp_path / "starter")
    (tmp_path / "shipped").mkdir()
    (tmp_path / "starter").rename(tmp_path / "shipped" / "starter")
    monkeypatch.setattr("napari_vertseg.network.model.SHIPPED", tmp_path / "shipped")
    project = Project.create(tmp_path / "spines")
    for seed, name in enumerate(("one", "two", "three")):
        file = export_model(model_folder(name, seed=seed), tmp_path / f"{name}.zip")
        import_model(file, project.folder.models)
    return project


def states(project: Project) -> dict[str, str]:
    return {entry.name: entry.state for entry in models_of(project)}


def candidate(project: Project, name: str) -> int:
    """A round that made this model."""
    number = begin_round(project, TrainingRequest()).number
    ref = ModelRef(name=name, weights_sha256="0")
    change_round(project, number, lambda r: replace(r, model=ref), what="made")
    return number


def test_the_starter_is_in_use_until_another_is(project: Project) -> None:
    assert active_name(project) == "starter"
    assert states(project)["starter"] == "active"

    promote(project, "one", who="Ann")

    assert active_name(project) == "one"
    assert find_in(project, "active") == project.folder.models / "one"
    assert states(project)["starter"] == "shipped"


def test_roll_back_goes_all_the_way_back(project: Project) -> None:
    for name in ("one", "two", "three"):
        promote(project, name)

    assert [roll_back(project).after for _ in range(3)] == ["two", "one", None]
    assert active_name(project) == "starter"
    with pytest.raises(ModelIncompatible, match="there is no way back"):
        roll_back(project)


def test_after_a_roll_back_one_can_go_on_and_back_again(project: Project) -> None:
    promote(project, "one")
    promote(project, "two")
    roll_back(project)
    promote(project, "three")

    assert roll_back(project).after == "one"
    assert roll_back(project).after is None


def test_what_was_decided_stands_in_the_round(project: Project) -> None:
    number = candidate(project, "one")
    assert states(project)["one"] == "candidate"

    promote(project, "one", who="Ann")
    assert read_round(project, number).decision == "promoted"
    roll_back(project)
    assert read_round(project, number).decision == "kept"
    assert [e.what for e in read_round(project, number).history][-1] == "rolled back"
    reject(project, "one")
    assert states(project)["one"] == "rejected"
    keep(project, "one")
    assert states(project)["one"] == "kept"


def test_the_model_in_use_is_not_rejected(project: Project) -> None:
    promote(project, "one")

    with pytest.raises(ModelIncompatible, match="roll back first"):
        reject(project, "one")


def test_a_damaged_model_is_not_used(project: Project) -> None:
    (project.folder.models / "one" / "weights.safetensors").write_bytes(b"no")

    with pytest.raises(ModelIncompatible):
        promote(project, "one")

    assert active_name(project) == "starter"


def test_a_model_that_is_gone_is_not_gone_back_to(project: Project) -> None:
    promote(project, "one")
    promote(project, "two")
    (project.folder.models / "one").rename(project.folder.path / "elsewhere")

    with pytest.raises(ModelIncompatible, match="there is no model 'one'"):
        roll_back(project)

    assert active_name(project) == "two"


def test_a_model_from_elsewhere_is_copied_in_since_records_say_no_paths(
    project: Project, model_folder: MakeModel
) -> None:
    elsewhere = model_folder("guest", seed=9)

    promote(project, str(elsewhere))
    request = with_own_base(project, TrainingRequest(base=str(elsewhere)))

    assert active_name(project) == request.base == "guest"
    assert (project.folder.models / "guest" / "weights.safetensors").is_file()
    assert str(elsewhere.parent) not in project.folder.record.read_text()


def test_a_guest_of_a_taken_name_gets_another(project: Project, model_folder: MakeModel) -> None:
    other = model_folder("one-again", seed=7)
    card = json.loads((other / "model.json").read_text())
    (other / "model.json").write_text(json.dumps(card | {"name": "one"}))

    promote(project, str(other))

    assert active_name(project) == "one-2"


def test_a_name_cannot_lead_out_of_the_project(project: Project) -> None:
    with pytest.raises(ModelIncompatible):
        find_in(project, "../cases")


def test_what_nobody_promoted_is_not_in_use_whatever_it_is_called(
    project: Project, tmp_path: Path, model_folder: MakeModel
) -> None:
    """A folder called like the shipped model, from before such names were refused."""
    shipped = find_in(project, "active")
    (project.folder.models / "one").rename(project.folder.models / "starter")

    assert find_in(project, "active") == shipped
    assert [e.folder for e in models_of(project) if e.state == "active"] == [shipped]


def test_a_guest_called_like_the_shipped_one_gets_another_name(
    project: Project, tmp_path: Path, model_folder: MakeModel
) -> None:
    guest = model_folder("starter", seed=9)

    assert promote(project, str(guest), who="Ann").after == "starter-2"
    assert find_in(project, "active") == project.folder.models / "starter-2"
