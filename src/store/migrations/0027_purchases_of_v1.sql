-- V1 names the purchase's order with a release, and that made an unsubscription of the purchase. What KooGallery or a table
-- told of an order stays; where the purchase's own call is kept no more, nobody knows any more whether it was a trial.
-- Purchases are in no index by order: their keys begin with it.
UPDATE order_line SET order_type = (
    SELECT CASE WHEN attempt_raw.attempt_id IS NULL THEN NULL WHEN request_query LIKE '%trialFlag=1%' THEN 'TRIAL' ELSE 'NEW' END
    FROM message LEFT JOIN attempt ON attempt.message_id = message.id
        LEFT JOIN attempt_raw ON attempt_raw.attempt_id = attempt.id
    WHERE message.world = order_line.world AND message.key >= 'newInstance/' || order_line.order_id
        AND message.key < 'newInstance/' || order_line.order_id || '0' AND message.order_id = order_line.order_id
    ORDER BY attempt_raw.attempt_id DESC LIMIT 1)
WHERE order_type = 'UNSUBSCRIBE' AND queried_at IS NULL AND imported_at IS NULL
    AND EXISTS (SELECT 1 FROM message
                WHERE message.world = order_line.world AND message.key >= 'newInstance/' || order_line.order_id
                    AND message.key < 'newInstance/' || order_line.order_id || '0'
                    AND message.order_id = order_line.order_id AND message.wire = 'v1');
