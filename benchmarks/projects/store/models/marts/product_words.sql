select product_id, word, length(word) as letters
from {{ ref('stg_products') }}, unnest(string_to_array(lower(product_description), ' ')) as w(word)
