//! An answer of the gateway or of an API behind it, before it is sent. Each interface has its own names for code and message.

use serde_json::{Map, Value, json};

use super::api::Api;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiAnswer {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    names: Names,
    more: Vec<(&'static str, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// `error_code`, `error_msg`.
    Error,
    /// `resultCode`, `resultMsg`, of the order query.
    Result,
    /// As the first, with `request_id`.
    Gateway,
}

impl ApiAnswer {
    pub(super) fn of(api: Api, status: u16, code: &str, message: impl Into<String>) -> Self {
        let names = if api == Api::OrderQuery { Names::Result } else { Names::Error };
        Self { status, code: code.to_owned(), message: message.into(), names, more: vec![] }
    }

    pub(super) fn gateway(status: u16, number: &str, message: impl Into<String>) -> Self {
        let code = format!("APIGW.{number}");
        Self { status, code, message: message.into(), names: Names::Gateway, more: vec![] }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    pub(super) fn body(&self, request_id: &str) -> Vec<u8> {
        let (code, message) = match self.names {
            Names::Error | Names::Gateway => ("error_code", "error_msg"),
            Names::Result => ("resultCode", "resultMsg"),
        };
        let mut members = Map::new();
        members.insert(code.to_owned(), json!(self.code));
        members.insert(message.to_owned(), json!(self.message));
        if self.names == Names::Gateway {
            members.insert("request_id".to_owned(), json!(request_id));
        }
        members.extend(self.more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(members).to_string().into_bytes()
    }
}

/// Codes of the store itself, which several of its interfaces share (KooGallery page
/// productsdesc-bms_0dff4d8a9ede975f6674698a8064dbbe).
pub(super) mod store {
    use super::{Api, ApiAnswer};

    pub(in super::super) fn success(api: Api) -> ApiAnswer {
        ApiAnswer::of(api, 200, "MKT.0000", "Success")
    }

    /// Out of range or malformed.
    pub(in super::super) fn out_of_range(api: Api, detail: &str) -> ApiAnswer {
        ApiAnswer::of(api, 500, "MKT.0100", format!("Failure of input parameter: {detail}"))
    }

    /// Undefined or missing.
    pub(in super::super) fn invalid(api: Api, detail: &str) -> ApiAnswer {
        ApiAnswer::of(api, 400, "MKT.0101", format!("Invalid parameter: {detail}"))
    }

    pub(in super::super) fn illegal_operation(api: Api) -> ApiAnswer {
        ApiAnswer::of(api, 401, "MKT.0150", "Illegal operation")
    }

    pub(in super::super) fn no_authority(api: Api) -> ApiAnswer {
        ApiAnswer::of(api, 401, "MKT.0151", "No authority")
    }

    pub(in super::super) fn too_often(api: Api) -> ApiAnswer {
        ApiAnswer::of(api, 406, "MKT.0250", "Access frequency overlimit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_interface_has_its_names() {
        let text = |answer: &ApiAnswer| String::from_utf8(answer.body("r-1")).unwrap();
        assert_eq!(text(&store::success(Api::OrderQuery)), r#"{"resultCode":"MKT.0000","resultMsg":"Success"}"#);
        assert_eq!(text(&store::success(Api::UsagePush)), r#"{"error_code":"MKT.0000","error_msg":"Success"}"#);
        assert_eq!(
            text(&ApiAnswer::gateway(404, "0101", "The API does not exist.")),
            r#"{"error_code":"APIGW.0101","error_msg":"The API does not exist.","request_id":"r-1"}"#
        );
    }
}
