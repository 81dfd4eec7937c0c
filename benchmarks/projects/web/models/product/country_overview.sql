select c.country, c.country_name, count(u.user_id) as users, count(u.user_id) * 1000000.0 / c.population as users_per_million,
       (select count(*) from {{ ref('stg_users') }} x where x.country = c.country and x.plan = 'pro') as paying
from {{ ref('base_countries') }} c left join {{ ref('stg_users') }} u on u.country = c.country
group by c.country, c.country_name, c.population
