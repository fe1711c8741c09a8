"""Independent parts of a Program, each solved alone, and their answers as one."""
