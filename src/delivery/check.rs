//! Whether an endpoint can be reached, found out without posting anything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde::Serialize;
use ureq::tls::Certificate;
use ureq::{Proxy, ProxyProtocol};
use webpki::{EndEntityCert, KeyUsage};

use super::failure::Failure;
use super::http::{dns, proxy, tls, trust};
use crate::settings::Endpoint;
use crate::system::System;

/// The longest head of a proxy's answer, in bytes.
const HEAD: usize = 16 << 10;
/// Years for which a certificate is looked at.
const YEARS: u64 = 50;

/// What was found out about one endpoint.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Check {
    /// The endpoint's name.
    pub endpoint: String,
    /// The proxy on the way, host and port.
    pub proxy: Option<String>,
    /// The address that answered: the receiver's, or the proxy's.
    pub address: Option<String>,
    /// The version of TLS that was agreed on.
    pub tls: Option<String>,
    /// Until when the certificates hold, RFC 3339.
    pub certificate_until: Option<String>,
    /// Milliseconds that it took.
    pub duration_ms: u64,
    /// What went wrong, if something did.
    pub error: Option<String>,
}

/// Looks at all endpoints at once, for `timeout` at the longest.
pub fn check(
    endpoints: &[&Endpoint],
    authorities: &[Certificate<'static>],
    timeout: Duration,
    system: &System,
) -> Vec<Check> {
    let needs_tls = endpoints.iter().any(|endpoint| endpoint.url.is_https());
    let trusted = if needs_tls { trust::certificates(&system.environment, authorities) } else { Vec::new() };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().map(|one| CertificateDer::from(one.der().to_vec())));
    let roots = Arc::new(roots);
    let (sender, results) = mpsc::channel();
    let timed_out = |endpoint: &&Endpoint| Check {
        endpoint: endpoint.name.clone(),
        duration_ms: timeout.as_millis() as u64,
        error: Some(Failure::AnswerTimeout(timeout).to_string()),
        ..Check::default()
    };
    let mut checks: Vec<Check> = endpoints.iter().map(timed_out).collect();
    for (number, endpoint) in endpoints.iter().enumerate() {
        let (sender, endpoint, roots, system) =
            (sender.clone(), (*endpoint).clone(), Arc::clone(&roots), system.clone());
        // A name service that hangs cannot be interrupted; nobody waits for the thread then.
        std::thread::spawn(move || {
            let start = Instant::now();
            let mut check = Check { endpoint: endpoint.name.clone(), ..Check::default() };
            if let Err(failure) = reach(&endpoint, roots, timeout, &system, &mut check) {
                check.error = Some(failure.to_string());
            }
            check.duration_ms = start.elapsed().as_millis() as u64;
            let _ = sender.send((number, check));
        });
    }
    drop(sender);
    let deadline = Instant::now() + timeout;
    while let Ok((number, check)) = results.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        checks[number] = check;
    }
    checks
}

fn reach(
    endpoint: &Endpoint,
    roots: Arc<RootCertStore>,
    timeout: Duration,
    system: &System,
    check: &mut Check,
) -> Result<(), Failure> {
    let url = &endpoint.url;
    let (host, port) = (url.host().trim_matches(['[', ']']), url.port());
    let proxy = proxy::choose(url, &system.environment).map_err(Failure::ProxyVariable)?;
    let is_http = |proxy: &Proxy| matches!(proxy.protocol(), ProxyProtocol::Http);
    let mut stream = match &proxy {
        Some(proxy) => {
            check.proxy = Some(format!("{}:{}", proxy.host(), proxy.port()));
            connect(proxy.host(), proxy.port(), timeout, check)?
        }
        None => connect(host, port, timeout, check)?,
    };
    if let Some(proxy) = &proxy {
        if !is_http(proxy) {
            return Err(Failure::Proxy("only proxies of kind http:// can be checked".to_owned()));
        }
        tunnel(&mut stream, proxy, url.host(), port, timeout)?;
    }
    if !url.is_https() {
        return Ok(());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(tls::provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Tls(error.to_string()))?
        .with_root_certificates(Arc::clone(&roots))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Failure::Tls(error.to_string()))?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| Failure::Tls(error.to_string()))?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|error| Failure::from_io(&error, timeout))?;
    }
    check.tls = stream.conn.protocol_version().and_then(|version| version.as_str().map(str::to_owned));
    let chain = stream.conn.peer_certificates().unwrap_or_default();
    check.certificate_until = holds_until(chain, &roots, system.now()).map(|time| time.to_string());
    Ok(())
}

/// Connects to the first address that answers.
fn connect(host: &str, port: u16, timeout: Duration, check: &mut Check) -> Result<TcpStream, Failure> {
    let mut addresses: Vec<SocketAddr> =
        dns::known_addresses(host).into_iter().map(|address| SocketAddr::new(address, port)).collect();
    if addresses.is_empty() {
        addresses = (host, port).to_socket_addrs().map_err(|_| Failure::NameDoesNotResolve)?.collect();
    }
    let share = timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut last = Failure::NameDoesNotResolve;
    for address in addresses {
        match TcpStream::connect_timeout(&address, share) {
            Ok(stream) => {
                check.address = Some(address.to_string());
                // Without them it would only wait longer.
                let _ = stream.set_read_timeout(Some(timeout));
                let _ = stream.set_write_timeout(Some(timeout));
                return Ok(stream);
            }
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                last = Failure::ConnectTimeout(share);
            }
            Err(error) => last = Failure::from_io(&error, share),
        }
    }
    Err(last)
}

/// Asks an HTTP proxy for a way to the receiver, <https://www.rfc-editor.org/rfc/rfc9110#name-connect>.
fn tunnel(
    stream: &mut TcpStream,
    proxy: &Proxy,
    host: &str,
    port: u16,
    timeout: Duration,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::from_io(&error, timeout);
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
    if let (Some(user), password) = (proxy.username(), proxy.password().unwrap_or_default()) {
        let plain = [percent_decode_str(user).collect::<Vec<u8>>(), percent_decode_str(password).collect()];
        request.push_str(&format!("proxy-authorization: Basic {}\r\n", STANDARD.encode(plain.join(&b':'))));
    }
    stream.write_all(format!("{request}\r\n").as_bytes()).map_err(failed)?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
        if stream.read(&mut byte).map_err(failed)? == 0 {
            return Err(Failure::Closed);
        }
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head);
    let line = head.lines().next().unwrap_or_default();
    match line.split_whitespace().nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        _ => Err(Failure::Proxy(line.chars().take(80).collect())),
    }
}

/// Until when the chain holds: the last second at which it is still accepted, found by halving.
fn holds_until(chain: &[CertificateDer], roots: &RootCertStore, now: Timestamp) -> Option<Timestamp> {
    let (leaf, others) = chain.split_first()?;
    let leaf = EndEntityCert::try_from(leaf).ok()?;
    let algorithms = tls::provider().signature_verification_algorithms.all;
    let holds_at = |seconds: u64| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        leaf.verify_for_usage(algorithms, &roots.roots, others, time, KeyUsage::server_auth(), None, None)
            .is_ok()
    };
    let mut good = u64::try_from(now.as_second()).ok()?;
    let mut bad = good + YEARS * 365 * 86_400;
    if !holds_at(good) {
        return None;
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds_at(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Timestamp::from_second(i64::try_from(good).ok()?).ok()
}
