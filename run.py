"""Set up and run, with nothing but Python on the machine.

    python run.py demo        a made spine in napari where there is a display, elsewhere and with
                              --headless walked end to end; results in ./demo-output
    python run.py test        lint, types, import directions, tests; further words go to pytest

Makes an environment in .venv beside this file and installs the versions of constraints.txt
into it. The second start finds it ready and needs no network. Standard library only.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "vertseg-installed.txt"
OLDEST = (3, 11)
EXTRAS = ("", "all", "dev")
"""Each with all that the ones before it bring."""

QT_LIBRARIES = {
    "EGL": "libegl1",
    "GL": "libgl1",
    "dbus-1": "libdbus-1-3",
    "fontconfig": "libfontconfig1",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-image": "libxcb-image0",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-render-util": "libxcb-render-util0",
    "xcb-shape": "libxcb-shape0",
    "xcb-xinerama": "libxcb-xinerama0",
}
"""What Qt's xcb platform loads on Linux, and the Debian package that brings it."""


def main(words):
    """Run one task; the exit code is that of what it ran."""
    if sys.version_info < OLDEST:
        return complain(
            f"This is Python {platform.python_version()}; napari-vertseg needs 3.11 or newer. "
            "Start run.py with a newer one, for example `python3.11 run.py demo`."
        )
    tasks = {"demo": demo, "test": test}
    if not words or words[0] not in tasks:
        print(__doc__)
        return 0 if words in (["-h"], ["--help"]) else 2
    try:
        return tasks[words[0]](words[1:])
    except subprocess.CalledProcessError as error:
        command = " ".join(str(part) for part in error.cmd)
        return complain(
            f"Setting up stopped: `{command}` ended with exit code {error.returncode}."
        )
    except KeyboardInterrupt:
        return 130


def demo(words):
    """A made spine: in a window where there can be one, else walked end to end."""
    has_window = not words and has_display() and has_qt_libraries()
    prepare(extra="all" if has_window else "")
    return call([SCRIPTS / "vertseg", "demo", *words])


def test(words):
    """Everything that CI runs; pytest comes last, so that its summary closes the output."""
    if (ROOT / "tests" / "ui").is_dir():
        need_qt_libraries()
    prepare(extra="dev")
    checks = {
        "ruff check": [PYTHON, "-m", "ruff", "check"],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check"],
        "mypy": [PYTHON, "-m", "mypy"],
        "lint-imports": [SCRIPTS / "lint-imports", "--no-logo"],
    }
    failed = [name for name, command in checks.items() if call(command) != 0]
    if failed:
        say(f"failed before the tests: {', '.join(failed)} (the run will count as failed)")
    tests = call([*screen(), PYTHON, "-m", "pytest", *words])
    return tests or int(bool(failed))


def screen():
    """What a window needs before it where there is no display: a virtual one."""
    if has_display():
        return []
    if shutil.which("xvfb-run") is None:
        need_packages(["xvfb", "xauth"], "test windows without a display")
    return ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1600x1000x24"]


def has_display():
    """Whether somebody can look: always but on a Linux without X or Wayland."""
    names = ("DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def prepare(extra):
    """Make .venv fit constraints.txt and setup.cfg; quick when it does already."""
    wanted, have = fingerprint(), STAMP.read_text().split() if STAMP.is_file() else []
    # What serves the tests serves the demo.
    if starts(PYTHON) and have[:1] == [wanted] and EXTRAS.index(extra) <= rank(have[1:]):
        return
    if not starts(PYTHON):
        make_environment()
    STAMP.unlink(missing_ok=True)
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    say("installing the tested versions; the first time this takes some minutes")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--no-input"]
    run([*pip, "-c", ROOT / "constraints.txt", "-e", target])
    STAMP.write_text(f"{wanted} {extra}\n")


def rank(words):
    """Which of the extras is installed."""
    return EXTRAS.index(words[0]) if words and words[0] in EXTRAS else 0


def make_environment():
    """A fresh .venv of the Python that runs this."""
    if importlib.util.find_spec("ensurepip") is None:
        need_packages([f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"], "make a .venv")
    say(f"making {VENV.name} with Python {platform.python_version()}")
    run([sys.executable, "-m", "venv", "--clear", VENV])


def fingerprint():
    """Changes when the environment has to."""
    told = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for name in ("constraints.txt", "setup.cfg", "pyproject.toml"):
        told.update((ROOT / name).read_bytes())
    return told.hexdigest()


def starts(python):
    """Whether that Python is there and runs."""
    if not python.is_file():
        return False
    return subprocess.run([str(python), "-c", ""], stderr=subprocess.DEVNULL).returncode == 0


def has_qt_libraries():
    """Whether Qt can start; installs what it lacks, and says so where it may not."""
    try:
        need_qt_libraries()
    except (SystemExit, subprocess.CalledProcessError) as reason:
        say(f"no window: {reason}")
        return False
    return True


def need_qt_libraries():
    """Qt comes with pip, the system libraries under it do not."""
    if sys.platform.startswith("linux"):
        packages = [package for name, package in QT_LIBRARIES.items() if not find_library(name)]
        need_packages(packages, "open a window with Qt")


def need_packages(packages, purpose):
    """Install Debian packages as root; otherwise say which are missing."""
    if not packages:
        return
    line = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"installing what is needed to {purpose}: {', '.join(packages)}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "--quiet"], env=quiet)
        run(line, env=quiet)
    else:
        raise SystemExit(
            f"To {purpose}, these system packages are missing: {', '.join(packages)}. "
            f"On Debian or Ubuntu: sudo {' '.join(line)}"
        )


def run(command, **options):
    """A step of the set-up, which must succeed."""
    subprocess.run([str(part) for part in command], check=True, **options)


def call(command):
    """A command whose exit code is the answer."""
    say(" ".join([Path(command[0]).name, *map(str, command[1:])]))
    return subprocess.run([str(part) for part in command], cwd=str(ROOT)).returncode


def say(text):
    """Progress, in order with the output of the commands."""
    print(f"[run.py] {text}", flush=True)


def complain(text):
    """One sentence on the error stream; exit code 1."""
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
