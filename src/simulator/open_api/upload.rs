//! 字符串/文件流上传: a License is handed in for an application (KooGallery pages zh-cn_topic_0070649351,
//! zh-cn_topic_0070649352). The page's sample leaves `file_name` out and sends `characters` beside a file, so both are taken.

use axum::{
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use serde::Deserialize;

use super::{answer::ApiAnswer, api::Api, setup::Holder};
use crate::{
    protocol::{id::EventId, signature::mac::sha256_hex},
    simulator::{
        applications::{ApplicationState, Delivered},
        ledger::{InstanceStatus, Ledger},
    },
};

const API: Api = Api::Upload;
const MAX_TEXT: usize = 1024;
const MAX_EVENT: usize = 64;

#[derive(Deserialize)]
struct UpdateFileReq {
    #[serde(rename = "type")]
    kind: String,
    file_name: Option<String>,
    sha256: Option<String>,
    characters: Option<String>,
}

struct File {
    name: Option<String>,
    content: Vec<u8>,
}

/// The parts of the form, checked against each other.
pub(super) async fn read(headers: &HeaderMap, body: Bytes) -> Result<Delivered, ApiAnswer> {
    let mut request = Request::new(Body::from(body));
    if let Some(content_type) = headers.get(CONTENT_TYPE) {
        request.headers_mut().insert(CONTENT_TYPE, content_type.clone());
    }
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| invalid(&error.body_text()))?;
    let (mut asked, mut file) = (None::<UpdateFileReq>, None::<File>);
    while let Some(field) = form.next_field().await.map_err(|error| invalid(&error.body_text()))? {
        let part = field.name().unwrap_or_default().to_owned();
        let name = field.file_name().map(str::to_owned);
        let content = field.bytes().await.map_err(|error| invalid(&error.body_text()))?;
        match part.as_str() {
            "isvUpdateFileReq" => {
                asked = Some(serde_json::from_slice(&content).map_err(|error| invalid(&error.to_string()))?);
            }
            "file" => file = Some(File { name, content: content.to_vec() }),
            _ => return Err(invalid(&format!("the part {part} is not defined"))),
        }
    }
    let asked = asked.ok_or_else(|| invalid("isvUpdateFileReq is missing"))?;
    let texts = [&asked.file_name, &asked.sha256, &asked.characters];
    if texts.into_iter().flatten().any(|text| text.chars().count() > MAX_TEXT) {
        return Err(invalid(&format!("a text is longer than {MAX_TEXT}")));
    }
    match asked.kind.as_str() {
        "CHARACTERS" => {
            let characters = asked.characters.filter(|text| !text.trim().is_empty());
            characters.map(Delivered::Characters).ok_or_else(invalid_license)
        }
        "FILE" => {
            let file = file.ok_or_else(|| invalid("file is missing"))?;
            let told = asked.sha256.ok_or_else(|| invalid("sha256 is missing"))?;
            let sha256 = sha256_hex(&file.content);
            if !told.eq_ignore_ascii_case(&sha256) {
                return Err(invalid("sha256 is not the file's"));
            }
            if file.content.is_empty() {
                return Err(invalid_license());
            }
            let file_name = asked.file_name.or(file.name).filter(|name| !name.is_empty());
            let file_name = file_name.ok_or_else(|| invalid("file_name is missing"))?;
            Ok(Delivered::File { file_name, content: file.content, sha256 })
        }
        other => Err(invalid(&format!("type is CHARACTERS or FILE, not {other}"))),
    }
}

/// The same License may come twice; another one may not.
pub(super) fn deliver(ledger: &mut Ledger, holder: Holder, event_id: &str, license: Delivered) -> ApiAnswer {
    let refused = |code, message| ApiAnswer::of(API, 200, code, message);
    if event_id.is_empty() || event_id.chars().count() > MAX_EVENT {
        return invalid("event_id");
    }
    if holder != Holder::Seller {
        return ApiAnswer::of(API, 403, "CBC.0150", "Illegal operation");
    }
    let Some(application) = ledger.applications.get_mut(&EventId::new(event_id)) else {
        return refused("91381034", "license apply invalid");
    };
    let instance = ledger.instances.get(&application.instance_id);
    if instance.is_none_or(|instance| instance.status == InstanceStatus::Released) {
        return refused("91381033", "License resource invalid");
    }
    match &application.state {
        ApplicationState::Denied => return refused("91381038", "License apply has been denied."),
        ApplicationState::Delivered(earlier) if *earlier != license => {
            return refused("91381034", "license apply invalid");
        }
        ApplicationState::Waiting | ApplicationState::Delivered(_) => {}
    }
    application.state = ApplicationState::Delivered(license);
    ApiAnswer::of(API, 200, "CBC.0000", "Success")
}

fn invalid(detail: &str) -> ApiAnswer {
    ApiAnswer::of(API, 400, "CBC.0101", format!("Invalid parameter: {detail}"))
}

fn invalid_license() -> ApiAnswer {
    ApiAnswer::of(API, 200, "91381037", "Invalid license format.")
}
