"""dbt's artifacts: gate (is this a version that we know?), lift (to the newest shape), read (only the fields that we use)."""
