//! The floor of the benchmark of deliveries: posts a file once, without records, signatures, retries or anything else.
//!
//! `minimal_post URL BODY [CA]`; the file `CA` has the only certificate authority, in PEM.

use std::sync::Arc;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("no URL")?;
    let body = std::fs::read(arguments.next().ok_or("no body")?)?;
    let mut config = Agent::config_builder().proxy(None);
    if let Some(file) = arguments.next() {
        let authority = Certificate::from_pem(&std::fs::read(file)?)?;
        let provider = rustls::crypto::ring::default_provider();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .unversioned_rustls_crypto_provider(Arc::new(provider))
            .build();
        config = config.tls_config(tls);
    }
    let agent = Agent::new_with_config(config.build());
    agent.post(&url).content_type("application/json").send(&body[..])?;
    Ok(())
}
