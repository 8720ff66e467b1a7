"""What every long piece of work of the desk has: it waits, pauses, goes on, and ends, a commit at a time."""
