select customer_id, {'name': customer_name, 'email': email, 'spend': lifetime_spend} as card
from {{ ref('customers') }}
