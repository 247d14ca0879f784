"""napari driven like a person would, and watched: same masks, awake, nothing kept, right clicks.

    python benchmarks/in_viewer.py masks SCAN... [--model NAME]
    python benchmarks/in_viewer.py heartbeat [SCAN] [--model NAME | --oracle]
    python benchmarks/in_viewer.py memory [SCAN] [--walks 10] [--model NAME]
    python benchmarks/in_viewer.py clicks [SCAN TRUTH]... [--phantoms 5] [--model NAME | --oracle]

Needs napari, a Qt binding and a display; `xvfb-run -s "-screen 0 1600x1000x24" python ...` will
do. Without a scan, the made spine of the sample data is walked.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from viewer_clicks import clicks
from viewer_heartbeat import heartbeat
from viewer_masks import masks
from viewer_memory import memory


def main() -> None:
    """One of the four looks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="starter", help="a shipped model or a model folder")
    looks = parser.add_subparsers(dest="look", required=True)
    for name in ("masks", "heartbeat", "memory", "clicks"):
        look = looks.add_parser(name)
        look.add_argument("scans", nargs="*", type=Path)
        look.add_argument("--model", default=argparse.SUPPRESS)
    looks.choices["memory"].add_argument("--walks", type=int, default=10)
    looks.choices["clicks"].add_argument("--phantoms", type=int, default=5)
    for name in ("heartbeat", "clicks"):
        looks.choices[name].add_argument("--oracle", action="store_true")
    options = parser.parse_args()
    match options.look:
        case "masks":
            masks(options.scans, options.model)
        case "heartbeat":
            scan = options.scans[0] if options.scans else None
            heartbeat(scan, None if options.oracle else options.model)
        case "memory":
            memory(options.scans[0] if options.scans else None, options.model, options.walks)
        case "clicks":
            pairs = list(zip(options.scans[::2], options.scans[1::2], strict=True))
            clicks(pairs, options.phantoms, None if options.oracle else options.model)


if __name__ == "__main__":
    main()
