"""Runs beside each other: what differs between them, and what each number says about the other run's."""
