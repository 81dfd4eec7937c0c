select p.*, list(f.feature order by f.feature) as feature_list, count(f.feature) as features_count
from {{ ref('stg_plans') }} p left join {{ ref('int_plan_features') }} f using (plan_id) group by all
