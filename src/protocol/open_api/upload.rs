//! 字符串/文件流上传 (zh-cn_topic_0070649351): hands over the License that an application (`getLicenseAsync`) asked for.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{ApiBody, ApiRequest, GLOBAL, Method, OpenApi, Part, ReadError, Signing, encoded, read_object};
use crate::protocol::{Secret, id::EventId};

/// Longest License text, in characters.
pub const MAX_CHARACTERS: usize = 1024;
/// Longest name of a file, in characters.
pub const MAX_FILE_NAME: usize = 1024;
/// Longest file: the gateway takes 12 MB, and what is around the file needs a little of it.
pub const MAX_FILE: usize = 11 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub struct UploadLicense {
    pub event_id: EventId,
    pub content: UploadContent,
}

#[derive(Clone, PartialEq)]
pub enum UploadContent {
    /// At most [`MAX_CHARACTERS`].
    Characters(Secret),
    File {
        name: String,
        bytes: Vec<u8>,
    },
}

/// A License is a secret.
impl std::fmt::Debug for UploadContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Characters(_) => f.write_str("Characters(***)"),
            Self::File { name, bytes } => write!(f, "File({name}, {} bytes)", bytes.len()),
        }
    }
}

impl OpenApi for UploadLicense {
    type Answer = ();

    const NAME: &'static str = "market-event/file";
    const REPEATABLE: bool = false;

    fn request(&self) -> ApiRequest {
        let mut about = Map::new();
        let mut parts = Vec::new();
        match &self.content {
            UploadContent::Characters(text) => {
                about.insert("type".into(), json!("CHARACTERS"));
                about.insert("characters".into(), json!(text.expose()));
            }
            UploadContent::File { name, bytes } => {
                about.insert("type".into(), json!("FILE"));
                about.insert("file_name".into(), json!(name));
                about.insert("sha256".into(), json!(hex::encode(Sha256::digest(bytes))));
                parts.push(Part {
                    name: "file",
                    file_name: Some(name.clone()),
                    content_type: "multipart/form-data",
                    bytes: bytes.clone(),
                    secret: true,
                });
            }
        }
        parts.push(Part {
            name: "isvUpdateFileReq",
            file_name: None,
            content_type: "application/json",
            secret: about.contains_key("characters"),
            bytes: Value::Object(about).to_string().into_bytes(),
        });
        ApiRequest {
            method: Method::Post,
            path: format!("{GLOBAL}/v1/market-event/{}/file", encoded(self.event_id.as_str())),
            query: Vec::new(),
            body: ApiBody::Multipart(parts),
            signing: Signing::AkSk,
        }
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<(), ReadError> {
        read_object(body, "error_code", "error_msg").map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(content: UploadContent) -> Vec<Part> {
        let upload = UploadLicense { event_id: EventId::new("e-1"), content };
        assert!(upload.request().path.ends_with("/v1/market-event/e-1/file"));
        match upload.request().body {
            ApiBody::Multipart(parts) => parts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_goes_with_its_hash_and_a_text_without() {
        let parts = parts(UploadContent::File { name: "a.lic".into(), bytes: b"abc".to_vec() });
        let about: Value = serde_json::from_slice(&parts[1].bytes).unwrap();
        assert_eq!(about["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((about["type"].as_str(), about["file_name"].as_str()), (Some("FILE"), Some("a.lic")));
        assert_eq!(parts[0].bytes, b"abc");
    }

    #[test]
    fn an_event_id_is_one_part_of_the_path_whatever_it_holds() {
        let content = UploadContent::Characters(Secret::new("L"));
        let upload = UploadLicense { event_id: EventId::new("a/b?c#d e%2F事"), content };
        let path = upload.request().path;
        assert!(path.ends_with("/v1/market-event/a%2Fb%3Fc%23d%20e%252F%E4%BA%8B/file"), "{path}");
    }

    #[test]
    fn a_license_is_in_no_debug_text() {
        let content = UploadContent::Characters(Secret::new("L-SECRET"));
        assert!(!format!("{content:?}").contains("SECRET"));
        let parts = parts(content);
        assert_eq!(parts.len(), 1);
        assert!(parts[0].secret);
        assert_eq!(String::from_utf8_lossy(&parts[0].bytes), r#"{"type":"CHARACTERS","characters":"L-SECRET"}"#);
    }
}
