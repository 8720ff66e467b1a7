"""Why somebody cannot sign in: facts are gathered, one table of causes is gone through, one verdict comes out."""
