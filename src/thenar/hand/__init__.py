"""What a hand, a camera and a crop are (NumPy only)."""
