with firsts as (select customer_id, date_trunc('week', first_ordered_at) as cohort from {{ ref('int_customer_first_orders') }}),
weekly as (
    select f.cohort, {{ dbt.datediff('f.cohort', 'o.ordered_at', 'week') }} as week, count(distinct o.customer_id) as customers
    from {{ ref('orders') }} o join firsts f on f.customer_id = o.customer_id
    group by f.cohort, week
),
sizes as (select cohort, count(*) as size from firsts group by cohort)
select w.cohort, w.week, w.customers, s.size, w.customers / s.size::{{ dbt.type_float() }} as retained
from weekly w join sizes s on s.cohort = w.cohort
