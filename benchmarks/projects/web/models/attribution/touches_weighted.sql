select *,
       case when touches = 1 then 1.0 when touches = 2 then 0.5
            when touch_number = 1 or touch_number = touches then 0.4 else 0.2 / (touches - 2) end as forty_twenty_forty,
       1.0 / touches as linear,
       if(touch_number = 1, 1, 0) as first_touch,
       if(touch_number = touches, 1, 0) as last_touch,
       pow(0.5, datediff('day', touched_at, converted_at) / {{ var('half_life_days') }}.0) as decay
from {{ ref('touches') }}
