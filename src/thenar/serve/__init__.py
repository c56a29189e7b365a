"""The viewer: one page and one WebSocket over a running pipeline."""
