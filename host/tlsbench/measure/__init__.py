"""What a target costs: ELF and map (`elf`), heap, stack, cpu and the wire, each turned into metrics."""
