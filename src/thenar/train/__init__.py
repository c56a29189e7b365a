"""Fit networks: losses, batches made by worker processes, one loop, checkpoints that resume exactly."""

from thenar.train.machine import prepare_environment

prepare_environment()  # only works before PyTorch is imported, hence here
