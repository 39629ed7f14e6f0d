//! One connection, and one call on it whose answer's head is kept as it came: a client of HTTP forgets in which case a header
//! is written, and which version of TLS it was told by. Knows no rules.

use std::{io, sync::Arc};

use rustls::{ClientConfig, pki_types::ServerName};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::{Host, Url};

use super::speaker::Call;

/// Longer heads are none, in bytes.
const MAX_HEAD: usize = 64 * 1024;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// To where an address points.
pub(super) async fn connect(url: &Url) -> io::Result<TcpStream> {
    let port = url.port_or_known_default().unwrap_or(443);
    match url.host() {
        Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
        Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
        Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
        None => Err(io::Error::other("the address names no host")),
    }
}

/// Trusting whom this computer trusts.
pub(super) async fn secure(stream: TcpStream, url: &Url) -> io::Result<TlsStream<TcpStream>> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let host = ServerName::try_from(host).map_err(io::Error::other)?;
    let mut config = ClientConfig::with_platform_verifier().map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config)).connect(host, stream).await
}

/// Status line and headers of the answer, as they came.
pub(super) async fn head_of_answer(url: &Url, call: &Call) -> io::Result<String> {
    let stream = connect(url).await?;
    let mut stream: Box<dyn Stream> =
        if url.scheme() == "https" { Box::new(secure(stream, url).await?) } else { Box::new(stream) };
    stream.write_all(&request(url, call)).await?;
    stream.flush().await?;
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            read.truncate(end);
            return Ok(String::from_utf8_lossy(&read).into_owned());
        }
        if read.len() > MAX_HEAD {
            return Err(io::Error::other("the head of the answer does not end"));
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn request(url: &Url, call: &Call) -> Vec<u8> {
    let method = if call.body.is_empty() { "GET" } else { "POST" };
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut head =
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: application/json\r\n");
    if !call.body.is_empty() {
        head.push_str(&format!(
            "Content-Type: application/json;charset=utf8\r\nContent-Length: {}\r\n",
            call.body.len()
        ));
    }
    for (name, value) in &call.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), &call.body].concat()
}
