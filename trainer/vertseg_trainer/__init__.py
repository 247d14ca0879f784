"""Trains the network of napari-vertseg: alone, under torchrun, or started by the plugin."""
