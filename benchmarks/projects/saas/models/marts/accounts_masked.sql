select sha256(account_name) as account_hash, left(account_name, 1) || '***' as account_hint, * exclude (account_name, owner_name, manager_name) from {{ ref('dim_accounts') }}
