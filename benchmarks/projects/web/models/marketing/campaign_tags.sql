select campaign_id, trim(tag) as tag, position
from {{ ref('base_campaigns') }}, unnest(string_split(tags, ';')) with ordinality as t(tag, position)
