//! Misbehaving receivers and networks: each affects only its own endpoint, ends in time and is reported.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::builder::Test;
use crate::environments::gitlab_push;
use crate::receiver::{Receiver, Reply};

struct Fault {
    name: &'static str,
    script: Vec<Reply>,
    scheme: &'static str,
    /// The command's exit code.
    status: i32,
    /// Number of attempts; the command may make two.
    attempts: u64,
    /// Part of what is logged.
    message: &'static str,
}

fn fault(name: &'static str, script: &[Reply], status: i32, attempts: u64, message: &'static str) -> Fault {
    Fault { name, script: script.to_vec(), scheme: "http", status, attempts, message }
}

fn faults() -> Vec<Fault> {
    use Reply::{
        Body, Close, Early, EndlessBody, EndlessHeaders, Greeting, Hang, Headers, Never, Raw, Reset,
        ResetAtOnce, Silent, Slow, Status,
    };
    let ok = "HTTP/1.1 200 OK\r\n";
    let tls = |fault: Fault| Fault { scheme: "https", ..fault };
    vec![
        fault("reset before the request", &[ResetAtOnce], 3, 2, "connection closed before a response"),
        fault("reset after the request", &[Reset("")], 3, 2, "connection closed before a response"),
        fault(
            "reset within the response headers",
            &[Reset("HTTP/1.1 200 O")],
            3,
            2,
            "connection closed before a response",
        ),
        fault("reset, then success", &[ResetAtOnce, Status(200)], 0, 2, "200 in "),
        fault("closed without a response", &[Close], 3, 2, "connection closed before a response"),
        fault(
            "reset within the response body",
            &[Reset("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")],
            0,
            1,
            "200 in ",
        ),
        fault("no response", &[Never], 3, 2, "no response within 0.5 s; is the receiver overloaded?"),
        fault("one byte per second", &[Slow("HTTP/1.1 200 OK\r\n\r\n")], 3, 2, "no response within 0.5 s"),
        fault("an endless body", &[EndlessBody], 0, 1, "200 in "),
        fault("endless headers", &[EndlessHeaders], 3, 2, "not an HTTP response (headers too large)"),
        fault(
            "a body of which one byte arrives",
            &[Hang("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\nx")],
            0,
            1,
            "200 in ",
        ),
        fault(
            "an invalid content-length",
            &[Raw(format!("{ok}content-length: many\r\n\r\n"))],
            3,
            2,
            "not an HTTP response",
        ),
        fault("garbage", &[Raw("\u{1}\u{2}garbage\r\n\r\n".into())], 3, 2, "not an HTTP response"),
        fault("another protocol", &[Greeting], 3, 2, "not an HTTP response"),
        fault("HTTP/1.0", &[Raw("HTTP/1.0 200 OK\r\n\r\nfine".into())], 0, 1, "200 in "),
        fault("connection: close", &[Headers(200, "connection: close\r\n")], 0, 1, "200 in "),
        fault(
            "chunks",
            &[Raw(format!("{ok}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))],
            0,
            1,
            "200 in ",
        ),
        fault(
            "invalid chunks",
            &[Raw(format!("{ok}transfer-encoding: chunked\r\n\r\nxyz\r\n"))],
            0,
            1,
            "200 in ",
        ),
        fault("a response before the body is read", &[Early(413)], 3, 1, "413"),
        fault(
            "a redirect",
            &[Headers(302, "location: http://127.0.0.1:1/\r\n")],
            3,
            1,
            "redirects are not followed",
        ),
        fault("400", &[Status(400)], 3, 1, "does the receiver expect another format"),
        fault("401", &[Status(401)], 3, 1, "the event was sent unsigned"),
        fault("404", &[Status(404)], 3, 1, "check the path of the URL"),
        fault("410", &[Status(410)], 3, 1, "remove this endpoint"),
        fault("500 then 200", &[Status(500), Status(200)], 0, 2, "200 in "),
        fault("500 twice", &[Body(500, "no room".into())], 3, 2, "500 Internal Server Error"),
        fault("408", &[Status(408), Status(200)], 0, 2, "200 in "),
        fault("425", &[Status(425), Status(204)], 0, 2, "204 in "),
        fault("429, a second's pause", &[Headers(429, "retry-after: 1\r\n"), Status(200)], 0, 2, "200 in "),
        fault(
            "503, a past date",
            &[Headers(503, "retry-after: Thu, 01 Jan 1970 00:00:00 GMT\r\n"), Status(200)],
            0,
            2,
            "200 in ",
        ),
        fault(
            "503, a date in a thousand years",
            &[Headers(503, "retry-after: Wed, 01 Jan 3000 00:00:00 GMT\r\n"), Status(200)],
            3,
            1,
            "503",
        ),
        fault(
            "503, too large a number",
            &[Headers(503, "retry-after: 99999999999999999999\r\n"), Status(200)],
            0,
            2,
            "200 in ",
        ),
        fault(
            "503, a pause beyond the deadline",
            &[Headers(503, "retry-after: 86400\r\n"), Status(200)],
            3,
            1,
            "503",
        ),
        fault("503, a negative pause", &[Headers(503, "retry-after: -5\r\n"), Status(200)], 0, 2, "200 in "),
        tls(fault("TLS: silence", &[Silent], 3, 2, "no response within 0.5 s")),
        tls(fault("TLS: another protocol", &[Greeting], 3, 2, "TLS: not a TLS server")),
        tls(fault("TLS: closed", &[ResetAtOnce], 3, 2, "connection closed before a response")),
    ]
}

/// Time for the program to start and end on a busy machine.
const SPARE: Duration = Duration::from_secs(8);

fn test() -> Test {
    Test::new()
        .envs(gitlab_push())
        .env("BUILDHOOK_TIMEOUT", "500ms")
        .env("BUILDHOOK_RETRIES", "1")
        .env("BUILDHOOK_DEADLINE", "10s")
}

#[test]
fn every_fault_ends_in_time_and_is_reported() {
    // Every thread that panics prints its assertion, so all failing cases are reported.
    std::thread::scope(|scope| {
        for fault in faults() {
            scope.spawn(move || {
                let receiver = Receiver::start(&fault.script);
                let url = receiver.url().replace("http:", &format!("{}:", fault.scheme));
                let start = Instant::now();
                let finished = test().endpoint_at(&url).args(&["triggered"]).run();
                let (name, stderr) = (fault.name, &finished.stderr);
                assert!(start.elapsed() < Duration::from_secs(10) + SPARE, "{name}: {:?}", start.elapsed());
                assert_eq!(finished.status, fault.status, "{name}: {stderr}");
                assert!(stderr.contains(fault.message), "{name}: no `{}` in {stderr}", fault.message);
                let record = &finished.records[0];
                assert_eq!(record["delivery_attempts"], fault.attempts, "{name}: {record}");
                let status = if fault.status == 0 { "delivered" } else { "failed" };
                assert_eq!(record["status"], status, "{name}");
            });
        }
    });
}

/// A port where connections wait forever: its queue is full, and none is accepted.
fn full_port() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // A second call shortens the queue.
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
    let waiting: Vec<TcpStream> = std::iter::from_fn(connect).take(64).collect();
    (listener, waiting, address)
}

#[cfg(target_os = "linux")] // Other systems drop unread data when the connection is reset.
#[test]
fn a_response_is_read_though_the_receiver_has_stopped_reading_the_payload() {
    let args = ["release", "created", "--version", "1.0.0", "--notes-file", "notes.md"];
    let test = test().env("BUILDHOOK_TIMEOUT", "10s").file("notes.md", "x".repeat(8 << 20));
    let finished = test.endpoint(&[Reply::Early(413)]).args(&args).run().status(3).stderr("413");
    assert_eq!(finished.records[0]["delivery_attempts"], 1);
}

#[cfg(target_os = "linux")] // Other systems refuse the connection or have a longer queue.
#[test]
fn a_connection_that_never_completes_times_out() {
    let (_listener, _waiting, address) = full_port();
    let finished = test().endpoint_at(&format!("http://{address}/")).args(&["triggered"]).run().status(3);
    finished.stderr("no connection within 0.5 s; check the URL and any firewall");
}

#[test]
fn a_refusing_proxy_is_reported_without_its_password() {
    let proxy = Receiver::start(&[Reply::Status(403)]);
    let address = proxy.url().replace("http://", "http://user:proxy-password@").replace("/hooks", "");
    let test = test().env("HTTPS_PROXY", address).endpoint_at("https://hooks.example/");
    let finished = test.args(&["triggered"]).run().status(3).stderr("proxy refused the connection; ");
    assert!(!finished.stderr.contains("proxy-password"), "{}", finished.stderr);
    assert!(proxy.requests()[0].line.starts_with("CONNECT hooks.example:443 "));
}

#[test]
fn an_unreachable_ipv6_address_does_not_matter_if_there_is_another() {
    // `localhost` has an IPv6 address too, where the receiver does not listen.
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let url = receiver.url().replace("127.0.0.1", "localhost");
    test().endpoint_at(&url).args(&["triggered"]).run().status(0);
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let url = format!("http://[::1]:{}/", listener.local_addr().unwrap().port());
    drop(listener);
    test().endpoint_at(&url).args(&["triggered"]).run().status(3).stderr("connection refused");
}

#[test]
fn the_command_ends_at_its_deadline_whatever_the_endpoints_do() {
    let (_listener, _waiting, address) = full_port();
    let mut test = test()
        .env("BUILDHOOK_TIMEOUT", "1h")
        .env("BUILDHOOK_RETRIES", "20")
        .env("BUILDHOOK_DEADLINE", "2s")
        .endpoint(&[Reply::Never])
        .endpoint(&[Reply::EndlessBody])
        .endpoint(&[Reply::EndlessHeaders])
        .endpoint(&[Reply::Slow("HTTP/1.1 200 OK\r\n\r\n")])
        .endpoint(&[Reply::ResetAtOnce])
        .endpoint(&[Reply::Status(500)])
        .endpoint(&[Reply::Headers(503, "retry-after: 1\r\n")])
        .endpoint(&[Reply::Hang("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")])
        .endpoint_at(&format!("http://{address}/"))
        .endpoint(&[Reply::Status(200)]);
    let silent = Receiver::start(&[Reply::Silent]);
    test = test.endpoint_at(&silent.url().replace("http:", "https:"));
    let start = Instant::now();
    let finished = test.args(&["triggered"]).run().status(3);
    assert!(start.elapsed() < Duration::from_secs(3) + SPARE, "{:?}", start.elapsed());
    let delivered = finished.records.iter().filter(|record| record["status"] == "delivered").count();
    assert_eq!((finished.records.len(), delivered), (11, 3), "{}", finished.stderr);
}

#[test]
fn unencrypted_urls_cause_one_warning() {
    let proxy = Receiver::start(&[Reply::Status(200)]);
    let address = proxy.url().replace("/hooks", "");
    let test = test()
        .env("HTTP_PROXY", address)
        .env("NO_PROXY", "127.0.0.1")
        .endpoint_at("http://hooks.example/a")
        .endpoint_at("http://hooks.example/b")
        .endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["triggered"]).run();
    assert_eq!(finished.stderr.matches("anyone on the network can read the payload").count(), 1);
    assert!(finished.stderr.contains("warning: hooks.example: "), "{}", finished.stderr);
    let finished = crate::builder::Test::new().endpoint(&[Reply::Status(200)]).args(&["triggered"]).run();
    assert!(!finished.stderr.contains("warning"), "{}", finished.stderr);
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_not_utf8_is_rejected() {
    use std::os::unix::ffi::OsStrExt;

    let test = test().endpoint(&[Reply::Status(200)]).args(&["triggered"]);
    let mut command = test.command();
    command.env("BUILDHOOK_SECRET", std::ffi::OsStr::from_bytes(b"se\xffcret"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("BUILDHOOK_SECRET: expected text in UTF-8"), "{stderr}");
    assert!(test.receiver(0).requests().is_empty(), "an unsigned event was sent");
}
