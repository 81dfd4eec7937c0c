"""What the API answers: one module per resource, from a session and the request's values to plain values."""
