"""``python -m napari_vertseg.cli`` is ``vertseg``."""

import sys

from .main import main

if __name__ == "__main__":
    sys.exit(main())
