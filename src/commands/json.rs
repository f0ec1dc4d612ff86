//! JSON that a command writes value by value.
//!
//! NOTE: the methods are not inlined, because they have many callers: inlined, they double the size of a report in the program.

use serde_json::{Map, Value};

/// JSON, and the objects and arrays in it that are not complete.
pub(super) struct Json {
    root: Value,
    open: Vec<(&'static str, Value)>,
}

impl Json {
    /// An empty object or array.
    pub(super) fn new(root: Value) -> Self {
        Self { root, open: Vec::new() }
    }

    /// An empty object.
    pub(super) fn object() -> Self {
        Self::new(Value::Object(Map::new()))
    }

    /// Begins an object within the current object or array, which needs no key.
    #[inline(never)]
    pub(super) fn begin(&mut self, key: &'static str) {
        self.open.push((key, Value::Object(Map::new())));
    }

    /// Begins an array.
    #[inline(never)]
    pub(super) fn begin_array(&mut self, key: &'static str) {
        self.open.push((key, Value::Array(Vec::new())));
    }

    /// Ends the object or array that began last.
    #[inline(never)]
    pub(super) fn end(&mut self) {
        if let Some((key, value)) = self.open.pop() {
            self.put(key, value);
        }
    }

    /// A string, or null.
    #[inline(never)]
    pub(super) fn text(&mut self, key: &'static str, text: Option<&str>) {
        self.put(key, text.map_or(Value::Null, |text| Value::String(text.to_owned())));
    }

    /// A number, or null.
    #[inline(never)]
    pub(super) fn number(&mut self, key: &'static str, number: Option<i64>) {
        self.put(key, number.map_or(Value::Null, Value::from));
    }

    /// A boolean.
    #[inline(never)]
    pub(super) fn flag(&mut self, key: &'static str, flag: bool) {
        self.put(key, Value::Bool(flag));
    }

    /// Null.
    pub(super) fn null(&mut self, key: &'static str) {
        self.text(key, None);
    }

    /// An array of strings.
    #[inline(never)]
    pub(super) fn strings(&mut self, key: &'static str, strings: &mut dyn Iterator<Item = &str>) {
        self.put(key, Value::Array(strings.map(Value::from).collect()));
    }

    #[inline(never)]
    fn put(&mut self, key: &str, value: Value) {
        match self.open.last_mut().map_or(&mut self.root, |(_, open)| open) {
            Value::Array(items) => items.push(value),
            Value::Object(map) => {
                map.insert(key.to_owned(), value);
            }
            _ => {}
        }
    }
}

/// The text, with line breaks.
impl std::fmt::Display for Json {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:#}", self.root)
    }
}
