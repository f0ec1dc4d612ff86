//! Secrets: as people paste them, in errors, in responses, in children's environments.

use crate::builder::{SECRET, STANDARD_SECRET, Test};
use crate::receiver::Reply;

fn triggered(variables: &[(&str, &str)]) -> crate::builder::Finished {
    let test = Test::new().endpoint(&[Reply::Status(200)]);
    variables.iter().fold(test, |test, (name, value)| test.env(name, *value)).args(&["triggered"]).run()
}

#[test]
fn a_pasted_secret_signs_as_the_receiver_expects() {
    for (pasted, secret, warning) in [
        (format!("{SECRET}\n"), SECRET, Some("ends with a line break, which is left out")),
        (format!("{SECRET}\r\n"), SECRET, Some("ends with a line break, which is left out")),
        (format!("\u{feff}{SECRET}"), SECRET, Some("begins with a byte order mark, which is left out")),
        (format!("{STANDARD_SECRET}\n"), STANDARD_SECRET, Some("ends with a line break")),
        (format!(" \"{STANDARD_SECRET}\" "), STANDARD_SECRET, Some("has blanks, quotation marks or `v1,`")),
        (format!("v1,{STANDARD_SECRET}"), STANDARD_SECRET, Some("has blanks, quotation marks or `v1,`")),
        (SECRET.to_owned(), SECRET, None),
    ] {
        let finished = triggered(&[("BUILDHOOK_SECRET", &pasted)]).status(0);
        assert_eq!(
            finished.request().signatures(secret).len(),
            if secret == SECRET { 3 } else { 4 },
            "{pasted:?}"
        );
        match warning {
            Some(warning) => assert!(finished.stderr.contains(warning), "{pasted:?}: {}", finished.stderr),
            None => assert!(!finished.stderr.contains("warning"), "{}", finished.stderr),
        }
    }
    // Blanks and quotation marks may be part of any other secret.
    let quoted = format!("\"{SECRET}\"");
    let finished = triggered(&[("BUILDHOOK_SECRET", &quoted)]).status(0);
    assert_eq!(finished.request().signatures(&quoted).len(), 3);
    finished.stderr("starts or ends with blanks or quotation marks, which are part of the key");
}

#[test]
fn numbered_secrets_and_those_of_the_configuration_are_read_alike() {
    let pasted = format!("{STANDARD_SECRET}\r\n");
    let config = "[[endpoint]]\nurl = '${HOOK}'\nname = 'c'\nsecret = '${PASTED}'\n";
    let test = Test::new().endpoint(&[Reply::Status(200)]).endpoint(&[Reply::Status(200)]);
    let hook = test.receiver(0).url();
    let test = test
        .env("BUILDHOOK_SECRET_2", &pasted)
        .env("BUILDHOOK_PREVIOUS_SECRET_2", "whsec_b2xkLXNlY3JldC1vZi10aGUtdGVhbQ==\r\n")
        .env("BUILDHOOK_CONFIG", config)
        .env("HOOK", hook)
        .env("PASTED", &pasted);
    let finished = test.args(&["triggered"]).run().status(0);
    assert_eq!(finished.requests[1][0].signatures(STANDARD_SECRET).len(), 4);
    assert_eq!(finished.requests[1][0].header("webhook-signature").unwrap().split(' ').count(), 2);
    let signed = |request: &crate::receiver::Request| request.header("x-webhook-signature").is_some();
    let from_config = finished.requests[0].iter().find(|request| signed(request)).unwrap();
    assert_eq!(from_config.signatures(STANDARD_SECRET).len(), 4);
    for origin in [
        "BUILDHOOK_SECRET_2 ends",
        "BUILDHOOK_PREVIOUS_SECRET_2 ends",
        "BUILDHOOK_CONFIG line 4 (secret) ends",
    ] {
        assert!(finished.stderr.contains(origin), "{origin}: {}", finished.stderr);
    }
}

#[test]
fn what_the_ci_did_not_replace_is_no_secret_and_no_url() {
    for secret in
        ["$(BUILDHOOK_SECRET)", "${WEBHOOK_SECRET}", "${{ secrets.WEBHOOK_SECRET }}", "***", "************"]
    {
        let finished = triggered(&[("BUILDHOOK_SECRET", secret)])
            .status(2)
            .stderr("BUILDHOOK_SECRET: expected a secret, not ");
        assert!(finished.requests[0].is_empty(), "{secret}");
    }
    for secret in ["$WEBHOOK_SECRET_OF_TEAM", "%WEBHOOK_SECRET_OF_TEAM%"] {
        triggered(&[("BUILDHOOK_SECRET", secret)])
            .status(0)
            .stderr("looks like a variable that was not replaced");
    }
    for url in ["$(BUILDHOOK_URL)", "${BUILDHOOK_URL}", "$BUILDHOOK_URL", "%BUILDHOOK_URL%"] {
        let finished = triggered(&[("BUILDHOOK_URL", url)]).status(0);
        assert!(finished.requests[0].is_empty());
        finished.stderr(&format!(
            "BUILDHOOK_URL is `{url}`, which the CI did not replace; this endpoint is disabled"
        ));
    }
}

