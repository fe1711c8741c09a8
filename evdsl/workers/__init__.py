"""Independent tasks, and who works on them."""
