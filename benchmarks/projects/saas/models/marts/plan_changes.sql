select subscription_id, plan_id, dbt_valid_from from {{ ref('subscription_history') }}
