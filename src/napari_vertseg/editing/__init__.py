"""Tools that correct labels: numpy in, a proposal out."""
