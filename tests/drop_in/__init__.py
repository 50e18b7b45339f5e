"""Components as people write them for Seldon, unmodified, under Seldon's own start command."""
