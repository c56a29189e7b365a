"""Depth frames to learn from and to test on."""
