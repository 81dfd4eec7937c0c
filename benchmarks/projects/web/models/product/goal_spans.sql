select goal, span.least as least, span.most - span.least as width, value / nullif(conversions, 0) as mean from {{ ref('goals') }}
