select s.staff_id, s.staff_name, count(a.account_id) as accounts, sum(h.mrr) as mrr, string_agg(a.account_name, ', ' order by a.account_name) as names
from {{ ref('stg_staff') }} s
left join {{ ref('stg_accounts') }} a on a.owner_id = s.staff_id
left join {{ ref('account_health') }} h on h.account_id = a.account_id
group by s.staff_id, s.staff_name
