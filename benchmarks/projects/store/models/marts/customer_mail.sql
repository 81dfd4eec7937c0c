select customer_id, {{ field('card', 'name') }} as addressee, {{ field('card', 'email') }} as email,
       'You spent ' || ({{ field('card', 'spend') }}) as line
from {{ ref('customer_cards') }}
