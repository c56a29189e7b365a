"""Source, locate, crop, network, smooth."""
