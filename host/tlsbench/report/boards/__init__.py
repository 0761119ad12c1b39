"""Boards by suites: what passed where, what did not, and why. Made from records alone."""
