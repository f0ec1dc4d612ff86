//! Proxies, ports, certificates of the receiver and of the client.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver as Channel, channel};

use crate::builder::Test;
use crate::receiver::Reply;

/// A proxy that refuses every tunnel. Returns its address, and the requests it gets.
fn refusing_proxy() -> (String, Channel<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut request) = (stream.unwrap(), [0; 4096]);
            let length = stream.read(&mut request).unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let credentials = text.split("Basic ").nth(1).unwrap_or_default().trim().to_owned();
            let _ =
                stream.write_all(format!("HTTP/1.1 407 no {credentials} proxy-pass!word\r\n\r\n").as_bytes());
            let _ = sender.send(text);
        }
    });
    (address, requests)
}

#[test]
fn a_proxy_that_cannot_be_used_is_never_passed_by() {
    for (value, message) in [
        ("socks5://127.0.0.1:1080", "HTTP_PROXY is a SOCKS proxy, which is not supported"),
        ("socks5h://me:hidden-password@127.0.0.1:1080", "HTTP_PROXY is a SOCKS proxy"),
        ("http://127.0.0.1:badport", "the port in HTTP_PROXY is not a number from 1 to 65535"),
        ("http://127.0.0.1:-1", "the port in HTTP_PROXY is not a number from 1 to 65535"),
        ("http://127.0.0.1:99999", "the port in HTTP_PROXY is not a number from 1 to 65535"),
        ("http://me:hidden-password@127.0.0.1:0", "the port in HTTP_PROXY"),
        ("ftp://127.0.0.1", "HTTP_PROXY is not a valid proxy"),
        ("http://hidden password@", "HTTP_PROXY is not a valid proxy"),
        ("https://127.0.0.1:1", "cannot reach the proxy in HTTP_PROXY: connection refused"),
        ("http://127.0.0.1:1", "cannot reach the proxy in HTTP_PROXY: connection refused"),
        ("http://no-such-host.invalid:1", "cannot reach the proxy in HTTP_PROXY: host name does not resolve"),
    ] {
        let test = Test::new()
            .endpoint(&[Reply::Status(200)])
            .env("HTTP_PROXY", value)
            .env("BUILDHOOK_RETRIES", "0");
        let finished = test.args(&["triggered"]).run().status(3).stderr(message);
        assert!(finished.requests[0].is_empty(), "{value}");
        assert!(!finished.stderr.contains("hidden"), "{}", finished.stderr);
        let run = Test::new()
            .endpoint(&[Reply::Status(200)])
            .env("HTTP_PROXY", value)
            .env("BUILDHOOK_RETRIES", "0");
        let run = run.args(&["run", "--", "sh", "-c", "echo ran; exit 7"]).run().status(7);
        assert_eq!(run.stdout, "ran\n");
    }
}

#[test]
fn the_check_names_the_proxy_that_is_not_reached() {
    let test = Test::new().endpoint(&[Reply::Status(200)]).env("HTTP_PROXY", "http://127.0.0.1:1");
    let finished = test.args(&["doctor"]).run().status(3);
    let finished = finished.stderr("cannot reach the proxy in HTTP_PROXY: connection refused");
    assert!(finished.stdout.contains("proxy           127.0.0.1:1\n"), "{}", finished.stdout);
}

#[test]
fn a_proxy_s_answer_does_not_reveal_its_password() {
    let (address, requests) = refusing_proxy();
    let proxy = format!("http://proxy-user:proxy-pass%21word@{address}");
    let test =
        Test::new().endpoint(&[Reply::Status(200)]).env("ALL_PROXY", proxy).env("BUILDHOOK_RETRIES", "0");
    let finished = test.args(&["triggered"]).run().status(3).stderr(
        "proxy refused the connection; check ALL_PROXY, or list the host in NO_PROXY: HTTP/1.1 407 no ***",
    );
    let request = requests.recv().unwrap();
    assert!(request.contains("proxy-authorization: Basic cHJveHktdXNlcjpwcm94eS1wYXNzIXdvcmQ="), "{request}");
    assert!(!finished.stderr.contains("cHJveHk") && !finished.stderr.contains("pass"), "{}", finished.stderr);
}

#[test]
fn a_client_certificate_needs_its_key_and_no_file_of_the_checkout() {
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let test = || {
        let test = Test::new().endpoint_at("https://hooks.example/");
        test.file("client.pem", pem).file("client.key", "no key").file("empty.pem", "")
    };
    for (variables, message) in [
        (&[("BUILDHOOK_CLIENT_CERT", "client.pem")][..], "BUILDHOOK_CLIENT_CERT: expected `client_key` too"),
        (&[("BUILDHOOK_CLIENT_KEY", "client.key")], "BUILDHOOK_CLIENT_KEY: expected `client_cert` too"),
        (
            &[("BUILDHOOK_CLIENT_CERT", "missing"), ("BUILDHOOK_CLIENT_KEY", "client.key")],
            "BUILDHOOK_CLIENT_CERT: cannot read missing",
        ),
        (
            &[("BUILDHOOK_CLIENT_CERT", "empty.pem"), ("BUILDHOOK_CLIENT_KEY", "client.key")],
            "BUILDHOOK_CLIENT_CERT: expected a PEM file with a certificate",
        ),
        (
            &[("BUILDHOOK_CLIENT_CERT", "client.pem"), ("BUILDHOOK_CLIENT_KEY", "client.key")],
            "BUILDHOOK_CLIENT_KEY: expected a PEM file with a private key that is not encrypted",
        ),
    ] {
        let test = variables.iter().fold(test(), |test, (name, value)| test.env(name, *value));
        test.args(&["triggered"]).run().status(2).stderr(message);
    }
    let in_checkout = test().checkout(&[&["init", "-q"]]);
    let in_checkout =
        in_checkout.env("BUILDHOOK_CLIENT_CERT", "client.pem").env("BUILDHOOK_CLIENT_KEY", "client.key");
    in_checkout.args(&["triggered"]).run().status(2).stderr("it is in the checkout");
}
