pivot {{ ref('int_usage_months') }} on feature in ('api', 'reports', 'export') using sum(units) group by account_id
