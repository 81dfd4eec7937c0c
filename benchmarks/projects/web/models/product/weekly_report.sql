{{ config(materialized='incremental') }}
with w as (select date_trunc('week', day) as week, sum(visitors) as visitors, sum(events) as events from {{ ref('daily_active_filled') }} group by 1),
c as (select date_trunc('week', converted_at) as week, sum(value) as value from {{ ref('base_conversions') }} group by 1),
s as (select date_trunc('week', day) as week, sum(cost) as cost from {{ ref('campaign_days') }} group by 1)
select week, w.visitors, w.events, c.value, s.cost, c.value - s.cost as result
from w full join c using (week) full join s using (week)
