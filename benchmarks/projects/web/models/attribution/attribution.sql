select conversion_id, session_id, channel, utm_campaign,
       value * forty_twenty_forty as position_value,
       value * linear as linear_value,
       value * first_touch as first_value,
       value * last_touch as last_value,
       value * decay / sum(decay) over (partition by conversion_id) as decay_value
from {{ ref('touches_weighted') }}
