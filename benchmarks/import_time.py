"""What `import napari_vertseg` costs over a bare start of Python; the promise is 0.3 s.

    python benchmarks/import_time.py [--repeats 9]

Best of several, since only the machine's other work makes a start slower. Prints one line
and asserts nothing: that the import loads no heavy package is a test, this is the figure.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9, help="starts of each kind")
    repeats = parser.parse_args().repeats
    bare = best_start_s("pass", repeats)
    ours = best_start_s("import napari_vertseg", repeats)
    print(f"import napari_vertseg: {ours - bare:.3f} s over bare Python ({bare:.3f} s)")


def best_start_s(code: str, repeats: int) -> float:
    """Seconds of the quickest start of an interpreter that runs ``code``."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


if __name__ == "__main__":
    main()
