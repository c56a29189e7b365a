"""AWR networks, built from a spec."""
