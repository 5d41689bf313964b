"""One module per resource family; each has a blueprint named ``pages``."""
