"""How good an answer can be at best: lower bounds where followers are chained over a set."""
