"""A transport for openlineage-python that appends to the outbox."""
