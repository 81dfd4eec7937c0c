select s.*, e.* exclude (session_id),
       case
           when e.utm_source is not null then 'campaign'
           when e.referrer_host in ('search.example', 'find.example') then 'search'
           when e.referrer_host is not null and e.referrer_host <> '' then 'referral'
           else 'direct'
       end as channel
from {{ ref('sessions') }} s left join {{ ref('session_entries') }} e on e.session_id = s.session_id
