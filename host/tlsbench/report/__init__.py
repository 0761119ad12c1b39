"""Reports, each made from the record alone."""
