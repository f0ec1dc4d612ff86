//! Connects to an endpoint without sending a request to it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::certificate::{self, Names};
use super::client_config::{Asked, client_config};
use super::trust::Trust;
use super::{dns, proxy, tls};
use crate::delivery::failure::Failure;
use crate::settings::Endpoint;
use crate::system::System;

/// Findings up to the point where the connection was complete or failed.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Probe {
    /// Host and port of the proxy.
    pub(in crate::delivery) proxy: Option<String>,
    /// The addresses of the receiver or the proxy.
    pub(in crate::delivery) addresses: Vec<IpAddr>,
    /// The one that accepted the connection.
    pub(in crate::delivery) address: Option<SocketAddr>,
    /// The negotiated version of TLS: `TLS 1.3`.
    pub(in crate::delivery) tls: Option<String>,
    /// When the certificate chain expires.
    pub(in crate::delivery) certificate_until: Option<Timestamp>,
    /// Whose certificate it is.
    pub(in crate::delivery) certificate_names: Names,
}

/// A connection, with or without TLS.
trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// How long to wait for a server that refuses a connection without a client certificate: in TLS 1.3 it does so after the
/// handshake.
const REFUSAL_TIMEOUT: Duration = Duration::from_millis(500);

/// Connects to the endpoint, through its proxy and with TLS if it uses them. Each step may take up to `timeout`.
pub(in crate::delivery) fn probe(
    endpoint: &Endpoint,
    trust: &Trust,
    timeout: Duration,
    system: &System,
    found: &mut Probe,
) -> Result<(), Failure> {
    let url = &endpoint.url;
    let failed = |error: io::Error| Failure::from_io(&error, timeout).with_authorities(&trust.unusable);
    let proxy = proxy::select(url, &system.environment)?;
    let (host, port) = match &proxy {
        Some(proxy) => (proxy.host.as_str(), proxy.port),
        None => (url.host(), url.port()),
    };
    let to_proxy = |failure| match &proxy {
        Some(proxy) => proxy.unreachable(failure),
        None => failure,
    };
    if let Some(proxy) = &proxy {
        found.proxy = Some(format!("{}:{}", proxy.host, proxy.port));
    }
    let tcp = connect(host.trim_matches(['[', ']']), port, timeout, found).map_err(to_proxy)?;
    let handle = tcp.try_clone().map_err(failed)?;
    let mut stream: Box<dyn Stream> = Box::new(tcp);
    if let Some(proxy) = &proxy {
        if proxy.is_https {
            let config = client_config(trust, None, &Asked::default())?;
            stream =
                Box::new(handshake(stream, &proxy.host, config).map_err(|error| to_proxy(failed(error)))?);
        }
        proxy.open_tunnel(&mut stream, url.host(), url.port()).map_err(failed)??;
    }
    if !url.is_https() {
        return Ok(());
    }
    let (identity, asked) = (endpoint.client_identity(), Asked::default());
    let config = client_config(trust, identity.as_ref(), &asked)?;
    let refused = |error: io::Error| match failed(error) {
        Failure::Tls(_) | Failure::Closed if asked.get() => Failure::ClientCertificate,
        failure => failure,
    };
    let mut tls = handshake(stream, url.host(), config).map_err(refused)?;
    let version = tls.conn.protocol_version().and_then(|version| version.as_str());
    found.tls = version.map(|version| version.replace("TLSv1_", "TLS 1."));
    let chain = tls.conn.peer_certificates().unwrap_or_default();
    found.certificate_until = certificate::valid_until(chain, trust, system.now());
    found.certificate_names = chain.first().map(certificate::names).unwrap_or_default();
    if asked.get() || identity.is_some() {
        // Should this fail, the timeout of the connection applies.
        let _ = handle.set_read_timeout(Some(REFUSAL_TIMEOUT));
        match tls.read(&mut [0]) {
            Err(error) if !matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                return Err(refused(error));
            }
            _ if asked.get() => return Err(Failure::ClientCertificate),
            _ => {}
        }
    }
    Ok(())
}

/// Connects to the first address of a host that accepts a connection.
fn connect(host: &str, port: u16, timeout: Duration, found: &mut Probe) -> Result<TcpStream, Failure> {
    let mut addresses: Vec<SocketAddr> =
        dns::resolve_locally(host).into_iter().map(|address| SocketAddr::new(address, port)).collect();
    if addresses.is_empty() {
        addresses = (host, port).to_socket_addrs().map_err(|_| Failure::NameDoesNotResolve)?.collect();
    }
    found.addresses = addresses.iter().map(SocketAddr::ip).collect();
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
fn handshake<S: Read + Write>(
    stream: S,
    host: &str,
    config: Arc<ClientConfig>,
) -> io::Result<StreamOwned<ClientConnection, S>> {
    let name = tls::server_name(host).map_err(io::Error::other)?;
    let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}
