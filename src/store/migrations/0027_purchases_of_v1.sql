-- V1 names the purchase's order with a release, and that made an unsubscription of the purchase. What KooGallery or a table
-- told of an order stays.
UPDATE order_line SET order_type = iif(
    EXISTS (SELECT 1 FROM message JOIN attempt ON attempt.message_id = message.id
                JOIN attempt_raw ON attempt_raw.attempt_id = attempt.id
            WHERE message.world = order_line.world AND message.order_id = order_line.order_id
                AND message.activity = 'newInstance' AND attempt_raw.request_query LIKE '%trialFlag=1%'),
    'TRIAL', 'NEW')
WHERE order_type = 'UNSUBSCRIBE' AND queried_at IS NULL AND imported_at IS NULL
    AND EXISTS (SELECT 1 FROM message WHERE message.world = order_line.world AND message.order_id = order_line.order_id
                    AND message.wire = 'v1' AND message.activity = 'newInstance');
