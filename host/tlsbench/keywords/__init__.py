"""The Robot Framework library: one file per keyword topic, combined in `library.py`."""
