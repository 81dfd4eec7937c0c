with marked as (
    select *, case when gap_minutes is null or gap_minutes > {{ var('session_minutes') }} then 1 else 0 end as is_new from {{ ref('events_with_gap') }}
),
numbered as (
    select *, sum(is_new) over (partition by visitor_id order by event_at, event_id rows unbounded preceding) as session_index from marked
)
select * exclude (is_new, gap_minutes, previous_at), visitor_id || '-' || session_index as session_id from numbered
