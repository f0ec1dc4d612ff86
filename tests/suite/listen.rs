//! `listen`, the local receiver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::builder::{OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::receiver::{Receiver, Reply};
use crate::tls_receiver;

/// A program that listens.
struct Listening {
    child: Child,
    lines: mpsc::Receiver<String>,
    port: u16,
    /// Keeps the folder.
    test: Test,
}

impl Listening {
    fn start(test: Test, args: &[&str]) -> Self {
        let (mut child, test) = test.args(&["listen", "--port", "0"]).args(args).start();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut greeting = String::new();
        let mut messages = BufReader::new(child.stderr.take().unwrap());
        messages.read_line(&mut greeting).unwrap();
        let port = greeting.split("localhost:").nth(1).unwrap_or_else(|| panic!("{greeting}"));
        let port = port.split([';', '/']).next().unwrap().parse().unwrap();
        child.stderr = Some(messages.into_inner());
        Self { child, lines, port, test }
    }

    fn url(&self) -> String {
        format!("http://localhost:{}/hooks?x=1", self.port)
    }

    /// Sends an event with these variables.
    fn send(&self, args: &[&str], variables: &[(&str, &str)]) -> i32 {
        let url = self.url();
        let mut test = Test::new().env("BUILDHOOK_URL", url).env("BUILDHOOK_RETRIES", "0");
        for (name, value) in variables {
            test = test.env(name, *value);
        }
        test.args(args).run().status
    }

    /// Sends bytes and returns the answer.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server may answer and close the connection before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn post(&self, headers: &str, body: &str) -> String {
        let length = body.len();
        self.raw(
            format!("POST / HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
                .as_bytes(),
        )
    }

    fn line(&mut self) -> String {
        let line = self.lines.recv_timeout(Duration::from_secs(30));
        line.expect("a line of output").trim_end().to_owned()
    }

    /// Ends the program; returns the rest of its output.
    fn end(mut self) -> String {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            kill_process(Pid::from_raw(self.child.id() as i32).unwrap(), Signal::INT).unwrap();
        }
        #[cfg(not(unix))]
        self.child.kill().unwrap();
        let mut messages = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        let rest: String = self.lines.iter().map(|line| line + "\n").collect();
        let status = self.child.wait().unwrap();
        assert!(cfg!(not(unix)) || status.success(), "{messages}");
        for secret in [SECRET, OTHER_SECRET, STANDARD_SECRET] {
            assert!(!messages.contains(secret) && !rest.contains(secret), "{messages}{rest}");
        }
        messages + &rest
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // After a failure, or again.
        let _ = self.child.kill();
    }
}

fn with_secret() -> Test {
    Test::new().env("BUILDHOOK_SECRET", STANDARD_SECRET)
}

