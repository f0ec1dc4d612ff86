//! Few file descriptors, many files, huge files.