#[test]
fn a_previous_secret_that_signs_nothing_is_reported() {
    for (secret, previous, reason) in [
        ("", STANDARD_SECRET, "signs nothing, because there is no secret"),
        (STANDARD_SECRET, STANDARD_SECRET, "is the same as the secret"),
        (STANDARD_SECRET, SECRET, "signs if both secrets begin with `whsec_`"),
        (SECRET, STANDARD_SECRET, "signs if both secrets begin with `whsec_`"),
    ] {
        let finished =
            triggered(&[("BUILDHOOK_SECRET", secret), ("BUILDHOOK_PREVIOUS_SECRET", previous)]).status(0);
        let finished = finished.stderr("BUILDHOOK_PREVIOUS_SECRET ").stderr(reason);
        let signatures = finished.request().header("webhook-signature").unwrap_or_default();
        assert_eq!(signatures.split_whitespace().count(), usize::from(secret == STANDARD_SECRET), "{reason}");
    }
}

#[test]
fn a_short_secret_is_warned_of() {
    for (secret, is_short) in
        [("fifteen-bytes-x", true), ("whsec_c2hvcnQ=", true), ("sixteen-bytes-xx", false)]
    {
        let finished = triggered(&[("BUILDHOOK_SECRET", secret)]).status(0);
        assert_eq!(
            finished.stderr.contains("is shorter than 16 bytes"),
            is_short,
            "{secret}: {}",
            finished.stderr
        );
    }
}

#[test]
fn no_error_contains_the_value_of_a_secret_setting() {
    for (name, value, expected) in [
        ("BUILDHOOK_SECRET", "whsec_very!secret", "character 5 after it is `!`"),
        ("BUILDHOOK_PREVIOUS_SECRET", "whsec_very secret", "character 5 after it is ` `"),
        ("BUILDHOOK_SECRET", "\" \"", "expected a secret, not only blanks and quotation marks"),
        ("BUILDHOOK_URL", "very-secret", "expected a URL that starts with https:// or http://"),
        ("BUILDHOOK_URL", "ftp://very-secret/", "not with another scheme"),
        ("BUILDHOOK_URL", "https:///very-secret", "expected a URL with a host"),
        ("BUILDHOOK_URL", "https://user:very-secret@:80/", "expected a URL with a host"),
        ("BUILDHOOK_URL", "http://very-secret:badport/", "port is a number from 1 to 65535"),
        ("BUILDHOOK_URL", "http://very-secret:-1/", "port is a number from 1 to 65535"),
        ("BUILDHOOK_URL", "http://very-secret:0/", "port is a number from 1 to 65535"),
        ("BUILDHOOK_URL", "http://very-secret:99999/", "port is a number from 1 to 65535"),
        ("BUILDHOOK_URL", "http://very-secret:/", "port is a number from 1 to 65535"),
        ("BUILDHOOK_URL", "http://[::1]:99999/very-secret", "port is a number from 1 to 65535"),
        ("BUILDHOOK_HEADERS", "very secret", "expected headers as `Name: value`"),
        ("BUILDHOOK_HEADERS", "X-Key: very\u{1}secret", "a one-line value for the header `X-Key`"),
        ("BUILDHOOK_CONFIG", "secret = very-secret\n", "BUILDHOOK_CONFIG line 1: "),
        ("BUILDHOOK_CONFIG", "url = 'very-secret'\nurl = 'very-secret'\n", "BUILDHOOK_CONFIG line 2: "),
        ("BUILDHOOK_CONFIG", "[[endpoint]]\nurl = \"very-secret", "BUILDHOOK_CONFIG line 2: "),
        ("BUILDHOOK_CONFIG", "[[endpoint]]\nurl = 'http://very-secret:0/'", "BUILDHOOK_CONFIG line 2 (url)"),
        ("BUILDHOOK_CONFIG", "[[endpoint]]\nheaders = ['very-secret']\nurl='http://a/'", "line 2 (headers)"),
    ] {
        let finished = triggered(&[(name, value)]).status(2);
        assert!(finished.stderr.contains(expected), "{name}={value}: {}", finished.stderr);
        assert!(!finished.stderr.contains("very"), "{name}={value}: {}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    }
}

#[test]
fn a_commit_message_cannot_make_a_second_header() {
    let message = "Fix it\nX-Admin: yes";
    for headers in [
        "headers = 'X-Message: ${MESSAGE}'",
        "headers = \"X-Team: qa\\nX-Message: ${MESSAGE}\"",
        "headers = ['X-Message: ${MESSAGE}']",
        "headers = { X-Message = '${MESSAGE}' }",
    ] {
        let test = Test::new().endpoint(&[Reply::Status(200)]);
        let hook = test.receiver(0).url();
        let config = format!("[[endpoint]]\nurl = '{hook}'\nname = 'c'\n{headers}\n");
        let test = test.without_env("BUILDHOOK_URL").env("BUILDHOOK_CONFIG", config);
        for message in [message, "Fix it\rX-Admin: yes", "Fix it\r\n X-Admin: yes"] {
            let output = test.output(&["triggered"], &[("MESSAGE", message)]);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{headers}: {stderr}");
            assert!(stderr.contains("(headers)") && !stderr.contains("Admin"), "{stderr}");
        }
        let output = test.output(&["triggered"], &[("MESSAGE", "Fix it")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let requests = test.receiver(0).requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].header("x-message"), Some("Fix it"));
    }
}
