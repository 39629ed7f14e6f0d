//! The canonical request of `SDK-HMAC-SHA256`, part by part (API signing guide api-sign-0003). Knows no key.

use std::fmt::Write as _;

use super::{Request, SdkHmacError};

/// The six parts, joined by line feeds. `names` are lower-case names of the headers to sign, in the order to be written.
pub(super) fn request(request: &Request<'_>, names: &[String], payload: &str) -> Result<String, SdkHmacError> {
    if request.method.is_empty() || !request.method.bytes().all(is_token) {
        return Err(SdkHmacError::MalformedMethod(clip(request.method)));
    }
    let mut text = format!(
        "{}\n{}\n{}\n",
        request.method.to_ascii_uppercase(),
        canonical_uri(request.path),
        canonical_query(request.query)
    );
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(SdkHmacError::MalformedHeaderName(clip(name)));
        }
        if names.iter().take(at).any(|earlier| earlier == name) {
            return Err(SdkHmacError::RepeatedHeader(clip(name)));
        }
        let value = request.header(name)?.ok_or_else(|| SdkHmacError::MissingHeader(clip(name)))?;
        // A line feed in a value could pass for another header.
        if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return Err(SdkHmacError::MalformedHeaderValue(clip(name)));
        }
        text.extend([name.as_str(), ":", value, "\n"]);
    }
    text.extend(["\n", &names.join(";"), "\n", payload]);
    Ok(text)
}

/// The path decoded, every byte but the unreserved ones and `/` encoded, with a `/` at the end.
pub fn canonical_uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len() + 1);
    for byte in decode(path, false) {
        if byte == b'/' { uri.push('/') } else { encode(byte, &mut uri) }
    }
    if !uri.ends_with('/') {
        uri.push('/');
    }
    uri
}

/// The query decoded, sorted by name and then by value in byte order, encoded. A name without a value gets its `=`.
pub fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name, true), decode(value, true)))
        .collect();
    pairs.sort_unstable();
    let mut text = String::with_capacity(query.len());
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        name.into_iter().for_each(|byte| encode(byte, &mut text));
        text.push('=');
        value.into_iter().for_each(|byte| encode(byte, &mut text));
    }
    text
}

/// Undoes percent-encoding. A `%` that starts no escape stands for itself.
fn decode(text: &str, plus_is_blank: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|digits| {
            let mut value = [0];
            hex::decode_to_slice(digits, &mut value).ok().map(|()| value[0])
        });
        match escape {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(if plus_is_blank && byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    decoded
}

/// RFC 3986: unreserved characters stay, every other byte becomes `%XX` with upper-case digits.
fn encode(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        out.push(char::from(byte));
    } else {
        // Writing into a String does not fail.
        let _ = write!(out, "%{byte:02X}");
    }
}

/// A token of RFC 9110, which both methods and header names are.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// At most as much of a caller's text as an error shows.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}
