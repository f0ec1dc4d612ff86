//! A limit on files that others put into the state folder. They must not keep a command busy.

/// How many bytes of such files a command reads.
const MAX_BYTES: usize = 64 << 20;
/// The smallest size that a file is counted with, because opening it takes time too.
const MIN_FILE_BYTES: usize = 4096;

/// The files of others that a command has read.
#[derive(Debug, Default)]
pub struct ForeignFiles {
    bytes: usize,
}

impl ForeignFiles {
    /// Counts a file of which this many bytes were read.
    pub fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes.max(MIN_FILE_BYTES));
    }

    /// Whether no more of them should be read.
    pub fn are_too_many(&self) -> bool {
        self.bytes > MAX_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::ForeignFiles;

    #[test]
    fn many_small_files_are_too_many_too() {
        for (size, max_count) in [(0, 16_384), (4096, 16_384), (16 << 20, 4)] {
            let mut foreign = ForeignFiles::default();
            for _ in 0..max_count {
                foreign.add(size);
            }
            assert!(!foreign.are_too_many(), "{size}");
            foreign.add(size);
            assert!(foreign.are_too_many(), "{size}");
        }
    }
}
