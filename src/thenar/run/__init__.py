"""One session, many runtimes."""
