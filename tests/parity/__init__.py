"""A differential check: the same component and the same requests, the original server and ours."""
