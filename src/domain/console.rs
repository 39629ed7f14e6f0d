//! The console's pages to which only the seller can go: how each is reached by its menu, and its address as far as a public
//! page names it. The menus were renamed more than once; these are the newest names.

use crate::protocol::site::Site;

/// The address to which the pages send who wants orders called for again.
pub const PARTNER_MAIL: &str = "partner@huaweicloud.com";

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsolePage {
    ProductionMessages,
    ProductionAddresses,
    InterfaceDebugging,
    AccessKeys,
    Orders,
    Unsubscriptions,
    ServiceSupervision,
    PurchaseLimits,
    SalesTargets,
    Trials,
    Products,
    Applications,
    Vouchers,
    Reviews,
    Support,
    Transactions,
    Bills,
}

/// Where a page is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsoleAddress {
    pub url: &'static str,
    /// Else it opens the console, and the menu leads on.
    pub exact: bool,
}

/// The one address that a page names (zh-cn_topic_0000001297828992).
const PRODUCTION_MESSAGES: &str = "https://console.huaweicloud.com/marketplace/isv/#/console/produceMsg";
/// What is before it: the seller console itself.
const SELLER_CONSOLE: &str = "https://console.huaweicloud.com/marketplace/isv/";

impl ConsolePage {
    pub const ALL: [Self; 17] = [
        Self::ProductionMessages,
        Self::ProductionAddresses,
        Self::InterfaceDebugging,
        Self::AccessKeys,
        Self::Orders,
        Self::Unsubscriptions,
        Self::ServiceSupervision,
        Self::PurchaseLimits,
        Self::SalesTargets,
        Self::Trials,
        Self::Products,
        Self::Applications,
        Self::Vouchers,
        Self::Reviews,
        Self::Support,
        Self::Transactions,
        Self::Bills,
    ];

    /// The way to it, in the console's words.
    pub const fn menu(self) -> &'static str {
        match self {
            Self::ProductionMessages => "应用接入 > 生产接口消息",
            Self::ProductionAddresses => "应用接入管理 > 生产地址管理",
            Self::InterfaceDebugging => "应用接入 > 应用接入调试",
            Self::AccessKeys => "应用接入 > 密钥管理",
            Self::Orders => "订单管理 > 订单列表",
            Self::Unsubscriptions => "订单管理 > 退订管理",
            Self::ServiceSupervision => "交付管理 > 服务监管",
            Self::PurchaseLimits => "销售管理 > 销售配置管理 > 限购配置",
            Self::SalesTargets => "销售管理 > 销售配置管理 > 销售对象管理",
            Self::Trials => "销售管理 > 销售配置管理 > SaaS类商品试用配置",
            Self::Products => "商品管理 > 我的商品",
            Self::Applications => "商品管理 > 我的申请",
            Self::Vouchers => "销售管理 > 代金券管理",
            Self::Reviews => "订单管理 > 评价管理",
            Self::Support => "商家管理 > 服务与支持",
            Self::Transactions => "结算管理 > 交易明细管理",
            Self::Bills => "结算管理 > 账单管理",
        }
    }

    /// `None` where no page names one for the site.
    pub const fn address(self, site: Site) -> Option<ConsoleAddress> {
        match (site, self) {
            (Site::China, Self::ProductionMessages) => Some(ConsoleAddress { url: PRODUCTION_MESSAGES, exact: true }),
            (Site::China, _) => Some(ConsoleAddress { url: SELLER_CONSOLE, exact: false }),
            (Site::International | Site::Europe, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_led_to_and_one_address_alone_is_documented() {
        for page in ConsolePage::ALL {
            assert!(page.menu().contains(" > "));
            let address = page.address(Site::China).unwrap();
            assert!(address.url.starts_with(SELLER_CONSOLE));
            assert_eq!(address.exact, page == ConsolePage::ProductionMessages, "{page:?}");
            assert_eq!(page.address(Site::Europe), None, "nothing is made up");
        }
    }
}
