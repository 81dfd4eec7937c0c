select range::date as month, (range + interval 1 month)::date as next_month from range(date '2026-01-01', date '2026-07-01', interval 1 month)
