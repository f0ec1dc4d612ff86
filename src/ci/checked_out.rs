//! The checkout of a CI, which need not be the commit that is built.

/// The checkout of a CI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CheckedOut {
    /// The commit that is built, as far as is known.
    #[default]
    Commit,
    /// This merge of a pull request into its target. The second parent is the pull request's head.
    Merge(String),
    /// This commit of a pull request's target. A later step may check out a merge of the head into it.
    Target(String),
    /// Something else, such as the default branch.
    Other,
}
