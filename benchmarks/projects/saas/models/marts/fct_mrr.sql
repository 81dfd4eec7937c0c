select c.*, a.account_name, a.industry from {{ ref('int_mrr_changes') }} c join {{ ref('stg_accounts') }} a using (account_id)
