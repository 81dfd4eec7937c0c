"""From bytes to rows: events are decoded and checked without the store, then recorded in one transaction."""
