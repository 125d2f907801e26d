"""Records that come with Convene, and what loads them: facts of a source, each with the words that say so."""
