with source as (select * from {{ source('billing', 'raw_accounts') }}),
final as (select account_id, account_name, owner_id, initcap_industry, created_on from (select *, upper(industry[1]) || lower(industry[2:]) as initcap_industry from source))
select account_id, account_name, owner_id, initcap_industry as industry, created_on from final
