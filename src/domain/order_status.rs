//! 订单状态 and what is known of an order's payment: as the console's tables write them, and what they mean for everything that is
//! worked out from orders. Words that are not known survive.

mod books;

pub use self::books::{ListedOrder, StatusBooks};
use super::Order;

/// 订单状态. The order list's own table tells of 处理中 and 已完成; the others are those of the buyer's 我的订单.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// 处理中: paid, and not opened or not delivered.
    Processing,
    /// 已完成: opened, or accepted where it is supervised.
    Completed,
    /// 待审核.
    UnderReview,
    /// 待支付.
    Unpaid,
    /// 已取消.
    Cancelled,
    Other(String),
}

impl OrderStatus {
    /// Those that have a name.
    pub const KNOWN: [Self; 5] = [Self::Processing, Self::Completed, Self::UnderReview, Self::Unpaid, Self::Cancelled];

    pub fn from_word(word: &str) -> Self {
        let word = word.trim();
        match word.to_lowercase().as_str() {
            "处理中" | "processing" | "in progress" => Self::Processing,
            "已完成" | "completed" | "complete" => Self::Completed,
            "待审核" | "under-review" | "under review" | "pending review" | "pending approval" => Self::UnderReview,
            "待支付" | "待付款" | "未支付" | "unpaid" | "pending payment" => Self::Unpaid,
            "已取消" | "cancelled" | "canceled" => Self::Cancelled,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The console's word.
    pub fn word(&self) -> &str {
        match self {
            Self::Processing => "处理中",
            Self::Completed => "已完成",
            Self::UnderReview => "待审核",
            Self::Unpaid => "待支付",
            Self::Cancelled => "已取消",
            Self::Other(word) => word,
        }
    }

    /// For scripts.
    pub fn name(&self) -> &str {
        match self {
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::UnderReview => "under-review",
            Self::Unpaid => "unpaid",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word,
        }
    }
}

/// 付费状态 or 客户还款状态 of 交易明细, as a table writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaymentStatus(String);

impl PaymentStatus {
    pub fn from_word(word: &str) -> Self {
        Self(word.trim().to_owned())
    }

    pub fn word(&self) -> &str {
        &self.0
    }

    /// Nothing is owed. 已完成 alone is documented; every other word that does not say so is not taken for it.
    pub fn is_settled(&self) -> bool {
        matches!(
            self.0.to_lowercase().as_str(),
            "已完成"
                | "已支付"
                | "已付费"
                | "已付款"
                | "已还款"
                | "已还清"
                | "已结清"
                | "不涉及"
                | "无需还款"
                | "completed"
                | "paid"
                | "repaid"
                | "settled"
        )
    }
}

/// 服务监管状态, as a table writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldSupervision {
    /// 不涉及.
    None,
    UnderWay,
    /// 已完成.
    Done,
}

/// Why an order that a table tells of is none that anybody bought by, or none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Void {
    Cancelled,
    Unpaid,
    UnderReview,
}

impl Order {
    pub fn told_supervision(&self) -> Option<ToldSupervision> {
        match self.supervision_status.as_deref().map(str::trim)? {
            "" => None,
            "不涉及" => Some(ToldSupervision::None),
            "已完成" => Some(ToldSupervision::Done),
            _ => Some(ToldSupervision::UnderWay),
        }
    }

    /// KooGallery calls for what is paid and approved: a table that says otherwise is of an earlier day.
    pub fn void(&self) -> Option<Void> {
        let called = self.called_at.is_some();
        match self.order_status.as_ref()? {
            OrderStatus::Cancelled => Some(Void::Cancelled),
            OrderStatus::Unpaid if !called => Some(Void::Unpaid),
            OrderStatus::UnderReview if !called => Some(Void::UnderReview),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::World,
        protocol::{
            UnixMillis,
            id::{OrderId, OrderLine, OrderLineId},
        },
    };

    #[test]
    fn every_status_is_read_from_its_word_and_its_name() {
        for status in OrderStatus::KNOWN {
            assert_eq!(OrderStatus::from_word(status.word()), status);
            assert_eq!(OrderStatus::from_word(&format!(" {} ", status.name())), status);
        }
        assert_eq!(OrderStatus::from_word("退款中").word(), "退款中", "what is not known survives");
    }

    #[test]
    fn an_order_that_was_called_for_was_paid_and_approved() {
        let line = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("") };
        let order = Order::new(World::Live, line, UnixMillis(1));
        for (word, called, void) in [
            ("已取消", false, Some(Void::Cancelled)),
            ("已取消", true, Some(Void::Cancelled)),
            ("待支付", false, Some(Void::Unpaid)),
            ("待支付", true, None),
            ("待审核", false, Some(Void::UnderReview)),
            ("待审核", true, None),
            ("处理中", false, None),
            ("已完成", false, None),
            ("退款中", false, None),
        ] {
            let told = Order {
                order_status: Some(OrderStatus::from_word(word)),
                called_at: called.then_some(UnixMillis(2)),
                ..order.clone()
            };
            assert_eq!(told.void(), void, "{word} {called}");
        }
    }

    #[test]
    fn only_what_says_so_is_settled() {
        for (word, settled) in [("已完成", true), ("不涉及", true), ("未完成", false), ("部分还款", false), ("", false)]
        {
            assert_eq!(PaymentStatus::from_word(word).is_settled(), settled, "{word}");
        }
    }
}
