"""Synthetic fleets and prices: seeded, small, and feasible car by car."""
