with ranked as (
    select *, row_number() over (partition by subscription_id order by updated_at desc) as _rank from {{ source('billing', 'raw_subscriptions') }}
)
select subscription_id, account_id, plan_id, seats, discount_percent, started_on, ended_on, updated_at from ranked where _rank = 1
