//! 订单状态 where no table tells it: from the call's result and the order's supervision, as the order list's own table defines it.

use std::collections::{HashMap, HashSet};

use super::{OrderStatus, ToldSupervision, Void};
use crate::{
    domain::{
        Order,
        settlement::{TermsTable, is_supervised},
        supervision::{STATUS_MILLIS, SupervisionFacts},
    },
    protocol::{UnixMillis, id::OrderId, open_api::order::OrderType},
};

/// An order line with its status; `None` where nothing tells.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedOrder {
    pub order: Order,
    pub status: Option<OrderStatus>,
}

/// What statuses follow from beside the orders.
#[derive(Clone, Debug, Default)]
pub struct StatusBooks {
    /// Orders whose call is not done.
    pub under_way: HashSet<OrderId>,
    pub supervision: HashMap<OrderId, SupervisionFacts>,
    pub terms: TermsTable,
}

impl StatusBooks {
    /// What calls and supervision tell outweighs a table, which is of an earlier day; what a table alone can tell holds.
    pub fn status(&self, order: &Order, now: UnixMillis) -> Option<OrderStatus> {
        let told = order.order_status.clone();
        match (order.void(), &told) {
            (Some(Void::Cancelled), _) => return Some(OrderStatus::Cancelled),
            (Some(Void::Unpaid), _) => return Some(OrderStatus::Unpaid),
            (Some(Void::UnderReview), _) => return Some(OrderStatus::UnderReview),
            (None, Some(OrderStatus::Other(_))) => return told,
            (None, _) => {}
        }
        let id = &order.order.order_id;
        let under_way = self.under_way.contains(id);
        let facts = self.supervision.get(id);
        let accepted = facts.and_then(|facts| facts.accepted_at);
        let terms = self.terms.of(order.product_id.as_deref(), order.sku_code.as_deref());
        // What was paid or approved since a table told otherwise says no more than that.
        let told = told.filter(|told| matches!(told, OrderStatus::Processing | OrderStatus::Completed));
        let opens = !matches!(order.order_type, Some(OrderType::Renew | OrderType::Change | OrderType::Unsubscribe));
        if opens && is_supervised(order, facts, terms.as_ref()) {
            return match (accepted, facts.is_some(), order.told_supervision()) {
                (Some(at), ..) if at.plus_millis(STATUS_MILLIS) <= now => Some(OrderStatus::Completed),
                (_, true, _) | (None, false, Some(ToldSupervision::UnderWay)) => Some(OrderStatus::Processing),
                (None, false, Some(ToldSupervision::Done)) => Some(OrderStatus::Completed),
                _ if under_way => Some(OrderStatus::Processing),
                _ => told.or_else(|| order.called_at.map(|_| OrderStatus::Processing)),
            };
        }
        match order.called_at {
            _ if under_way => Some(OrderStatus::Processing),
            Some(_) => Some(OrderStatus::Completed),
            None => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            World,
            settlement::{ProductType, Terms},
        },
        protocol::id::{OrderLine, OrderLineId},
    };

    const HOUR: i64 = 3_600_000;
    const CALLED: UnixMillis = UnixMillis(1_000 * HOUR);

    fn order() -> Order {
        let line = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-1") };
        Order {
            order_type: Some(OrderType::New),
            product_id: Some("P".to_owned()),
            ..Order::new(World::Live, line, CALLED)
        }
    }

    fn accepted(hours_ago: i64) -> SupervisionFacts {
        SupervisionFacts { accepted_at: Some(CALLED.plus_millis(-hours_ago * HOUR)), ..SupervisionFacts::default() }
    }

    /// The order list's table 订单状态: 处理中 until the interface has answered with success or supervision is done, and 已完成 then.
    #[test]
    fn the_status_follows_from_the_call_and_the_supervision() {
        use OrderStatus::{Completed, Processing};
        let license = || TermsTable::new([Terms { product_type: Some(ProductType::License), ..Terms::new("P") }]);
        for (what, called, under_way, facts, terms, told, told_supervision, status) in [
            ("nothing is known", false, false, None, None, None, None, None),
            ("its call is open", true, true, None, None, None, None, Some(Processing)),
            ("its call is done", true, false, None, None, None, None, Some(Completed)),
            ("the call outweighs a table", true, false, None, None, Some("处理中"), None, Some(Completed)),
            ("a table alone", false, false, None, None, Some("处理中"), None, Some(Processing)),
            ("noted, not accepted", true, false, Some(SupervisionFacts::default()), None, None, None, Some(Processing)),
            ("accepted two hours ago", true, false, Some(accepted(2)), None, None, None, Some(Processing)),
            ("accepted three hours ago", true, false, Some(accepted(3)), None, None, None, Some(Completed)),
            ("accepted, delivered by hand", true, true, Some(accepted(9)), None, None, None, Some(Completed)),
            ("by its type, its call open", true, true, None, Some(license()), None, None, Some(Processing)),
            ("supervised by its type", true, false, None, Some(license()), None, None, Some(Processing)),
            ("and a table tells more", true, false, None, Some(license()), None, Some("已完成"), Some(Completed)),
            ("supervised, and unknown", false, false, None, Some(license()), None, None, None),
            ("不涉及 takes it out", true, false, None, Some(license()), None, Some("不涉及"), Some(Completed)),
            ("paid since the table", true, false, None, None, Some("待支付"), None, Some(Completed)),
            ("not paid", false, false, None, None, Some("待支付"), None, Some(OrderStatus::Unpaid)),
            ("cancelled", true, false, None, None, Some("已取消"), None, Some(OrderStatus::Cancelled)),
            ("its own word", true, false, None, None, Some("退款中"), None, Some(OrderStatus::Other("退款中".into()))),
        ] {
            let books = StatusBooks {
                under_way: under_way.then(|| OrderId::new("CS1")).into_iter().collect(),
                supervision: facts.into_iter().map(|facts| (OrderId::new("CS1"), facts)).collect(),
                terms: terms.unwrap_or_default(),
            };
            let order = Order {
                called_at: called.then_some(CALLED),
                order_status: told.map(OrderStatus::from_word),
                supervision_status: told_supervision.map(str::to_owned),
                ..order()
            };
            assert_eq!(books.status(&order, CALLED), status, "{what}");
        }
    }

    #[test]
    fn renewals_of_supervised_orders_are_not_supervised() {
        let terms = TermsTable::new([Terms { product_type: Some(ProductType::License), ..Terms::new("P") }]);
        let books = StatusBooks { terms, ..StatusBooks::default() };
        let renewal = Order { order_type: Some(OrderType::Renew), called_at: Some(CALLED), ..order() };
        assert_eq!(books.status(&renewal, CALLED), Some(OrderStatus::Completed));
    }
}
