-- KPI-14: The figures of the lots that are not closed, or were closed within 7 days, as of the last refresh. The row without a lot
-- says when that was: then it cannot differ from what the other rows know, and is there without any lot.
CREATE MATERIALIZED VIEW mv_lot_dashboard AS
SELECT NULL::uuid AS lot_id, now()::timestamptz(3) AS refreshed_at, NULL::lot_status AS status, NULL::timestamptz(3) AS lot_created_at, NULL::integer AS target_quantity,
  NULL::integer AS created_count, NULL::integer AS in_progress_count, NULL::integer AS completed_count, NULL::integer AS failed_count, NULL::integer AS converted_count,
  NULL::bigint AS lead_count, NULL::double precision AS lead_sum, NULL::integer AS actual_quantity, NULL::integer AS passed_quantity, NULL::integer AS failed_quantity
UNION ALL
SELECT l.id, NULL, l.status, l.created_at, l.target_quantity,
  item.created_count, item.in_progress_count, item.completed_count, item.failed_count, item.converted_count,
  item.lead_count, item.lead_sum, serial.actual_quantity, serial.passed_quantity, serial.failed_quantity
FROM lots l
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE i.status = 'CREATED')::integer AS created_count, count(*) FILTER (WHERE i.status = 'IN_PROGRESS')::integer AS in_progress_count,
    count(*) FILTER (WHERE i.status = 'COMPLETED')::integer AS completed_count, count(*) FILTER (WHERE i.status = 'FAILED')::integer AS failed_count,
    count(*) FILTER (WHERE i.status = 'CONVERTED')::integer AS converted_count, count(work.lead) AS lead_count, coalesce(sum(work.lead), 0) AS lead_sum
  FROM wip_items i
  -- The lead of KPI-10: whole seconds from the first start to the completion.
  LEFT JOIN LATERAL (
    -- OFFSET keeps PostgreSQL from looking for the least start in the index of all starts.
    SELECT floor(extract(epoch FROM i.completed_at - min(d.started_at)))::double precision AS lead
    FROM (SELECT started_at FROM process_data WHERE wip_item_id = i.id AND serial_id IS NULL OFFSET 0) AS d
  ) AS work ON i.completed_at IS NOT NULL
  WHERE i.lot_id = l.id
) AS item
CROSS JOIN LATERAL (
  SELECT count(*)::integer AS actual_quantity, count(*) FILTER (WHERE s.status = 'PASSED')::integer AS passed_quantity,
    count(*) FILTER (WHERE s.status = 'FAILED' AND s.rework_count = s.max_reworks)::integer AS failed_quantity
  FROM serials s WHERE s.lot_id = l.id
) AS serial
WHERE l.status <> 'CLOSED' OR l.closed_at >= now() - interval '7 days';

-- Refreshing without blocking readers needs it.
CREATE UNIQUE INDEX uq_mv_lot_dashboard_lot_id ON mv_lot_dashboard (lot_id);

-- Only its owner may refresh a view, and the application owns nothing.
CREATE FUNCTION refresh_lot_dashboard() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  REFRESH MATERIALIZED VIEW CONCURRENTLY public.mv_lot_dashboard;
END $$;
