//! For tests: examples of every variant of an enum.

/// A list of examples, by variant. A variant without an example does not compile.
macro_rules! every_variant {
    ($type:ty, $($variant:pat => [$($example:expr),+ $(,)?]),+ $(,)?) => {{
        let covers = |value: &$type| match value { $($variant => {})+ };
        let examples = vec![$($($example),+),+];
        examples.iter().for_each(covers);
        $($(assert!(matches!($example, $variant), "{:?} is an example of another variant", $example);)+)+
        examples
    }};
}
