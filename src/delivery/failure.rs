//! Why a request got no response, and how to fix it.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, OtherError};
use thiserror::Error;
use ureq::http::StatusCode;

/// Why no response was received.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Failure {
    /// The host name has no address.
    #[error("host name does not resolve; check the URL and DNS")]
    NameDoesNotResolve,
    /// The port is closed.
    #[error("connection refused; is the receiver running on this port?")]
    Refused,
    /// No connection within this time.
    #[error("no connection within {}; check the URL and any firewall", seconds(.0))]
    ConnectTimeout(Duration),
    /// A connection, but no response within this time.
    #[error("no response within {}; is the receiver overloaded? To wait longer, set BUILDHOOK_TIMEOUT", seconds(.0))]
    ResponseTimeout(Duration),
    /// A connection, but no response within this time, which was less than the timeout.
    #[error("no response within {}, until the deadline; to wait longer, set BUILDHOOK_DEADLINE", seconds(.0))]
    NoResponseByDeadline(Duration),
    /// No response within this short time, after the event before had none.
    #[error("no response within {}, and none to the event before", seconds(.0))]
    StillSlow(Duration),
    /// The connection was closed before the response was complete.
    #[error("connection closed before a response arrived; check the receiver's log")]
    Closed,
    /// The certificate's issuer is not trusted.
    #[error("TLS: unknown certificate authority; for a private CA, set BUILDHOOK_CA_FILE to its PEM file")]
    UnknownAuthority,
    /// The certificate's issuer is not trusted, and this variable names no certificate.
    #[error("TLS: unknown certificate authority; {0} has no readable certificate")]
    NoAuthorities(String),
    /// The server's own certificate is that of an authority.
    #[error(
        "TLS: the certificate is self-signed, or an authority's; to trust it, set BUILDHOOK_CA_FILE to its PEM file"
    )]
    Authority,
    /// The certificate is not valid at this time.
    #[error("TLS: certificate expired or not yet valid; renew it")]
    Expired,
    /// The certificate is for another host.
    #[error("TLS: certificate is for another host name; use that name in the URL")]
    WrongName,
    /// The other side does not speak TLS.
    #[error("TLS: not a TLS server; should the URL start with http://?")]
    NotTls,
    /// Any other TLS error.
    #[error("TLS: {0}")]
    Tls(String),
    /// The response is not HTTP.
    #[error("not an HTTP response ({0}); check the URL's scheme and port")]
    NotHttp(String),
    /// The proxy in this variable cannot be reached, for this reason.
    #[error("cannot reach the proxy in {0}: {1}")]
    ProxyUnreachable(&'static str, Box<Failure>),
    /// The proxy in this variable did not open a tunnel.
    #[error("proxy refused the connection; check {0}, or list the host in NO_PROXY: {1}")]
    Proxy(&'static str, String),
    /// This variable is not a proxy's URL.
    #[error("{0} is not a valid proxy; expected a URL such as http://proxy.example:3128")]
    ProxyVariable(&'static str),
    /// The port in this variable is not one.
    #[error("the port in {0} is not a number from 1 to 65535")]
    ProxyPort(&'static str),
    /// This variable is a SOCKS proxy's URL.
    #[error(
        "{0} is a SOCKS proxy, which is not supported; use an http:// or https:// proxy, or list the host in NO_PROXY"
    )]
    SocksProxy(&'static str),
    /// The receiver wants a client certificate.
    #[error("TLS: the server demands a client certificate; set client_cert and client_key")]
    ClientCertificate,
    /// The key does not fit the client certificate.
    #[error(
        "TLS: the key in client_key does not belong to the certificate in client_cert, or is of an unknown type"
    )]
    ClientKey,
    /// The server refused the client certificate.
    #[error("TLS: the server refused the client certificate; check client_cert and client_key")]
    ClientCertificateRefused,
    /// The deadline of the command passed before the first attempt.
    #[error("not sent before the deadline: the events before it took all the time")]
    NoTurn,
    /// The receiver has asked for a pause of this time after another event.
    #[error("not sent: {}", Self::too_long(*.0))]
    Paused(Duration),
    /// The deadline of the command passed.
    #[error("deadline exceeded; to allow more time, set BUILDHOOK_DEADLINE")]
    Deadline,
    /// The job was canceled.
    #[error("the job was canceled before a response arrived")]
    Interrupted,
    /// A bug.
    #[error("internal error; please report it. The event is saved")]
    Internal,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn seconds(time: &Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

impl Failure {
    /// Whether a retry may succeed. Certificates and settings do not change between attempts.
    pub(super) fn is_temporary(&self) -> bool {
        if let Self::ProxyUnreachable(_, reason) = self {
            return reason.is_temporary();
        }
        !matches!(
            self,
            Self::UnknownAuthority
                | Self::NoAuthorities(_)
                | Self::Authority
                | Self::Expired
                | Self::WrongName
                | Self::ProxyVariable(_)
                | Self::ProxyPort(_)
                | Self::SocksProxy(_)
                | Self::ClientCertificate
                | Self::ClientKey
                | Self::ClientCertificateRefused
                | Self::NoTurn
                | Self::Paused(_)
                | Self::Deadline
                | Self::Interrupted
                | Self::Internal
        )
    }

    /// Whether the receiver, or the way to it, was too slow for a whole timeout.
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::ConnectTimeout(_) | Self::ResponseTimeout(_))
    }

    /// Why there is no retry after the pause that the receiver asks for.
    pub(super) fn too_long(pause: Duration) -> String {
        format!("the receiver asks to wait {}, longer than the deadline allows", seconds(&pause))
    }

    /// Names the variable that should contain the authorities, but does not.
    pub(super) fn with_authorities(self, unusable: &Option<String>) -> Self {
        match (self, unusable) {
            (Self::UnknownAuthority, Some(variable)) => Self::NoAuthorities(variable.clone()),
            (failure, _) => failure,
        }
    }

    /// Converts an error of the HTTP client. `timeout` is the time the attempt had, `connected` whether a TCP
    /// connection was established.
    pub(super) fn from_ureq(error: &ureq::Error, timeout: Duration, connected: bool) -> Self {
        use ureq::Error;
        match error {
            Error::HostNotFound => Self::NameDoesNotResolve,
            Error::Timeout(_) if !connected => Self::ConnectTimeout(timeout),
            Error::Timeout(_) => Self::ResponseTimeout(timeout),
            Error::Rustls(error) => Self::from_rustls(error),
            Error::Tls(reason) => Self::Tls((*reason).to_owned()),
            Error::Protocol(error) => Self::NotHttp(error.to_string()),
            Error::LargeResponseHeader(..) => Self::NotHttp("headers too large".to_owned()),
            Error::ConnectionFailed => Self::Refused,
            Error::Io(error) => Self::from_io(error, timeout),
            other => Self::Other(other.to_string()),
        }
    }

    /// Converts an error of a connection. `timeout` is the time the operation had.
    pub(super) fn from_io(error: &io::Error, timeout: Duration) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::from_rustls(tls);
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Self::Closed,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::ResponseTimeout(timeout),
            // NOTE: the standard library has no error kind for a failed lookup.
            _ if error.to_string().contains("failed to lookup address") => Self::NameDoesNotResolve,
            _ => Self::Other(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }

    fn from_rustls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => match reason {
                CertificateError::UnknownIssuer => Self::UnknownAuthority,
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Expired,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::WrongName
                }
                CertificateError::Other(OtherError(other)) => match other.downcast_ref() {
                    Some(webpki::Error::CaUsedAsEndEntity) => Self::Authority,
                    _ => Self::Tls(format!("certificate rejected: {other}")),
                },
                other => Self::Tls(format!("certificate rejected: {other}")),
            },
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Self::ClientCertificate,
            rustls::Error::AlertReceived(
                AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA,
            ) => Self::ClientCertificateRefused,
            other => Self::Tls(other.to_string()),
        }
    }
}

