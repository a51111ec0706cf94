-- Removes the view of the dashboard of lots. It holds nothing of its own.
DROP FUNCTION refresh_lot_dashboard();
DROP MATERIALIZED VIEW mv_lot_dashboard;
