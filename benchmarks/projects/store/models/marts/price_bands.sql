select product_id, product_price, b.band
from {{ ref('stg_products') }} p
join (values ('cheap', 0, 6), ('fair', 6, 10), ('dear', 10, 1000)) as b(band, lowest, highest)
    on p.product_price >= b.lowest and p.product_price < b.highest
