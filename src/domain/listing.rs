//! What a list asks for: which rows, in which order. Rows themselves are fetched by id as they come into sight.

use super::{OrderStatus, World};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MessageQuery {
    pub world: World,
    pub filter: MessageFilter,
    /// Order, order line or instance id, or a piece of any text of the message; empty for all.
    pub search: String,
    pub order: MessageOrder,
    pub ascending: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MessageFilter {
    Failing,
    InProgress,
    #[default]
    All,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MessageOrder {
    #[default]
    ReceivedAt,
    LastAttemptAt,
    Activity,
    OrderId,
    State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InstanceQuery {
    pub world: World,
    pub search: String,
    pub order: InstanceOrder,
    pub ascending: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LicenseQuery {
    pub world: World,
    /// A code, an order or a product, or a piece of one; empty for all.
    pub search: String,
    pub order: LicenseOrder,
    pub ascending: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UsageQuery {
    pub world: World,
    /// Leaves out what was taken and what was discarded.
    pub unsent: bool,
    /// A record, an instance, a product or a state, or a piece of one; empty for all.
    pub search: String,
    pub order: UsageOrder,
    pub ascending: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UsageOrder {
    #[default]
    EnteredAt,
    Instance,
    BeginTime,
    State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderQuery {
    pub world: World,
    /// An order, a product, a customer or an instance, or a piece of one; empty for all.
    pub search: String,
    /// Of this status alone.
    pub status: Option<OrderStatus>,
    pub order: OrderOrder,
    pub ascending: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderOrder {
    #[default]
    CreatedAt,
    OrderId,
    OrderType,
    Product,
    Customer,
    ExpireTime,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LicenseOrder {
    #[default]
    CreatedAt,
    License,
    Status,
    ExpireTime,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InstanceOrder {
    #[default]
    CreatedAt,
    OrderId,
    Status,
    ExpireTime,
}
