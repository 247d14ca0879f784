"""Experiments that anyone can run again: each is one command and one report."""
