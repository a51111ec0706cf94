-- Removes webhooks and their deliveries.
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
DELETE FROM state_flows WHERE machine = 'webhook_deliveries.status';
DROP TYPE webhook_delivery_status;
