//! Access data made from a template: `{instanceId}`, `{orderId}` and `{orderLineId}` are replaced. Pure.

use crate::protocol::{
    Secret,
    callback::AppInfo,
    id::{InstanceId, OrderLine},
};

/// Fills in every text of `template`.
pub fn render(template: &AppInfo, instance_id: &InstanceId, order: &OrderLine) -> AppInfo {
    let fill = |text: &str| {
        text.replace("{instanceId}", instance_id.as_str())
            .replace("{orderLineId}", order.order_line_id.as_str())
            .replace("{orderId}", order.order_id.as_str())
    };
    AppInfo {
        front_end_url: fill(&template.front_end_url),
        admin_url: template.admin_url.as_deref().map(fill),
        user_name: template.user_name.as_deref().map(fill),
        password: template.password.as_ref().map(|password| Secret::new(fill(password.expose()))),
        memo: template.memo.as_deref().map(fill),
        license: template.license.as_ref().map(|license| Secret::new(fill(license.expose()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{OrderId, OrderLineId};

    #[test]
    fn every_placeholder_is_replaced_wherever_it_stands() {
        let template = AppInfo {
            front_end_url: "https://app.example.com/{instanceId}?order={orderId}".into(),
            memo: Some("{orderLineId} {unknown}".into()),
            ..AppInfo::default()
        };
        let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") };
        let app_info = render(&template, &InstanceId::new("i-1"), &order);
        assert_eq!(app_info.front_end_url, "https://app.example.com/i-1?order=CS1");
        assert_eq!(app_info.memo.as_deref(), Some("CS1-000001 {unknown}"));
    }
}
