-- name: events_between
SELECT upper(type) AS type, count(*) AS count FROM event
WHERE event_time >= :start AND event_time < :end AND kind = 'RUN' GROUP BY upper(type)

-- name: jobs_before
SELECT count(*) FROM job WHERE created_at < :end

-- name: datasets_before
SELECT count(*) FROM dataset WHERE created_at < :end

-- name: sources_before
SELECT count(*) FROM source WHERE created_at < :end
