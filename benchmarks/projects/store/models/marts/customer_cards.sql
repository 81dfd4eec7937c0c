select customer_id, {{ record({'name': 'customer_name', 'email': 'email', 'spend': 'lifetime_spend'}) }} as card
from {{ ref('customers') }}
