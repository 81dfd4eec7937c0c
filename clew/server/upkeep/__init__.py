"""The care of a store: prove that it follows from its log, derive it anew, give back room, let go what is old."""
