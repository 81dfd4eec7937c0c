{{ config(materialized='incremental', unique_key='date_day') }}
select s.date_day, coalesce(sum(o.order_total), 0) as revenue, count(o.order_id) as orders
from {{ ref('metricflow_time_spine') }} s
left join {{ ref('orders') }} o on o.ordered_on = s.date_day
{% if is_incremental() %}
where s.date_day >= (select max(date_day) from {{ this }})
{% endif %}
group by 1
