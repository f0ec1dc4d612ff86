//! Connects to an endpoint without sending a request to it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{certificate, dns, proxy, tls};
use crate::delivery::failure::Failure;
use crate::settings::EndpointUrl;
use crate::system::System;

/// Findings up to the point where the connection was complete or failed.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Probe {
    /// Host and port of the proxy.
    pub(in crate::delivery) proxy: Option<String>,
    /// The address that accepted the connection: the receiver's or the proxy's.
    pub(in crate::delivery) address: Option<SocketAddr>,
    /// The negotiated TLS version.
    pub(in crate::delivery) tls: Option<String>,
    /// When the certificate chain expires.
    pub(in crate::delivery) certificate_until: Option<Timestamp>,
}

/// Connects to the endpoint, through its proxy and with TLS if it uses them. Each step may take up to `timeout`.
pub(in crate::delivery) fn probe(
    url: &EndpointUrl,
    roots: &Arc<RootCertStore>,
    timeout: Duration,
    system: &System,
    found: &mut Probe,
) -> Result<(), Failure> {
    let (host, port) = (url.host().trim_matches(['[', ']']), url.port());
    let stream = match proxy::select(url, &system.environment)? {
        Some(proxy) => {
            found.proxy = Some(format!("{}:{}", proxy.host(), proxy.port()));
            let mut stream = connect(proxy.host(), proxy.port(), timeout, found)?;
            proxy::open_tunnel(&mut stream, &proxy, url.host(), port, timeout)?;
            stream
        }
        None => connect(host, port, timeout, found)?,
    };
    if !url.is_https() {
        return Ok(());
    }
    let tls = handshake(stream, host, Arc::clone(roots), timeout)?;
    found.tls = tls.protocol_version().and_then(|version| version.as_str().map(str::to_owned));
    let chain = tls.peer_certificates().unwrap_or_default();
    found.certificate_until = certificate::valid_until(chain, roots, system.now());
    Ok(())
}

/// Connects to the first address of a host that accepts a connection.
fn connect(host: &str, port: u16, timeout: Duration, found: &mut Probe) -> Result<TcpStream, Failure> {
    let mut addresses: Vec<SocketAddr> =
        dns::resolve_locally(host).into_iter().map(|address| SocketAddr::new(address, port)).collect();
    if addresses.is_empty() {
        addresses = (host, port).to_socket_addrs().map_err(|_| Failure::NameDoesNotResolve)?.collect();
    }
    let timeout_per_address = timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut last_failure = Failure::NameDoesNotResolve;
    for address in addresses {
        match TcpStream::connect_timeout(&address, timeout_per_address) {
            Ok(stream) => {
                found.address = Some(address);
                // Should this fail, the caller still stops waiting after its own timeout.
                let _ = stream.set_read_timeout(Some(timeout));
                let _ = stream.set_write_timeout(Some(timeout));
                return Ok(stream);
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                last_failure = Failure::ConnectTimeout(timeout_per_address);
            }
            Err(error) => last_failure = Failure::from_io(&error, timeout_per_address),
        }
    }
    Err(last_failure)
}

/// Completes a TLS handshake.
fn handshake(
    stream: TcpStream,
    host: &str,
    roots: Arc<RootCertStore>,
    timeout: Duration,
) -> Result<ClientConnection, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Tls(error.to_string());
    let config = ClientConfig::builder_with_provider(Arc::new(tls::provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| failed(&error))?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|error| Failure::from_io(&error, timeout))?;
    }
    Ok(stream.conn)
}
