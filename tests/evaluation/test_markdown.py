from __future__ import annotations

from dataclasses import replace

from napari_vertseg.evaluation import markdown_table


def _cells(table):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


def test_scans_stand_above_their_total(scores):
    head, _, good, bad, total = _cells(markdown_table(scores))
    assert head[:5] == ["scan", "found", "merged", "split", "false"]
    row = dict(zip(head, bad, strict=True))
    assert (row["found"], row["false"], row["Dice"], row["completeness"]) == (
        "1/2",
        "1",
        "0.400",
        "0/1",
    )
    assert good[head.index("Dice")] == "1.000"
    assert total[0] == "**all 2**"
    assert total[head.index("found")] == "**3/4**"
    assert total[head.index("Dice")] == "**0.700**"
    assert total[head.index("completeness")] == "**2/3**"
    assert total[head.index("seconds")] == "**3.0**"


def test_every_row_has_as_many_cells(scores):
    assert len({len(row) for row in _cells(markdown_table(scores))}) == 1


def test_what_no_scan_knows_is_left_out(scores):
    silent = [replace(score, steps=None, seconds=None) for score in scores]
    head = _cells(markdown_table(silent, first_column="case"))[0]
    assert head[0] == "case"
    assert "steps" not in head
    assert "seconds" not in head


def test_what_one_scan_lacks_is_a_dash(chain, scores):
    bare = replace(scores[0], vertebrae=(), name="a|b")
    table = markdown_table([bare])
    assert "| a\\|b | – | 0 | 0 | 0 | – | – | – | – | 7 | 2.5 |" in table


def test_no_scan_is_a_table_too():
    assert _cells(markdown_table([]))[-1][:2] == ["**all 0**", "**–**"]