/// A line without its time and repeated blanks.
fn words(line: &str) -> String {
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_event_is_a_line_with_its_signature_and_the_answer() {
    let mut listening = Listening::start(with_secret(), &[]);
    let secret = [("BUILDHOOK_SECRET", STANDARD_SECRET)];
    assert_eq!(listening.send(&["sample", "build/finished", "--case", "failed", "--send"], &secret), 0);
    assert_eq!(words(&listening.line()), "build/finished ✓ signed → 200 example/app #32 failed");
    assert_eq!(listening.send(&["sample", "build.label.added", "--send"], &secret), 0);
    assert_eq!(
        words(&listening.line()),
        "build.label.added ✓ signed → 200 example/app feature/dark-mode app-release.apk with approved"
    );
    listening.send(
        &["sample", "build/triggered", "--case", "tag", "--send"],
        &[("BUILDHOOK_SECRET", OTHER_SECRET)],
    );
    assert_eq!(
        words(&listening.line()),
        "build/triggered ✗ wrong → 200 example/app v1.4.0 in progress wrong secret, or body changed"
    );
    listening.send(&["sample", "build/triggered", "--case", "push", "--send"], &[]);
    assert_eq!(words(&listening.line()), "build/triggered unsigned → 200 example/app main in progress");
    let test = Test::new().env("BUILDHOOK_URL", listening.url()).env("BUILDHOOK_STRICT", "true");
    test.args(&["sample", "build/finished", "--case", "skipped", "--send"]).run().status(0);
    assert!(listening.line().contains("#32  skipped"));
    let rest = listening.end();
    assert!(
        cfg!(not(unix)) || rest.contains("5 requests: 2 signed, 1 with a wrong signature, 2 unsigned\n"),
        "{rest}"
    );
}

#[test]
fn without_a_secret_signatures_are_not_verified() {
    let mut listening = Listening::start(Test::new(), &[]);
    listening.send(&["sample", "build/triggered", "--send"], &[("BUILDHOOK_SECRET", SECRET)]);
    assert!(listening.line().contains("  unverified  → 200"));
    listening.end();
}

#[test]
fn secrets_come_from_every_place_where_the_sender_has_them() {
    let file = format!("[[endpoint]]\nurl = \"\"\nsecret = \"{OTHER_SECRET}\"\n");
    let test = Test::new().env("BUILDHOOK_SECRET_2", SECRET).env("BUILDHOOK_CONFIG", file);
    let mut listening = Listening::start(test.env("BUILDHOOK_PREVIOUS_SECRET", STANDARD_SECRET), &[]);
    for (secret, origin) in [
        (SECRET, "BUILDHOOK_SECRET_2"),
        (OTHER_SECRET, "BUILDHOOK_CONFIG line 3 (secret)"),
        (STANDARD_SECRET, "BUILDHOOK_PREVIOUS_SECRET"),
    ] {
        listening.send(&["sample", "build/triggered", "--send"], &[("BUILDHOOK_SECRET", secret)]);
        let line = listening.line();
        assert!(line.ends_with(&format!("   with {origin}")), "{line}");
    }
    listening.end();
}

#[test]
fn a_changed_body_and_an_old_timestamp_are_distinguished() {
    let mut listening = Listening::start(with_secret(), &[]);
    let dry = with_secret().env("BUILDHOOK_URL", "http://localhost:1/").args(&[
        "sample",
        "build/triggered",
        "--dry-run",
        "--show-signatures",
    ]);
    let finished = dry.run().status(0);
    let (headers, body) = finished.stdout.split_once("\n\n").unwrap();
    let body = body.trim_end();
    let headers: String = headers.lines().skip(1).map(|line| format!("{line}\r\n")).collect();
    listening.post(&headers, &format!("{body}\n"));
    let line = listening.line();
    assert!(
        line.contains("✗ wrong") && line.ends_with("  body changed: it has white space behind it"),
        "{line}"
    );
    let pretty: Value = serde_json::from_str(body).unwrap();
    listening.post(&headers, &serde_json::to_string_pretty(&pretty).unwrap());
    let line = listening.line();
    assert!(line.ends_with("  body changed: it was parsed and written again as JSON"), "{line}");
    // The official example of Standard Webhooks.
    let id = "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\nwebhook-timestamp: 1614265330\r\n";
    let signed = format!("{id}webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n");
    listening.post(&signed, r#"{"test": 2432232314}"#);
    let line = listening.line();
    assert!(line.contains("  timestamp too old: ") && line.ends_with(" days (limit 5 minutes)"), "{line}");
    listening.end();
}

#[test]
fn the_answer_is_the_one_that_was_asked_for() {
    for (respond, status, shown) in
        [("401", 3, "→ 401"), ("500", 3, "→ 500"), ("202", 0, "→ 202"), ("reset", 3, "→ reset")]
    {
        let mut listening = Listening::start(Test::new(), &["--respond", respond]);
        assert_eq!(listening.send(&["sample", "build/triggered", "--send"], &[]), status, "{respond}");
        let line = listening.line();
        assert!(line.contains(shown), "{line}");
        listening.end();
    }
    let listening = Listening::start(Test::new(), &["--respond", "slow"]);
    let variables = [("BUILDHOOK_TIMEOUT", "500ms")];
    assert_eq!(listening.send(&["sample", "build/triggered", "--send"], &variables), 3);
    listening.end();
    Test::new()
        .args(&["listen", "--respond", "100"])
        .run()
        .status(2)
        .stderr("expected a status from 200 to 599");
}

#[test]
fn requests_are_forwarded_as_they_came() {
    let receiver = Receiver::start(&[Reply::Body(202, "queued".to_owned()), Reply::Status(401)]);
    let mut listening = Listening::start(with_secret(), &["--forward", &receiver.url()]);
    let secret = [("BUILDHOOK_SECRET", STANDARD_SECRET)];
    assert_eq!(listening.send(&["sample", "build/finished", "--send"], &secret), 0);
    let line = listening.line();
    assert!(line.contains("→ 202") && line.contains("   in ") && line.ends_with(": queued"), "{line}");
    assert_eq!(listening.send(&["sample", "build/finished", "--send"], &secret), 3);
    assert!(listening.line().contains("  → 401  "));
    listening.end();
    let requests = receiver.requests();
    assert_eq!(requests[0].signatures(STANDARD_SECRET).len(), 4);
    assert_eq!(requests[0].header("x-webhook-event"), Some("build/finished"));

    let refusing = Receiver::refusing();
    let mut listening = Listening::start(Test::new(), &["--forward", &refusing]);
    assert_eq!(listening.send(&["sample", "build/finished", "--send"], &[]), 3);
    let line = listening.line();
    assert!(line.contains("  → 502  ") && line.contains("   cannot forward: "), "{line}");
    listening.end();
    Test::new()
        .args(&["listen", "--forward", "localhost:3000"])
        .run()
        .status(2)
        .stderr("--forward: expected a URL");
}

#[test]
fn requests_for_other_hosts_and_of_other_pages_are_refused() {
    let listening = Listening::start(Test::new(), &["--allow-host", "tunnel.example"]);
    let request = |headers: &str| {
        listening.raw(format!("POST / HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n").as_bytes())
    };
    for host in [
        "localhost",
        "LOCALHOST:1234",
        "127.0.0.1:80",
        "127.1.2.3",
        "[::1]:80",
        "localhost.",
        "tunnel.example",
        "Tunnel.Example:443",
    ] {
        let answer = request(&format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[::2]",
        "10.0.0.1",
        "",
        "0.0.0.0",
    ] {
        let answer = request(&format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{host}: {answer}");
    }
    assert!(request("").starts_with("HTTP/1.1 403 "));
    for (origin, status) in [("https://evil.example", 403), ("null", 403), ("http://localhost:3000", 200)] {
        let answer = request(&format!("Host: localhost\r\nOrigin: {origin}\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}: {answer}");
    }
    let answer = listening.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    let answer = request("Host: localhost\r\nHost: localhost\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let whole = "POST http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    assert!(listening.raw(whole.as_bytes()).starts_with("HTTP/1.1 403 "));
    listening.end();
    let finished = Test::new().args(&["listen", "--allow-host", "https://tunnel.example"]).run();
    finished.status(2).stderr("expected a host name without scheme and port, such as tunnel.example");
}

#[test]
fn broken_requests_are_refused_and_others_still_answered() {
    let mut listening = Listening::start(Test::new(), &[]);
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\n";
    let many = (0..101).map(|number| format!("h{number}: x\r\n")).collect::<String>();
    for (bytes, status) in [
        ("garbage\r\n\r\n".to_owned(), "400"),
        (format!("{head}Content-Length: many\r\n\r\n"), "400"),
        (format!("{head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), "400"),
        (format!("{head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"), "400"),
        (format!("{head}Transfer-Encoding: gzip\r\n\r\nabc"), "400"),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), "400"),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"), "400"),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\n-1\r\n"), "400"),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), "413"),
        (format!("{head}Content-Length: 26214401\r\n\r\n"), "413"),
        (format!("{head}Content-Length: 99999999999999999999999\r\n\r\n"), "413"),
        (format!("{head}{many}\r\n"), "431"),
        (format!("{head}x: {}\r\n\r\n", "y".repeat(70_000)), "431"),
    ] {
        let answer = listening.raw(bytes.as_bytes());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{}: {answer}",
            &bytes[..bytes.len().min(100)]
        );
    }
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\nX-Webhook-Event: a\r\n\r\n2;x=y\r\n{{}}\r\n0\r\nTrailer: x\r\n\r\n"
    );
    assert!(listening.raw(chunked.as_bytes()).starts_with("HTTP/1.1 200 "));
    assert!(words(&listening.line()).starts_with("a unsigned → 200"));
    let expecting = format!("{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{{}}");
    assert!(listening.raw(expecting.as_bytes()).starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "));
    listening.end();
}

#[test]
fn slow_and_silent_clients_hold_up_no_one() {
    let mut listening = Listening::start(Test::new(), &[]);
    let silent: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(("127.0.0.1", listening.port)).unwrap()).collect();
    for stream in &silent[..100] {
        (&*stream)
            .write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26214400\r\n\r\nx")
            .unwrap();
    }
    let start = Instant::now();
    for number in 0..20 {
        let answer = listening.post(&format!("X-Webhook-Event: {number}\r\n"), "{}");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(words(&listening.line()).starts_with(&number.to_string()));
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(silent);
    listening.end();
}

#[test]
fn hostile_text_stays_text() {
    let mut listening = Listening::start(Test::new(), &["--verbose"]);
    let body = r#"{"event":"\u001b[31m::error::x","git":{"src_branch":"\u001b]0;x\u0007"}}"#;
    listening.post("X-Other: ::set-output name=a::b\r\n", body);
    let line = listening.line();
    assert!(line.contains(r"\u{1b}[31m") && line.contains(r"\u{1b}]0;x\u{7}"), "{line}");
    let rest = listening.end();
    assert!(!rest.contains('\u{1b}'), "{rest}");
    assert!(rest.contains("X-Other: ::set-output") && !rest.contains("\n::"), "{rest}");
}

#[test]
fn each_request_is_a_line_of_json_for_programs() {
    let mut listening = Listening::start(with_secret(), &["--json", "--verbose"]);
    listening.send(&["sample", "build/finished", "--send"], &[("BUILDHOOK_SECRET", STANDARD_SECRET)]);
    let line: Value = serde_json::from_str(&listening.line()).unwrap();
    for (key, value) in [
        ("event", "build/finished"),
        ("repository", "example/app"),
        ("branch", "feature/dark-mode"),
        ("result", "success"),
        ("method", "POST"),
        ("path", "/hooks?x=1"),
    ] {
        assert_eq!(line[key], value, "{line}");
    }
    assert_eq!((&line["pull_request"], &line["tag"]), (&Value::from(32), &Value::Null));
    assert_eq!(line["id"].as_str().unwrap().len(), 36);
    assert_eq!((&line["signed"], &line["status"]), (&Value::from(true), &Value::from(200)));
    assert_eq!(line["signatures"].as_array().unwrap().len(), 4, "{line}");
    let body = line["body"].as_str().unwrap();
    assert_eq!(line["size_bytes"], body.len());
    assert!(
        line["headers"].as_array().unwrap().iter().any(|header| header[0] == "x-webhook-event"),
        "{line}"
    );
    listening.end();
}

#[test]
fn a_port_in_use_is_an_error_with_a_way_out() {
    let listening = Listening::start(Test::new(), &[]);
    let port = listening.port.to_string();
    let finished = Test::new().args(&["listen", "--port", &port]).run();
    finished.status(1).stderr(&format!("cannot listen on port {port}; choose another one with --port"));
    listening.end();
    // Where there is IPv6.
    let Ok(other) = TcpListener::bind("[::1]:0") else { return };
    let port = other.local_addr().unwrap().port().to_string();
    let finished = Test::new().args(&["listen", "--port", &port]).run().status(1);
    finished.stderr(&format!("another process listens on [::1]:{port}"));
}

#[test]
fn refused_requests_are_shown_with_the_time() {
    let mut listening = Listening::start(Test::new(), &["--json"]);
    listening.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let line: Value = serde_json::from_str(&listening.line()).unwrap();
    assert_eq!(line["refused"], "the method is GET; events are posted; answered 405");
    assert!(line["time"].as_str().unwrap().ends_with('Z'));
    let rest = listening.end();
    assert!(cfg!(not(unix)) || rest.contains("0 requests; 1 refused\n"), "{rest}");

    let listening = Listening::start(Test::new(), &[]);
    listening.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let rest = listening.end();
    assert!(
        cfg!(not(unix)) || rest.contains("Z  the method is GET; events are posted; answered 405"),
        "{rest}"
    );
}

#[test]
fn a_body_that_is_not_json_is_marked_and_the_request_line_is_shown() {
    let mut listening = Listening::start(Test::new(), &["--verbose"]);
    listening.post("X-Webhook-Event: a\r\n", "x");
    assert_eq!(words(&listening.line()), "a unsigned → 200 not JSON");
    assert_eq!(listening.line(), "  POST /");
    listening.post("X-Webhook-Event: a\r\n", "payload=%7B%7D");
    assert!(std::iter::repeat_with(|| listening.line()).any(|line| words(&line) == "a unsigned → 200"));
    listening.end();
}

#[test]
fn the_headers_of_a_forwarded_answer_come_back() {
    let headers = "Content-Type: application/json\r\nRetry-After: 7\r\nLocation: /there\r\nX-Other: x\r\n";
    let receiver = Receiver::start(&[Reply::Headers(429, headers)]);
    let url = receiver.url();
    let listening = Listening::start(Test::new(), &["--forward", &url]);
    let answer = listening.post("", "{}").to_ascii_lowercase();
    for header in ["content-type: application/json\r\n", "retry-after: 7\r\n", "location: /there\r\n"] {
        assert!(answer.contains(header), "{answer}");
    }
    assert!(answer.starts_with("http/1.1 429 ") && !answer.contains("x-other"), "{answer}");
    assert_eq!(answer.matches("content-type").count(), 1, "{answer}");
    listening.end();
}

#[cfg(unix)]
#[test]
fn the_summary_counts_what_is_still_being_forwarded() {
    let receiver = Receiver::start(&[Reply::Never]);
    let listening = Listening::start(Test::new(), &["--forward", &receiver.url()]);
    let mut stream = TcpStream::connect(("127.0.0.1", listening.port)).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    let start = Instant::now();
    while receiver.requests().is_empty() && start.elapsed() < Duration::from_secs(20) {
        std::thread::yield_now();
    }
    let rest = listening.end();
    assert!(rest.contains("0 requests; 1 still being forwarded\n"), "{rest}");
}

#[test]
fn saved_requests_can_be_verified() {
    let mut listening = Listening::start(with_secret(), &["--json", "--save", "requests"]);
    listening.send(&["sample", "build/finished", "--send"], &[("BUILDHOOK_SECRET", STANDARD_SECRET)]);
    let line: Value = serde_json::from_str(&listening.line()).unwrap();
    assert_eq!(line["saved"], "0001-build-finished.http");
    let file = listening.test.folder().join("requests/0001-build-finished.http");
    let saved = std::fs::read(file).unwrap();
    let test = with_secret().file("request.http", saved);
    let finished = test.args(&["verify", "--headers", "request.http"]).run().status(0);
    assert_eq!(finished.stdout.matches("holds with BUILDHOOK_SECRET\n").count(), 4, "{}", finished.stdout);
    listening.end();
    let test = Test::new().file("taken", "");
    test.args(&["listen", "--port", "0", "--save", "taken"])
        .run()
        .status(1)
        .stderr("cannot save requests in");
}

/// Forwards a request with these headers to a receiver, and returns what arrives there.
fn forwarded(receiver: &Receiver, url: &str, headers: &[u8]) -> crate::receiver::Request {
    let listening = Listening::start(Test::new(), &["--forward", url]);
    let head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
    let answer = listening.raw(&[head, headers, b"\r\n{}"].concat());
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    listening.end();
    receiver.requests().remove(0)
}

#[test]
fn user_and_password_of_the_forward_url_are_sent() {
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let url = receiver.url().replace("http://", "http://lab:p%40ss@");
    let request = forwarded(&receiver, &url, b"Authorization: Bearer other\r\n");
    let sent: Vec<_> = request.headers.iter().filter(|(name, _)| name == "authorization").collect();
    assert_eq!(sent, [&("authorization".to_owned(), "Basic bGFiOnBAc3M=".to_owned())]);
}

#[test]
fn only_the_headers_of_the_connection_are_not_forwarded() {
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let headers = "Accept-Encoding: gzip\r\nProxy-Connection: close\r\nProxy-Authorization: x\r\nHTTP2-Settings: x\r\n\
                   Connection: close, X-Hop\r\nX-Hop: x\r\nX-Kept: J\u{f6}rg\r\nX-Kept: twice\r\n";
    let request = forwarded(&receiver, &receiver.url(), headers.as_bytes());
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "host", "x-kept", "x-kept"]);
    assert_eq!(request.header("x-kept"), Some("J\u{f6}rg"));
}

