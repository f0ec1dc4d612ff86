//! The way to a receiver: TCP, through a proxy if there is one, and TLS.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::http::Uri;
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, TcpConnector, Transport,
    TransportAdapter, time,
};

use super::MAX_HEADER_BYTES;
use super::connection::{Observed, Progress};
use super::dns::LocalFirst;
use super::proxy::Proxy;
use super::target::Target;
use super::tls::server_name;
use crate::delivery::failure::Failure;

/// Connects to one receiver.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) target: Arc<Target>,
    pub(super) progress: Progress,
    /// Why the last connection failed, if ureq's errors have no words for it.
    pub(super) failure: Arc<Mutex<Option<Failure>>>,
}

impl Connector for Route {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        let clock = Clock { details, start: Instant::now() };
        self.progress.connects();
        let mut transport = match &self.target.proxy {
            Some(proxy) => {
                let to_proxy =
                    self.connect_to(proxy, &clock).map_err(|error| self.no_proxy(proxy, &clock, error))?;
                self.tunnel(proxy, to_proxy, &clock)?
            }
            None => self.tcp(details)?,
        };
        if let (Some(tls), true) = (&self.target.tls, details.needs_tls()) {
            transport = clock.tls(transport, tls, details.uri.host().unwrap_or_default())?;
        }
        Ok(Some(transport))
    }
}

impl Route {
    fn tcp(&self, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> {
        let transport = Connector::<()>::connect(&TcpConnector::default(), details, None)?;
        let transport = transport.ok_or(Error::ConnectionFailed)?;
        self.progress.connected();
        Ok(Box::new(Observed(transport)))
    }

    /// A connection to the proxy.
    fn connect_to(&self, proxy: &Proxy, clock: &Clock<'_>) -> Result<Box<dyn Transport>, Error> {
        let details = clock.details;
        let uri: Uri =
            format!("http://{}:{}/", proxy.host, proxy.port).parse().map_err(|_| Error::InvalidProxyUrl)?;
        let addrs = LocalFirst::default().resolve(&uri, details.config, details.timeout)?;
        let to_proxy = ConnectionDetails {
            uri: &uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
        };
        let mut transport = self.tcp(&to_proxy)?;
        if let (true, Some(tls)) = (proxy.is_https, &self.target.proxy_tls) {
            transport = clock.tls(transport, tls, &proxy.host)?;
        }
        Ok(transport)
    }

    /// Notes that the proxy cannot be reached.
    fn no_proxy(&self, proxy: &Proxy, clock: &Clock<'_>, error: Error) -> Error {
        let timeout = *clock.details.timeout.after;
        let reason = Failure::from_ureq(&error, timeout, self.progress.is_connected());
        self.note(proxy.unreachable(reason));
        error
    }

    fn note(&self, failure: Failure) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// A connection to the receiver through the proxy.
    fn tunnel(
        &self,
        proxy: &Proxy,
        transport: Box<dyn Transport>,
        clock: &Clock<'_>,
    ) -> Result<Box<dyn Transport>, Error> {
        let details = clock.details;
        let (host, port) = (details.uri.host().unwrap_or_default(), details.uri.port_u16());
        let port = port.unwrap_or(if details.needs_tls() { 443 } else { 80 });
        let mut stream = clock.adapter(transport);
        if let Err(failure) = proxy.open_tunnel(&mut stream, host, port)? {
            self.note(failure);
            return Err(Error::ConnectionFailed);
        }
        Ok(stream.into_inner())
    }
}

/// The time of one connection.
struct Clock<'a> {
    details: &'a ConnectionDetails<'a>,
    start: Instant,
}

impl Clock<'_> {
    /// The transport as a stream that ends with the time for the connection.
    fn adapter(&self, transport: Box<dyn Transport>) -> TransportAdapter {
        let mut adapter = TransportAdapter::new(transport, Arc::clone(&self.details.current_time));
        let mut timeout = self.details.timeout;
        if let time::Duration::Exact(limit) = timeout.after {
            timeout.after = time::Duration::Exact(limit.saturating_sub(self.start.elapsed()));
        }
        adapter.set_timeout(timeout);
        adapter
    }

    /// TLS over the transport.
    fn tls(
        &self,
        transport: Box<dyn Transport>,
        config: &Arc<ClientConfig>,
        host: &str,
    ) -> Result<Box<dyn Transport>, Error> {
        let name: ServerName<'static> = server_name(host).map_err(|_| Error::Tls("invalid host name"))?;
        let mut conn = ClientConnection::new(Arc::clone(config), name)?;
        let mut sock = self.adapter(transport);
        while conn.is_handshaking() {
            conn.complete_io(&mut sock)?;
        }
        let output_size = self.details.config.output_buffer_size();
        let buffers = LazyBuffers::new(MAX_HEADER_BYTES, output_size);
        Ok(Box::new(Tls { buffers, stream: StreamOwned { conn, sock } }))
    }
}

/// A TLS connection.
struct Tls {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tls")
    }
}

impl Transport for Tls {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = match self.stream.read(self.buffers.input_append_buf()) {
            Ok(amount) => amount,
            // HTTP states lengths, so the end of a connection without a TLS close is as good as one with it.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(error.into()),
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
