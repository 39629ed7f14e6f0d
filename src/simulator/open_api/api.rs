//! Which APIs there are, and where.

use serde::{Deserialize, Serialize};

const PREFIX: &str = "/api/mkp-openapi-public/global/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// 查询订单.
    OrderQuery,
    /// 激活授权码, one code.
    ActivateV1,
    ActivateV2,
    /// 查询授权码, one code.
    HeartbeatV1,
    HeartbeatV2,
    /// 授权码软件使用统计.
    SoftwareUsage,
    /// 按需使用量推送(新).
    UsagePush,
    /// 按需使用量推送(旧).
    UsagePushOld,
    /// 字符串/文件流上传.
    Upload,
}

/// Whether there is an API at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Api { api: Api, event_id: Option<String> },
    OtherMethod(Api),
    Nothing,
}

impl Api {
    pub(super) fn find(method: &str, path: &str) -> Found {
        let (api, event_id) = match path.strip_prefix(PREFIX) {
            Some("v1/order/query") => (Self::OrderQuery, None),
            Some("v1/license/activate") => (Self::ActivateV1, None),
            Some("v2/license/activate") => (Self::ActivateV2, None),
            Some("v1/license/heartbeat") => (Self::HeartbeatV1, None),
            Some("v2/license/heartbeat") => (Self::HeartbeatV2, None),
            Some("v2/license/software-usage-info") => (Self::SoftwareUsage, None),
            Some("v1/isv/usage-data") => (Self::UsagePush, None),
            None if path == "/rest/marketplace/v1/isv/usage-data" => (Self::UsagePushOld, None),
            Some(rest) => match rest.strip_prefix("v1/market-event/").and_then(|rest| rest.strip_suffix("/file")) {
                Some(event_id) if !event_id.contains('/') => (Self::Upload, Some(event_id.to_owned())),
                _ => return Found::Nothing,
            },
            None => return Found::Nothing,
        };
        let right = if api == Self::OrderQuery { "GET" } else { "POST" };
        if method == right { Found::Api { api, event_id } } else { Found::OtherMethod(api) }
    }

    /// As the control API and scenarios say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderQuery => "order-query",
            Self::ActivateV1 => "activate-v1",
            Self::ActivateV2 => "activate-v2",
            Self::HeartbeatV1 => "heartbeat-v1",
            Self::HeartbeatV2 => "heartbeat-v2",
            Self::SoftwareUsage => "software-usage",
            Self::UsagePush => "usage-push",
            Self::UsagePushOld => "usage-push-old",
            Self::Upload => "upload",
        }
    }

    pub(super) const fn is_license(self) -> bool {
        matches!(
            self,
            Self::ActivateV1 | Self::ActivateV2 | Self::HeartbeatV1 | Self::HeartbeatV2 | Self::SoftwareUsage
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_found_with_its_method_alone() {
        let found = |method, path: &str| Api::find(method, path);
        let of = |api| Found::Api { api, event_id: None };
        assert_eq!(found("GET", "/api/mkp-openapi-public/global/v1/order/query"), of(Api::OrderQuery));
        assert_eq!(found("POST", "/api/mkp-openapi-public/global/v2/license/activate"), of(Api::ActivateV2));
        assert_eq!(found("POST", "/rest/marketplace/v1/isv/usage-data"), of(Api::UsagePushOld));
        assert_eq!(
            found("POST", "/api/mkp-openapi-public/global/v1/market-event/e-1/file"),
            Found::Api { api: Api::Upload, event_id: Some("e-1".into()) }
        );
        assert_eq!(found("POST", "/api/mkp-openapi-public/global/v1/order/query"), Found::OtherMethod(Api::OrderQuery));
        for path in [
            "/",
            "/api/mkp-openapi-public/global/v1/order/query/",
            "/api/mkp-openapi-public/global/v1/market-event/e/1/file",
            "/api/mkp-openapi-public/global/rest/marketplace/v1/isv/usage-data",
            "/rest/marketplace/v1/isv/usage-data2",
        ] {
            assert_eq!(found("POST", path), Found::Nothing, "{path}");
        }
    }
}
