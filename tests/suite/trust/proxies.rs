//! Proxies, ports, certificates of the receiver and of the client.
