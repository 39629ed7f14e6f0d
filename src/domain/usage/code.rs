//! What KooGallery says of a single record (话单级错误码), and whether sending it again can help.

use serde::{Deserialize, Serialize};

use crate::protocol::open_api::{ApiCode, CodeMeaning};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(from = "String", into = "String")]
pub enum RecordCode {
    #[error("KooGallery knows no such instance; check the instance id")]
    InstanceUnknown,
    #[error("a time of the record has not the form that KooGallery wants")]
    TimeFormat,
    #[error("KooGallery does not take the amount; it has to be greater than 0, with at most 4 decimals")]
    Usage,
    #[error("the record has no id of its own (metering_sn)")]
    MeteringSnMissing,
    #[error("another record has the same id (metering_sn)")]
    MeteringSnRepeated,
    #[error("the product of the instance was withdrawn from KooGallery; nothing more is billed for it")]
    ProductWithdrawn,
    #[error("the record came too late; its time is over")]
    Expired,
    #[error("the instance is another seller's; check the instance id, and for which seller the keys are")]
    OtherSeller,
    #[error("the record is there already; KooGallery takes each period of an instance once")]
    Duplicate,
    #[error(
        "the period of the record is outside of what KooGallery takes: in the instance's life, and not in the future"
    )]
    TimeRange,
    #[error("the instance is not billed by use; nothing can be reported for it")]
    NotPayPerUse,
    #[error(
        "the instance is in no state to be billed, such as frozen or released; send the record again once that is mended"
    )]
    InstanceState,
    /// Of the interface: no call with this record in it is taken.
    #[error("KooGallery takes no call with this record in it ({0}); check its values")]
    Call(String),
    #[error("KooGallery refused the record with the code {0}")]
    Unknown(String),
}

/// Whether it helps to send a record again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resend {
    /// It is there.
    NotNeeded,
    /// Once it was corrected.
    AfterCorrection,
    /// As it is, once the reason is gone.
    Later,
    Never,
}

impl RecordCode {
    /// With or without zeros before it; codes that no page tells of are kept as they are.
    pub fn from_wire(code: &str) -> Self {
        match code.trim().trim_start_matches('0') {
            "1" => Self::InstanceUnknown,
            "2" => Self::TimeFormat,
            "3" => Self::Usage,
            "4" => Self::MeteringSnMissing,
            "5" => Self::MeteringSnRepeated,
            "6" => Self::ProductWithdrawn,
            "7" => Self::Expired,
            "9" => Self::OtherSeller,
            "10" => Self::Duplicate,
            "11" => Self::TimeRange,
            "12" => Self::NotPayPerUse,
            "13" => Self::InstanceState,
            // Codes of records have three digits.
            _ if code.trim().len() > 3 => Self::Call(code.trim().to_owned()),
            _ => Self::Unknown(code.trim().to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::InstanceUnknown => "001",
            Self::TimeFormat => "002",
            Self::Usage => "003",
            Self::MeteringSnMissing => "004",
            Self::MeteringSnRepeated => "005",
            Self::ProductWithdrawn => "006",
            Self::Expired => "007",
            Self::OtherSeller => "009",
            Self::Duplicate => "010",
            Self::TimeRange => "011",
            Self::NotPayPerUse => "012",
            Self::InstanceState => "013",
            Self::Call(code) | Self::Unknown(code) => code,
        }
    }

    pub const fn resend(&self) -> Resend {
        match self {
            Self::Duplicate => Resend::NotNeeded,
            Self::InstanceUnknown
            | Self::TimeFormat
            | Self::Usage
            | Self::MeteringSnMissing
            | Self::MeteringSnRepeated
            | Self::OtherSeller
            | Self::TimeRange
            | Self::Call(_) => Resend::AfterCorrection,
            Self::InstanceState | Self::Unknown(_) => Resend::Later,
            Self::ProductWithdrawn | Self::Expired | Self::NotPayPerUse => Resend::Never,
        }
    }
}

/// What the refusal of a call with this record alone says of the record; `None` where it is about something else.
pub fn code_of_refusal(code: &str, message: &str) -> Option<RecordCode> {
    let told = ApiCode::new(code, message);
    if told.is_of_gateway() {
        return None;
    }
    match told.meaning() {
        CodeMeaning::InstanceUnknown => Some(RecordCode::InstanceUnknown),
        CodeMeaning::UsageInvalid => Some(RecordCode::Usage),
        CodeMeaning::UsageTooOld => Some(RecordCode::Expired),
        CodeMeaning::InvalidRequest => Some(RecordCode::Call(told.code)),
        // 0150 speaks of the instance, 0151 of the seller.
        CodeMeaning::NotAllowed if told.code.ends_with(".0150") => Some(RecordCode::OtherSeller),
        _ => None,
    }
}

impl From<String> for RecordCode {
    fn from(code: String) -> Self {
        Self::from_wire(&code)
    }
}

impl From<RecordCode> for String {
    fn from(code: RecordCode) -> Self {
        code.as_wire().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_code_is_known_and_says_whether_to_send_again() {
        use Resend::{AfterCorrection, Later, Never, NotNeeded};
        let table = [
            ("001", AfterCorrection),
            ("002", AfterCorrection),
            ("003", AfterCorrection),
            ("004", AfterCorrection),
            ("005", AfterCorrection),
            ("006", Never),
            ("007", Never),
            ("009", AfterCorrection),
            ("010", NotNeeded),
            ("011", AfterCorrection),
            ("012", Never),
            ("013", Later),
        ];
        for (wire, resend) in table {
            let code = RecordCode::from_wire(wire);
            assert!(!matches!(code, RecordCode::Unknown(_)), "{wire}");
            assert_eq!((code.as_wire(), code.resend()), (wire, resend));
            assert_eq!(RecordCode::from_wire(wire.trim_start_matches('0')), code);
        }
    }

    #[test]
    fn a_refused_call_says_something_of_its_records_or_nothing() {
        use RecordCode::{Call, Expired, InstanceUnknown, OtherSeller, Usage};
        for (code, expected) in [
            ("MKT.9001", Some(InstanceUnknown)),
            ("MKT.9002", Some(Usage)),
            ("MKT.9004", Some(Expired)),
            ("MKT.0100", Some(Call("MKT.0100".into()))),
            ("MKT.0199", Some(Call("MKT.0199".into()))),
            ("MKT.0150", Some(OtherSeller)),
            ("MKT.0151", None),
            ("MKT.0154", None),
            ("MKT.0250", None),
            ("MKT.9003", None),
            ("94060001", None),
            ("94060002", None),
            ("APIGW.0201", None),
            ("APIGW.0602", None),
        ] {
            assert_eq!(code_of_refusal(code, ""), expected, "{code}");
        }
    }

    #[test]
    fn other_codes_are_kept() {
        for (wire, expected) in [
            ("008", RecordCode::Unknown("008".into())),
            ("014", RecordCode::Unknown("014".into())),
            ("", RecordCode::Unknown(String::new())),
            ("MKT.0100", RecordCode::Call("MKT.0100".into())),
        ] {
            let code = RecordCode::from_wire(wire);
            assert_eq!(code, expected);
            assert_eq!(serde_json::from_value::<RecordCode>(serde_json::to_value(&code).unwrap()).unwrap(), code);
        }
    }
}
