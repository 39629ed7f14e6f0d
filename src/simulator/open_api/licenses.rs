//! 激活授权码: authorization codes are activated, one by one or many at once (KooGallery page zh-cn_topic_0070649244; codes of
//! zh-cn_topic_0070649195). A batch is refused whole where one of its codes cannot be activated.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{answer::ApiAnswer, api::Api, setup::Holder};
use crate::{
    protocol::{UnixMillis, id::LicenseCode},
    simulator::{
        ledger::{Ledger, OrderState},
        license::{License, LicenseState, NotActivated},
    },
};

const MAX_CODE: usize = 64;
const MAX_BATCH: usize = 100;

/// Whom and when a license API is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub(super) api: Api,
    pub(super) holder: Holder,
    pub(super) now: UnixMillis,
}

impl Asking {
    pub(super) fn answer(self, status: u16, code: &str, message: &str) -> ApiAnswer {
        ApiAnswer::of(self.api, status, code, message)
    }

    pub(super) fn success(self) -> ApiAnswer {
        self.answer(200, "92020000", "success")
    }

    pub(super) fn malformed(self, detail: &str) -> ApiAnswer {
        self.answer(400, "95000001", &format!("req param is invalid: {detail}"))
    }

    pub(super) fn not_found(self) -> ApiAnswer {
        self.answer(200, "92020005", "license code notexist")
    }

    pub(super) fn not_activated(self) -> ApiAnswer {
        self.answer(200, "92020011", "license code has been not activated.")
    }

    pub(super) fn invalid_in_batch(self) -> ApiAnswer {
        self.answer(200, "92020020", "Invalid license code exists.")
    }

    /// The body as JSON, and then as what it should be.
    pub(super) fn read<T: DeserializeOwned>(self, body: &[u8]) -> Result<T, ApiAnswer> {
        let value: Value =
            serde_json::from_slice(body).map_err(|_| self.answer(400, "95000004", "req message is not readable"))?;
        serde_json::from_value(value).map_err(|error| self.malformed(&error.to_string()))
    }

    pub(super) fn code(self, text: &str) -> Result<LicenseCode, ApiAnswer> {
        if text.is_empty() || text.chars().count() > MAX_CODE {
            return Err(self.malformed(&format!("a license has 1 to {MAX_CODE} characters")));
        }
        Ok(LicenseCode::new(text))
    }

    pub(super) fn codes(self, texts: &[String]) -> Result<Vec<LicenseCode>, ApiAnswer> {
        if texts.is_empty() || texts.len() > MAX_BATCH {
            return Err(self.malformed(&format!("license_list has 1 to {MAX_BATCH} entries")));
        }
        texts.iter().map(|text| self.code(text)).collect()
    }

    /// A code of the caller's own customers.
    pub(super) fn license<'a>(self, ledger: &'a Ledger, code: &LicenseCode) -> Option<&'a License> {
        ledger.licenses.get(code).filter(|_| self.holder == Holder::Seller)
    }

    fn effect_time(self, text: Option<&str>) -> Result<Option<UnixMillis>, ApiAnswer> {
        let Some(text) = text else { return Ok(None) };
        match UnixMillis::from_compact_utc(text) {
            Ok(time) if text.len() == 14 => Ok(Some(time)),
            _ => Err(self.malformed("real_effect_time is not of the form yyyyMMddHHmmss")),
        }
    }

    fn refusal(self, why: NotActivated) -> ApiAnswer {
        match why {
            NotActivated::NotReceived => self.answer(200, "92020004", &why.to_string()),
            NotActivated::IllegalState => self.answer(200, "92020003", &why.to_string()),
            NotActivated::BeforeTheOrder => self.answer(200, "92020002", "invalid param"),
        }
    }
}

#[derive(Deserialize)]
struct ActivateOne {
    license: String,
    real_effect_time: Option<String>,
}

/// Sent as a JSON text inside a string.
#[derive(Serialize)]
struct CodeInfo<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<String>,
    product_id: &'a str,
    amount: u32,
    order_id: &'a str,
}

pub(super) fn activate_one(ledger: &mut Ledger, asking: Asking, body: &[u8]) -> Result<ApiAnswer, ApiAnswer> {
    let request: ActivateOne = asking.read(body)?;
    let code = asking.code(&request.license)?;
    let effective = asking.effect_time(request.real_effect_time.as_deref())?;
    let license = asking.license(ledger, &code).ok_or_else(|| asking.not_found())?;
    license.can_activate(asking.now, effective).map_err(|why| asking.refusal(why))?;
    activate(ledger, asking, &code, effective)?;
    let license = asking.license(ledger, &code).ok_or_else(|| asking.not_found())?;
    let info = CodeInfo {
        status: license.state(asking.now).as_wire().unwrap_or_default(),
        expire_time: license.expire_time.map(UnixMillis::to_compact_utc),
        product_id: &license.product.product_id,
        amount: 1,
        order_id: license.order.order_id.as_str(),
    };
    Ok(asking.success().with("data", json!({ "license_code_info": json!(info).to_string() })))
}

#[derive(Deserialize)]
struct ActivateMany {
    license_list: Vec<String>,
    real_effect_time: Option<String>,
}

pub(super) fn activate_many(ledger: &mut Ledger, asking: Asking, body: &[u8]) -> Result<ApiAnswer, ApiAnswer> {
    let request: ActivateMany = asking.read(body)?;
    let codes = asking.codes(&request.license_list)?;
    let effective = asking.effect_time(request.real_effect_time.as_deref())?;
    let distinct: BTreeSet<&LicenseCode> = codes.iter().collect();
    let can = |code: &LicenseCode| {
        let license = asking.license(ledger, code).ok_or(NotActivated::IllegalState)?;
        license.can_activate(asking.now, effective)
    };
    match codes.iter().try_for_each(can) {
        Ok(()) if distinct.len() == codes.len() => {}
        Err(why @ NotActivated::BeforeTheOrder) => return Err(asking.refusal(why)),
        Ok(()) | Err(_) => return Err(asking.invalid_in_batch()),
    }
    for code in &codes {
        activate(ledger, asking, code, effective)?;
    }
    Ok(asking.success())
}

/// The supervision of an order is over once all of its codes are active.
fn activate(
    ledger: &mut Ledger,
    asking: Asking,
    code: &LicenseCode,
    effective: Option<UnixMillis>,
) -> Result<(), ApiAnswer> {
    let license = ledger.licenses.get_mut(code).ok_or_else(|| asking.not_found())?;
    license.activate(asking.now, effective).map_err(|why| asking.refusal(why))?;
    let order_id = license.order.order_id.clone();
    let waiting = |license: &License| {
        license.order.order_id == order_id
            && matches!(license.state(asking.now), LicenseState::Issued | LicenseState::Received)
    };
    if !ledger.licenses.values().any(waiting)
        && let Some(order) = ledger.orders.get_mut(&order_id)
    {
        order.state = OrderState::Fulfilled;
    }
    Ok(())
}
