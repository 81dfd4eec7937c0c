select order_id, to_json(list({'product': product_id, 'quantity': quantity} order by order_item_id)) as lines, max_by(product_id, quantity) as main_product
from {{ ref('stg_items') }}
group by order_id
