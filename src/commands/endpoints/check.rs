//! `endpoints --check`: whether each endpoint is reachable.

use anyhow::Result;
use jiff::Timestamp;

use crate::delivery::{self, Check};
use crate::exit_code::ExitCode;
use crate::report::{Color, Table, date};
use crate::session::Session;
use crate::settings::{Endpoint, Settings};

/// A certificate that expires sooner is worth a warning, in seconds.
const EXPIRES_SOON: i64 = 14 * 86_400;

/// Connects to every active endpoint without sending anything.
pub(in super::super) fn check(session: Session, json: bool) -> Result<ExitCode> {
    let Session { settings, system, console, .. } = session;
    settings.require_endpoints()?;
    let active: Vec<&Endpoint> = settings.endpoints.iter().filter(|endpoint| endpoint.active).collect();
    let Settings { authorities, file_rules, general, .. } = &settings;
    let checks = delivery::check(&active, authorities, file_rules, general.timeout, system);
    if json {
        console.print_json(&serde_json::to_string_pretty(&checks)?);
    } else {
        let table = table(&checks, system.use_color());
        console.print_with(|out| table.write(out));
    }
    for check in &checks {
        if let Some(error) = &check.error {
            console.warning(&format!("{}: {error}", check.endpoint));
        }
        let expires_soon = |until: Timestamp| until.as_second() - system.now().as_second() < EXPIRES_SOON;
        if check.certificate_until.is_some_and(expires_soon) {
            console.warning(&format!("{}: the certificate expires in less than 14 days", check.endpoint));
        }
    }
    let all_reached = checks.iter().all(|check| check.error.is_none());
    Ok(if all_reached { ExitCode::Success } else { ExitCode::Undelivered })
}

fn table(checks: &[Check], use_color: bool) -> Table {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut table = Table::new(&["NAME", "REACHED", "ADDRESS", "TLS", "CERTIFICATE UNTIL", "PROXY", "TOOK"]);
    for check in checks {
        let until = check.certificate_until.map(date);
        let (reached, color) = if check.error.is_none() { ("yes", Color::Green) } else { ("no", Color::Red) };
        table.row(&[
            &check.endpoint,
            reached,
            &or_dash(&check.address),
            &or_dash(&check.tls),
            &or_dash(&until),
            &or_dash(&check.proxy),
            &format!("{} ms", check.duration_ms),
        ]);
        if use_color {
            table.paint(1, color);
        }
    }
    table
}
