select c.boss_id, sum(p.mrr) as mrr, max(c.steps) as levels from {{ ref('int_staff_chain') }} c join {{ ref('staff_portfolio') }} p on p.staff_id = c.staff_id group by 1
