-- 付费状态 and 客户还款状态, which no interface tells: as the console's 交易明细 has them.
ALTER TABLE order_line ADD COLUMN payment_status TEXT;
ALTER TABLE order_line ADD COLUMN repayment_status TEXT;
