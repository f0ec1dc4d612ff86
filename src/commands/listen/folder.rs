//! The folder in which requests are saved.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::receive::Received;

/// Longest part of a file's name that comes from the event, in bytes.
const MAX_EVENT_BYTES: usize = 60;

/// A folder with a file for each request, `NUMBER-EVENT.http`, that only its owner can read.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    next: AtomicU64,
}

impl Folder {
    /// Opens a folder, which is created if it is missing. Numbers follow the highest one that is there.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let names = fs::read_dir(&path)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let numbers = names.filter_map(|name| name.split_once('-')?.0.parse::<u32>().ok());
        let last = numbers.max().unwrap_or(0);
        Ok(Self { path, next: AtomicU64::new(u64::from(last) + 1) })
    }

    /// Writes a request as an HTTP file: the request line, the headers and the body as they came. Returns the file's name.
    pub(super) fn save(&self, request: &Received, event: Option<&str>) -> io::Result<String> {
        let (name, mut file) = self.create(&file_part(event.unwrap_or("request")))?;
        let headers: String =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{} {} HTTP/1.1\r\n{headers}\r\n", request.method, request.target);
        file.write_all(head.as_bytes())?;
        file.write_all(&request.body)?;
        Ok(name)
    }

    /// A new file. A file or link that has the name already is left alone.
    fn create(&self, event: &str) -> io::Result<(String, File)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let name = format!("{number:04}-{event}.http");
            match options.open(self.path.join(&name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return Ok((name, result?)),
            }
        }
    }
}

/// The name of an event as a part of a file's name.
fn file_part(event: &str) -> String {
    let permitted = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '.' | '-') => c,
        _ => '-',
    };
    event.chars().take(MAX_EVENT_BYTES).map(permitted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let request = || {
            let mut request = Received::new(vec![("A".into(), "b: c".into())], b"\0{}".to_vec());
            request.method = "POST".into();
            request.target = "/hooks?x=1".into();
            request
        };
        let save = |opened: &Folder, event| opened.save(&request(), event).unwrap();
        let opened = Folder::open(path.clone()).unwrap();
        assert_eq!(save(&opened, Some("build/finished")), "0001-build-finished.http");
        fs::write(path.join("0002-request.http"), "mine").unwrap();
        assert_eq!(save(&opened, None), "0003-request.http");
        let opened = Folder::open(path.clone()).unwrap();
        assert_eq!(save(&opened, Some("../Ä b.\n")), "0004-..---b.-.http");
        assert!(save(&opened, Some(&"x".repeat(1000))).len() < 80);
        let saved = fs::read(path.join("0001-build-finished.http")).unwrap();
        assert_eq!(saved, b"POST /hooks?x=1 HTTP/1.1\r\nA: b: c\r\n\r\n\0{}");
        assert_eq!(fs::read(path.join("0002-request.http")).unwrap(), b"mine");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(path.clone()), mode(path.join("0003-request.http"))), (0o700, 0o600));
        }
    }
}
