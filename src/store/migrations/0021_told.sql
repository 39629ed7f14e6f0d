-- When one of KooGallery's own calls for the business was first answered with success: what is done here without a call,
-- KooGallery does not hear of. Milliseconds UTC.
ALTER TABLE message ADD COLUMN told_at INTEGER;

-- Of purchases and upgrades that were done already, as far as their attempts tell. KooGallery asks soon after 000004.
UPDATE message SET told_at = iif(
    EXISTS (SELECT 1 FROM attempt WHERE message_id = message.id),
    (SELECT min(coalesce(ended_at, started_at)) FROM attempt WHERE message_id = message.id AND result_code = '000000'
         AND (origin = 0 OR EXISTS (SELECT 1 FROM attempt WHERE message_id = message.id AND origin = 0
                                        AND result_code = '000004'))),
    received_at)
WHERE progress = 0 AND activity IN ('newInstance', 'upgradeInstance', 'upgrade', 'getLicense');

-- Orders that may be refunded or were. No window is shorter than a minute, so what was told at once is none of them.
CREATE INDEX message_at_risk ON message (world, received_at)
    WHERE activity IN ('newInstance', 'upgradeInstance', 'upgrade', 'getLicense') AND order_id IS NOT NULL
        AND (told_at IS NULL OR told_at - received_at >= 60000);
