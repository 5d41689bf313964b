"""The whole HTTP surface of both emulators: read from their route tables, with one valid request for each view."""