/// The message for a response that is not a success. The server may have asked for a client certificate that is not configured,
/// and the event may have been sent without a signature.
pub(super) fn describe_status(status: u16, wants_certificate: bool, is_signed: bool) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    // The reason states what happened.
    let advice = match status {
        400 | 401 | 403 if wants_certificate => {
            "the server asked for a client certificate; set client_cert and client_key"
        }
        300..=399 => "redirects are not followed; set the URL to the final location",
        400 | 422 => "does the receiver expect another format or encoding?",
        401 | 403 if !is_signed => "the event was sent unsigned: set BUILDHOOK_SECRET",
        401 | 403 => "does the receiver use the same secret?",
        404 | 405 => "check the path of the URL",
        410 => "remove this endpoint from the configuration",
        413 => "raise the receiver's limit, or send fewer fields",
        429 => "try again later",
        _ => "check the receiver's log",
    };
    match reason {
        Some(reason) => format!("{status} {reason}; {advice}"),
        None => format!("{status}; {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Failure, describe_status};

    #[test]
    fn every_failure_is_described() {
        let time = Duration::from_millis(10_500);
        let reason = || "the reason".to_owned();
        let failures = every_variant!(Failure,
            Failure::NameDoesNotResolve => [Failure::NameDoesNotResolve],
            Failure::Refused => [Failure::Refused],
            Failure::ConnectTimeout(_) => [Failure::ConnectTimeout(time)],
            Failure::ResponseTimeout(_) => [Failure::ResponseTimeout(time)],
            Failure::NoResponseByDeadline(_) => [Failure::NoResponseByDeadline(time)],
            Failure::Closed => [Failure::Closed],
            Failure::UnknownAuthority => [Failure::UnknownAuthority],
            Failure::Expired => [Failure::Expired],
            Failure::WrongName => [Failure::WrongName],
            Failure::Authority => [Failure::Authority],
            Failure::NotTls => [Failure::NotTls],
            Failure::Tls(_) => [Failure::Tls(reason())],
            Failure::NotHttp(_) => [Failure::NotHttp(reason())],
            Failure::ProxyUnreachable(..) => [Failure::ProxyUnreachable("HTTP_PROXY", Box::new(Failure::Refused))],
            Failure::Proxy(..) => [Failure::Proxy("HTTPS_PROXY", reason())],
            Failure::ProxyVariable(_) => [Failure::ProxyVariable("HTTPS_PROXY")],
            Failure::ProxyPort(_) => [Failure::ProxyPort("HTTPS_PROXY")],
            Failure::SocksProxy(_) => [Failure::SocksProxy("ALL_PROXY")],
            Failure::ClientCertificate => [Failure::ClientCertificate],
            Failure::ClientKey => [Failure::ClientKey],
            Failure::ClientCertificateRefused => [Failure::ClientCertificateRefused],
            Failure::NoAuthorities(_) => [Failure::NoAuthorities("SSL_CERT_FILE=/x.pem".to_owned())],
            Failure::StillSlow(_) => [Failure::StillSlow(time)],
            Failure::NoTurn => [Failure::NoTurn],
            Failure::Paused(_) => [Failure::Paused(time)],
            Failure::Deadline => [Failure::Deadline],
            Failure::Interrupted => [Failure::Interrupted],
            Failure::Internal => [Failure::Internal],
            Failure::Other(_) => [Failure::Other(reason())],
        );
        let lines: Vec<String> = failures
            .iter()
            .map(|failure| format!("{}: {failure}", if failure.is_temporary() { "retried" } else { "final" }))
            .collect();
        insta::assert_snapshot!("every_failure", lines.join("\n"));
    }

    #[test]
    fn what_the_receiver_lacks_is_named() {
        assert!(describe_status(400, true, true).ends_with("set client_cert and client_key"));
        assert!(describe_status(401, false, false).ends_with("sent unsigned: set BUILDHOOK_SECRET"));
    }

    #[test]
    fn every_status_that_is_no_success_is_described() {
        let statuses =
            [100, 301, 307, 400, 401, 403, 404, 405, 408, 410, 413, 418, 422, 429, 499, 500, 503, 599, 700];
        insta::assert_snapshot!(
            "every_status",
            statuses.map(|status| describe_status(status, false, true)).join("\n")
        );
    }
}
