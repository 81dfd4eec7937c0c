select plan_id, plan_name, monthly_price, interval_months, features from {{ source('billing', 'raw_plans') }}
