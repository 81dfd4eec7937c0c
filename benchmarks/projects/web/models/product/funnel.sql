{% set steps = ['/', '/pricing', '/signup'] %}
with reached as (
    select visitor_id, {% for s in steps %}min(case when page_path = '{{ s }}' then event_at end) as step_{{ loop.index }}{% if not loop.last %}, {% endif %}{% endfor %}
    from {{ ref('stg_page_views') }} group by visitor_id
)
select count(step_1) as first_step, count(case when step_2 >= step_1 then 1 end) as second_step, count(case when step_3 >= step_2 and step_2 >= step_1 then 1 end) as third_step
from reached
