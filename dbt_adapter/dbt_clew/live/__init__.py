"""dbt while it runs: what our plugin tells of it (records), how it gets out of dbt's process (pipe), and who makes events of it (teller)."""
