"""Many accounts out of a table: read, checked, and invited by the worker."""
