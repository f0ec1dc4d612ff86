//! State folders that others wrote: what is read, sent, moved or removed.
