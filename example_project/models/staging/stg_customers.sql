select
    customer_id,
    first_name || ' ' || last_name as customer_name,
    lower(email) as email,
    country,
    joined_on
from {{ ref('crm_customers') }}
