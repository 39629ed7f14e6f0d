//! What an order's type, status, charging mode and period are called.

use egui::Color32;

use crate::{
    domain::OrderStatus,
    protocol::open_api::order::{ChargingMode, OrderType},
    ui::{text, texts::Texts, theme::Palette},
};

impl Palette {
    pub(in crate::ui) const fn of_order_status(&self, status: &OrderStatus) -> Color32 {
        match status {
            OrderStatus::Completed => self.good,
            OrderStatus::Processing => self.busy,
            OrderStatus::UnderReview | OrderStatus::Unpaid => self.warn,
            OrderStatus::Cancelled | OrderStatus::Other(_) => self.muted,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn order_type(&self, kind: &OrderType) -> String {
        match kind {
            OrderType::New => text!(self, "order-type-new"),
            OrderType::Trial => text!(self, "order-type-trial"),
            OrderType::TrialToFormal => text!(self, "order-type-trial-to-formal"),
            OrderType::Unsubscribe => text!(self, "order-type-unsubscribe"),
            OrderType::Renew => text!(self, "order-type-renew"),
            OrderType::Change => text!(self, "order-type-change"),
            OrderType::Unknown(word) => word.clone(),
        }
    }

    pub(in crate::ui) fn period(&self, number: i64, kind: &str) -> String {
        match kind {
            "year" => text!(self, "period-years", count = number),
            "month" => text!(self, "period-months", count = number),
            "day" => text!(self, "period-days", count = number),
            other => format!("{number} {other}"),
        }
    }

    pub(in crate::ui) fn charging_mode(&self, mode: &ChargingMode) -> String {
        match mode {
            ChargingMode::OnDemand => text!(self, "charging-mode-on-demand"),
            ChargingMode::OneTime => text!(self, "charging-mode-one-time"),
            ChargingMode::Period => text!(self, "charging-mode-period"),
            ChargingMode::OnDemandPackage => text!(self, "charging-mode-package"),
            ChargingMode::Unknown(word) => word.clone(),
        }
    }

    pub(in crate::ui) fn order_status(&self, status: &OrderStatus) -> String {
        match status {
            OrderStatus::Processing => text!(self, "order-status-processing"),
            OrderStatus::Completed => text!(self, "order-status-completed"),
            OrderStatus::UnderReview => text!(self, "order-status-under-review"),
            OrderStatus::Unpaid => text!(self, "order-status-unpaid"),
            OrderStatus::Cancelled => text!(self, "order-status-cancelled"),
            OrderStatus::Other(word) => word.clone(),
        }
    }
}
