"""The network, the model folder around it and the predictor it becomes (torch lives here)."""
