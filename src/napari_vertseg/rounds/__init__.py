"""Rounds of training in a project: candidates, the gate, the models, what to correct next."""
