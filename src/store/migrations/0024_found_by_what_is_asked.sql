-- Whatever happened to an order. Purchases are left out: each has an order of its own, and its key tells it.
CREATE INDEX message_by_order ON message (order_id) WHERE order_id IS NOT NULL AND activity <> 'newInstance';
CREATE INDEX license_application_by_event ON license_application (event_id);
CREATE INDEX license_by_order ON license (order_id) WHERE order_id IS NOT NULL;
