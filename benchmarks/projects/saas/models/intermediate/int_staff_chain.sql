with recursive chain(staff_id, boss_id, steps) as (
    select staff_id, manager_id, 1 from {{ ref('stg_staff') }} where manager_id is not null
    union all
    select c.staff_id, s.manager_id, c.steps + 1 from chain c join {{ ref('stg_staff') }} s on s.staff_id = c.boss_id where s.manager_id is not null
)
select * from chain
