select goal, count(*) as conversions, sum(value) as value, histogram(goal) as by_goal, struct_pack(least := min(value), most := max(value)) as span
from {{ ref('base_conversions') }} group by goal
