//! 100,000 orders and 1,000 limits, put together and reviewed in memory; reading them from the file comes on top. `BENCH_ORDERS`
//! and `BENCH_LIMITS` change how many.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark says what is wrong by failing")]

use std::{collections::HashMap, time::Instant};

use sellerdesk::{
    domain::{
        Order, World,
        limit::{Limit, LimitKey, LimitPolicy, Question, Times, purchases, review},
        supervision::OrderEnd,
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderId, OrderLine, OrderLineId},
        open_api::order::{ChargingMode, OrderType},
    },
};

const DAY: i64 = 86_400_000;

fn main() {
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let orders: Vec<Order> = (0..number("BENCH_ORDERS", 100_000)).map(order).collect();
    let limits: Vec<Limit> = (0..number("BENCH_LIMITS", 1_000)).map(limit).collect();
    let mut best: Option<(f64, f64)> = None;
    for _ in 0..5 {
        let begun = Instant::now();
        let purchases = purchases(&orders, &HashMap::new(), &|_| false, &OrderEnd::indicated);
        let assembled = begun.elapsed().as_secs_f64();
        let question = Question { customer_id: None, what_if: Some(3) };
        let reviewed = review(&purchases, &limits, LimitPolicy::default(), question, UnixMillis(400 * DAY));
        let whole = begun.elapsed().as_secs_f64();
        assert!(!reviewed.rows.is_empty());
        println!("{} rows: put together {assembled:.3} s, with the review {whole:.3} s", reviewed.rows.len());
        if best.is_none_or(|(_, known)| whole < known) {
            best = Some((assembled, whole));
        }
    }
    let (_, whole) = best.unwrap();
    println!("{} orders, {} limits: {whole:.3} s at best", orders.len(), limits.len());
    assert!(whole < 1.0, "a review may take a second");
}

/// 250 products with 4 specifications, a renewal or an unsubscription now and then, one customer who buys most.
fn order(number: usize) -> Order {
    let id = format!("CS{number:08}");
    let (order_type, of) = match number % 10 {
        8 => (OrderType::Renew, number - 1),
        9 => (OrderType::Unsubscribe, number - 2),
        _ => (OrderType::New, number),
    };
    let placed = i64::try_from(number % 390).unwrap() * DAY;
    let line = OrderLine { order_id: OrderId::new(&*id), order_line_id: OrderLineId::new(format!("{id}-000001")) };
    let customer = if number.is_multiple_of(3) { 0 } else { of % 5_000 };
    Order {
        order_type: Some(order_type),
        charging_mode: Some(ChargingMode::Period),
        create_time: Some(UnixMillis(placed)),
        expire_time: Some(UnixMillis(placed + 100 * DAY)),
        product_id: Some(format!("OFFI{}", of % 250)),
        sku_code: Some(format!("sku-{}", of / 250 % 4)),
        quantity: Some(2),
        customer_id: Some(format!("customer-{customer}")),
        instance_id: Some(InstanceId::new(format!("i-{of}"))),
        ..Order::new(World::Live, line, UnixMillis(placed))
    }
}

fn limit(number: usize) -> Limit {
    let sku_code = Some(format!("sku-{}", number / 250 % 4));
    let key = LimitKey { product_id: format!("OFFI{}", number % 250), sku_code };
    let times = Times::ALL[number % 3];
    Limit { key, times, quantity: Some(5) }
}
