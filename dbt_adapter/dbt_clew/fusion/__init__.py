"""dbt Fusion and dbt 2.0, live: their telemetry file, read while dbt writes it, drives the same narrator as everything else.

`spans` is the gate and the shape of a line, `telemetry` lifts lines to dbt's own words (`Node`, `Result`), `live` tells them.
"""
