with recursive days(day) as (
    select date '2026-01-01'
    union all
    select day + 1 from days where day < date '2026-01-31'
)
select day::date as date_day from days