#[test]
fn what_cannot_be_forwarded_or_returned_as_it_is_has_the_status_502() {
    let receiver = Receiver::start(&[Reply::Status(101)]);
    let mut listening = Listening::start(Test::new(), &["--forward", &receiver.url()]);
    let head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n";
    let answer = listening.raw(&[head, &b"X: \xff\r\n\r\n"[..]].concat());
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert!(listening.line().ends_with("cannot forward: a header is not UTF-8"));
    assert!(receiver.requests().is_empty());
    assert!(listening.post("", "").starts_with("HTTP/1.1 502 "));
    let line = listening.line();
    assert!(line.ends_with("cannot forward: the status 101 is not an answer"), "{line}");
    listening.end();
}

#[test]
fn forwarding_uses_the_timeout_and_the_certificate_authorities_of_the_settings() {
    let hanging = Receiver::start(&[Reply::Never]);
    let test = Test::new().env("BUILDHOOK_TIMEOUT", "300ms");
    let mut listening = Listening::start(test, &["--forward", &hanging.url()]);
    assert!(listening.post("", "").starts_with("HTTP/1.1 502 "));
    let line = listening.line();
    assert!(line.contains("cannot forward: no response within 0.3 s"), "{line}");
    listening.end();

    let url = tls_receiver::start();
    for (name, status) in [("BUILDHOOK_CA_FILE", 200), ("BUILDHOOK_CONFIG", 200), ("OTHER", 502)] {
        let value = if name == "BUILDHOOK_CONFIG" { "ca_file = \"ca.pem\"" } else { "ca.pem" };
        let test = Test::new().file("ca.pem", tls_receiver::CERTIFICATE).env(name, value);
        let listening = Listening::start(test, &["--forward", &url]);
        let answer = listening.post("", "{}");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        listening.end();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_even_if_no_one_reads_the_output() {
    use std::os::unix::process::ExitStatusExt;

    use rustix::process::{Pid, Signal, kill_process};
    let (mut child, _test) = Test::new().args(&["listen", "--port", "0", "--verbose"]).start();
    let mut greeting = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut greeting).unwrap();
    let port = greeting.split("localhost:").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    let body = "x".repeat(60_000);
    let request =
        format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let send = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    // The pipe has room for one, and the queue for more than these.
    for mut stream in (0..40).map(|_| send()).collect::<Vec<_>>() {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.read_exact(&mut [0; 12]).unwrap();
    }
    // Now it is full, so the last of these wait.
    let _waiting: Vec<TcpStream> = (0..40).map(|_| send()).collect();
    kill_process(Pid::from_raw(child.id() as i32).unwrap(), Signal::TERM).unwrap();
    let start = Instant::now();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn large_bodies_are_shown_in_part() {
    let body = "\0".repeat((1 << 20) + 5);
    let mut listening = Listening::start(Test::new(), &["--json", "--verbose"]);
    listening.post("", &body);
    let line: Value = serde_json::from_str(&listening.line()).unwrap();
    assert_eq!(line["body"].as_str().unwrap().len(), 1 << 20);
    assert_eq!(
        (&line["body_truncated"], &line["size_bytes"]),
        (&Value::from(true), &Value::from((1 << 20) + 5))
    );
    listening.post("", "{}");
    let line: Value = serde_json::from_str(&listening.line()).unwrap();
    assert_eq!(line["body_truncated"], false);
    listening.end();

    let mut listening = Listening::start(Test::new(), &["--verbose"]);
    listening.post("", &body.replace('\0', "x"));
    let note = "  … (the first 1048576 of 1048581 bytes)";
    assert!(std::iter::repeat_with(|| listening.line()).take(10).any(|line| line == note));
    // Too large to be indented.
    listening.post("", &format!("[1,{}2]", " ".repeat(256 << 10)));
    assert!(std::iter::repeat_with(|| listening.line()).take(10).any(|line| line.starts_with("  [1,  ")));
    listening.end();
}

#[test]
fn slow_chunked_bodies_hold_no_memory_before_they_are_large() {
    let mut listening = Listening::start(Test::new(), &[]);
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    let slow: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", listening.port)).unwrap();
            stream.write_all(format!("{head}1\r\nx\r\n").as_bytes()).unwrap();
            stream
        })
        .collect();
    let start = Instant::now();
    let body = "y".repeat(200 << 10);
    let chunked = format!("{head}1\r\n{{\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for _ in 0..5 {
        let answer = listening.raw(chunked.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(words(&listening.line()).starts_with("POST of 204801 bytes unsigned"));
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(slow);
    listening.end();
}

#[test]
fn requests_that_break_off_are_reported() {
    let mut listening = Listening::start(Test::new(), &["--json"]);
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\n";
    for start in [
        "POST",
        &format!("{head}Content-Length: 3\r\n\r\n"),
        &format!("{head}Transfer-Encoding: chunked\r\n\r\n"),
        &format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
        &format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", listening.port)).unwrap();
        stream.write_all(start.as_bytes()).unwrap();
        drop(stream);
        let line: Value = serde_json::from_str(&listening.line()).unwrap();
        assert_eq!(line["refused"], "the connection was closed before the request ended", "{start}");
    }
    // One that sends nothing is no request.
    drop(TcpStream::connect(("127.0.0.1", listening.port)).unwrap());
    listening.post("X-Webhook-Event: a\r\n", "{}");
    assert!(listening.line().contains(r#""event":"a""#));
    listening.end();
}
