"""SOSL, the search language, and the search with parameters that stands in for it."""
