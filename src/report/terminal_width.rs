//! The width of a terminal.

/// The width of the terminal behind this stream, in characters. `None` if there is none, or it does not report it.
#[cfg(unix)]
pub(super) fn terminal_width(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

#[cfg(not(unix))]
pub(super) fn terminal_width<S>(_stream: S) -> Option<usize> {
    None
}
