select * from {{ ref('attribution') }}
unpivot (attributed for model in (position_value, linear_value, first_value, last_value))
