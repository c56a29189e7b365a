"""Fit, losses, checkpoints."""
