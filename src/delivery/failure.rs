//! What can go wrong on the way to a receiver, in words that say what happened and what to do.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use rustls::CertificateError;
use ureq::Error;

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The host's name has no address.
    NameDoesNotResolve,
    /// Nobody listens at the port.
    Refused,
    /// No connection within the time given.
    ConnectTimeout(Duration),
    /// A connection, but no answer within the time given.
    AnswerTimeout(Duration),
    /// The connection was closed before the answer was whole.
    Closed,
    /// The certificate is from an authority that is not trusted.
    UnknownAuthority,
    /// The certificate is not valid now.
    Expired,
    /// The certificate is for another name.
    WrongName,
    /// What answers does not speak TLS.
    NotTls,
    /// Anything else about TLS.
    Tls(String),
    /// What came back is not HTTP.
    NotHttp(String),
    /// The proxy would not connect.
    Proxy(String),
    /// A variable for a proxy holds no address of one.
    ProxyVariable(&'static str),
    /// The deadline of the command came first.
    Deadline,
    /// Anything else.
    Other(String),
}

impl Failure {
    /// Whether another attempt may do better. A certificate or a proxy setting will not change by itself.
    pub(super) fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::UnknownAuthority
                | Self::Expired
                | Self::WrongName
                | Self::ProxyVariable(_)
                | Self::Deadline
        )
    }

    /// Tells what an error of the HTTP client means. `timeout` is the time the attempt had, `connected` whether there
    /// was a connection at all.
    pub(super) fn from_ureq(error: &Error, timeout: Duration, connected: bool) -> Self {
        match error {
            Error::HostNotFound => Self::NameDoesNotResolve,
            Error::Timeout(_) if !connected => Self::ConnectTimeout(timeout),
            Error::Timeout(_) => Self::AnswerTimeout(timeout),
            Error::ConnectProxyFailed(reason) => Self::Proxy(reason.clone()),
            Error::Rustls(error) => Self::from_tls(error),
            Error::Tls(reason) => Self::Tls((*reason).to_owned()),
            Error::Protocol(error) => Self::NotHttp(error.to_string()),
            Error::LargeResponseHeader(..) => Self::NotHttp("the headers do not end".to_owned()),
            Error::ConnectionFailed => Self::Refused,
            Error::Io(error) => Self::from_io(error, timeout),
            other => Self::Other(other.to_string()),
        }
    }

    /// Tells what an error of the connection means.
    pub(super) fn from_io(error: &io::Error, timeout: Duration) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::from_tls(tls);
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::AnswerTimeout(timeout),
            // NOTE: the standard library reports a name that does not resolve under no kind of its own.
            _ if error.to_string().contains("failed to lookup address") => Self::NameDoesNotResolve,
            _ => Self::Other(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }

    fn from_tls(error: &rustls::Error) -> Self {
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
                other => Self::Tls(format!("the certificate is not accepted: {other}")),
            },
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Tls(other.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: &Duration| format!("{:.1} s", time.as_secs_f64());
        match self {
            Self::NameDoesNotResolve => {
                formatter.write_str("the host's name does not resolve; check the URL and this machine's DNS")
            }
            Self::Refused => {
                formatter.write_str("connection refused; is the receiver running, and is the port right?")
            }
            Self::ConnectTimeout(time) => {
                write!(formatter, "no connection within {}; a firewall or a wrong address?", seconds(time))
            }
            Self::AnswerTimeout(time) => {
                write!(formatter, "no answer within {}; is the receiver stuck?", seconds(time))
            }
            Self::Closed => formatter.write_str("the receiver closed the connection before it answered"),
            Self::UnknownAuthority => formatter.write_str(
                "TLS: the certificate is from an unknown authority; if it is your own, name its PEM file in \
                 BUILDHOOK_CA_FILE",
            ),
            Self::Expired => {
                formatter.write_str("TLS: the certificate is expired or not yet valid; renew it")
            }
            Self::WrongName => {
                formatter.write_str("TLS: the certificate is for another name; use the name it was made for")
            }
            Self::NotTls => {
                formatter.write_str("TLS: the receiver does not speak it; does its URL begin with http://?")
            }
            Self::Tls(reason) => write!(formatter, "TLS: {reason}"),
            Self::NotHttp(reason) => {
                write!(formatter, "the answer is not HTTP ({reason}); check scheme and port")
            }
            Self::Proxy(reason) => {
                write!(formatter, "the proxy refused: {reason}; check HTTPS_PROXY and NO_PROXY")
            }
            Self::ProxyVariable(name) => {
                write!(
                    formatter,
                    "{name} holds no proxy; expected an address such as http://proxy.example:3128"
                )
            }
            Self::Deadline => formatter.write_str("the deadline passed; BUILDHOOK_DEADLINE sets it"),
            Self::Other(reason) => formatter.write_str(reason),
        }
    }
}

/// What to say of an answer that is no success.
pub(super) fn describe_status(status: u16) -> String {
    let phrase = ureq::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let advice = match status {
        300..=399 => "redirects are not followed; configure the address it leads to",
        400 | 422 => "the receiver does not take this payload; does it expect another format or encoding?",
        401 | 403 => "the receiver refuses; does it have the same secret?",
        404 | 405 => "nothing takes posts there; check the path of the URL",
        410 => "the receiver wants no more events; remove the endpoint",
        413 => "the payload is too large for the receiver",
        429 => "the receiver wants fewer requests",
        500..=599 => "the receiver has a problem of its own",
        _ => "the receiver did not accept it",
    };
    match phrase {
        Some(phrase) => format!("{status} {phrase}; {advice}"),
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
            Failure::AnswerTimeout(_) => [Failure::AnswerTimeout(time)],
            Failure::Closed => [Failure::Closed],
            Failure::UnknownAuthority => [Failure::UnknownAuthority],
            Failure::Expired => [Failure::Expired],
            Failure::WrongName => [Failure::WrongName],
            Failure::NotTls => [Failure::NotTls],
            Failure::Tls(_) => [Failure::Tls(reason())],
            Failure::NotHttp(_) => [Failure::NotHttp(reason())],
            Failure::Proxy(_) => [Failure::Proxy(reason())],
            Failure::ProxyVariable(_) => [Failure::ProxyVariable("HTTPS_PROXY")],
            Failure::Deadline => [Failure::Deadline],
            Failure::Other(_) => [Failure::Other(reason())],
        );
        let lines: Vec<String> = failures
            .iter()
            .map(|failure| format!("{}: {failure}", if failure.may_pass() { "retried" } else { "final" }))
            .collect();
        insta::assert_snapshot!("every_failure", lines.join("\n"));
    }

    #[test]
    fn every_status_that_is_no_success_is_described() {
        let statuses =
            [100, 301, 307, 400, 401, 403, 404, 405, 408, 410, 413, 418, 422, 429, 499, 500, 503, 599, 700];
        insta::assert_snapshot!("every_status", statuses.map(describe_status).join("\n"));
    }
}
