"""Pages of acts on many accounts."""
