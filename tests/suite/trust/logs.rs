//! Text of outsiders that reaches a log in the CI's own commands.
