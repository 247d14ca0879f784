"""How the property tests of this folder run."""

from __future__ import annotations

from hypothesis import settings

# No deadline: a busy machine is no failure. The same examples on every run: a test that fails
# now and then is worth less than one that always does.
settings.register_profile("vertseg", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("vertseg")
