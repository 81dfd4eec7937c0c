select order_id, {{ json_list(record({'product': 'product_id', 'quantity': 'quantity'}), order_by='order_item_id') }} as lines,
       {{ max_by('product_id', by='quantity') }} as main_product
from {{ ref('stg_items') }}
group by order_id
