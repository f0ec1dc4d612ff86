//! What all connections to an endpoint share.

use std::sync::Arc;

use rustls::ClientConfig;

use super::client_config::{Asked, client_config};
use super::proxy::{self, Proxy};
use super::trust::SharedTrust;
use crate::delivery::failure::Failure;
use crate::settings::{Endpoint, EndpointUrl};
use crate::system::Environment;

/// An endpoint, the proxy before it, and their TLS: a session that one connection has begun can be resumed by others.
#[derive(Debug)]
pub(in crate::delivery) struct Target {
    pub(super) url: EndpointUrl,
    pub(super) proxy: Option<Proxy>,
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// TLS with the proxy, which never gets the client certificate.
    pub(super) proxy_tls: Option<Arc<ClientConfig>>,
    /// Whether the receiver has asked for a client certificate that is not configured.
    pub(super) asked: Asked,
    /// `NAME=value` of the variable whose certificates cannot be used.
    pub(super) unusable: Option<String>,
}

impl Target {
    /// The endpoint with the proxy that the environment configures. Only TLS needs `trust`.
    pub(in crate::delivery) fn new(
        endpoint: &Endpoint,
        trust: &SharedTrust,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let (url, asked) = (endpoint.url.clone(), Asked::default());
        let proxy = proxy::select(&url, environment)?;
        let is_https = url.is_https();
        let is_proxy_https = proxy.as_ref().is_some_and(|proxy| proxy.is_https);
        let (mut tls, mut proxy_tls, mut unusable) = (None, None, None);
        if is_https || is_proxy_https {
            let trust = trust.get();
            unusable.clone_from(&trust.unusable);
            if is_https {
                tls = Some(client_config(trust, endpoint.client_identity().as_ref(), &asked)?);
            }
            if is_proxy_https {
                proxy_tls = Some(client_config(trust, None, &Asked::default())?);
            }
        }
        Ok(Self { url, proxy, tls, proxy_tls, asked, unusable })
    }
}
