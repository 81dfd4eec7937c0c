select customer_id, card.name as addressee, card.email, 'You spent ' || card.spend as line from {{ ref('customer_cards') }}
