select account_id, date_trunc('month', used_on)::date as month, feature, sum(units) as units from {{ ref('stg_usage') }} group by account_id, 2, feature
