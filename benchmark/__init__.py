"""The figures that tlsbench promises, measured and held against their limits: `make benchmark`."""
