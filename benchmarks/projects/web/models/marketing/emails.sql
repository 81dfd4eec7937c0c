select e.email_id, e.recipient as user_id, e.subject, e.sent_at, e.opened_at is not null as was_opened,
       date_diff('hour', e.sent_at::timestamp, e.opened_at::timestamp) as hours_to_open
from {{ ref('base_emails') }} e
