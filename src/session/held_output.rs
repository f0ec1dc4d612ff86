//! Output of buildhook while the command runs. It is held until the command has ended, so that nothing appears
//! between its lines.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::report::Console;
use crate::settings::LogLevel;

/// Bytes that are held. More is dropped.
const MAX_BYTES: usize = 1 << 20;

/// Holds output until [`HeldOutput::release`], and passes it on from then on.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldOutput(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_released: bool,
    held: Vec<(Stream, Vec<u8>)>,
    size: usize,
}

#[derive(Debug, Clone, Copy)]
enum Stream {
    Out,
    Err,
}

impl HeldOutput {
    /// A console that prints through this.
    pub(crate) fn console(&self, level: LogLevel) -> Console {
        let writer = |stream| Box::new(Writer { output: self.clone(), stream });
        Console { out: writer(Stream::Out), err: writer(Stream::Err), level, annotates: false }
    }

    /// Prints what is held, in its order, and from now on everything at once.
    pub(crate) fn release(&self) {
        let mut state = self.state();
        state.is_released = true;
        for (stream, bytes) in std::mem::take(&mut state.held) {
            stream.write(&bytes);
        }
        if state.size > MAX_BYTES {
            Stream::Err.write(b"warning: further messages were dropped while the command was running\n");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// An error is ignored, as in [`Console`].
    fn write(self, bytes: &[u8]) {
        let _ = match self {
            Self::Out => io::stdout().write_all(bytes),
            Self::Err => io::stderr().write_all(bytes),
        };
    }
}

struct Writer {
    output: HeldOutput,
    stream: Stream,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.output.state();
        if state.is_released {
            self.stream.write(bytes);
        } else {
            state.size = state.size.saturating_add(bytes.len());
            if state.size <= MAX_BYTES {
                state.held.push((self.stream, bytes.to_vec()));
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
