select a.*, s.staff_name as owner_name, s.team as owner_team, m.staff_name as manager_name,
       coalesce(t.tickets, 0) as tickets, t.mean_satisfaction
from {{ ref('stg_accounts') }} a
left join {{ ref('stg_staff') }} s on s.staff_id = a.owner_id
left join {{ ref('stg_staff') }} m on m.staff_id = s.manager_id
left join (select account_id, count(*) as tickets, avg(satisfaction) as mean_satisfaction from {{ ref('stg_tickets') }} group by account_id) t
    on t.account_id = a.account_id
