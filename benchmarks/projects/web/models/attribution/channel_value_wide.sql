select channel,
       {% for m in ['position', 'linear', 'first', 'last'] -%}
       max(value) filter (where model = '{{ m }}_value') as {{ m }}{% if not loop.last %},{% endif %}
       {% endfor -%}
from {{ ref('channel_value') }}
group by channel
