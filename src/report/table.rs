//! Tables with aligned columns.

use std::io;

use super::{printable, shortened_in_the_middle};

/// Longest text in a cell, in characters.
const MAX_CELL_CHARS: usize = 100;

/// A table with headings.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Row, column and color of each colored cell.
    colors: Vec<(usize, usize, Color)>,
}

/// A color for a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// For success.
    Green,
    /// For failure.
    Red,
    /// For anything unfinished.
    Yellow,
}

impl Color {
    /// The text in this color.
    pub fn paint(self, text: &str) -> String {
        format!("{}{text}\x1b[0m", self.start())
    }

    /// The sequence that turns the color on, <https://ecma-international.org/publications-and-standards/standards/ecma-48>.
    fn start(self) -> &'static str {
        match self {
            Self::Green => "\x1b[32m",
            Self::Red => "\x1b[31m",
            Self::Yellow => "\x1b[33m",
        }
    }
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()],
            colors: Vec::new(),
        }
    }

    /// Adds a row. Text is escaped, and shortened if it is too long.
    pub fn row(&mut self, cells: &[&str]) {
        self.rows.push(cells.iter().map(|cell| cell_text(cell)).collect());
    }

    /// Whether it has no rows below its headings.
    pub fn is_empty(&self) -> bool {
        self.rows.len() <= 1
    }

    /// Colors a cell of the last row.
    pub fn paint(&mut self, column: usize, color: Color) {
        self.colors.push((self.rows.len() - 1, column, color));
    }

    /// Writes the table with two spaces between columns and no trailing spaces.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let color = self.colors.iter().find(|(row, at, _)| (*row, *at) == (number, column));
                let (start, end) = color.map_or(("", ""), |(_, _, color)| (color.start(), "\x1b[0m"));
                line.push_str(&format!("{start}{cell:<width$}{end}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn cell_text(text: &str) -> String {
    shortened_in_the_middle(&printable(text), MAX_CELL_CHARS).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Color, Table};

    #[test]
    fn columns_are_aligned_and_long_cells_shortened() {
        let mut table = Table::new(&["FIELD", "VALUE"]);
        table.row(&["git.branch", "main"]);
        table.row(&["ünï", &format!("{}.apk", "x".repeat(200))]);
        table.paint(0, Color::Red);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "FIELD       VALUE");
        assert_eq!(lines[1], "git.branch  main");
        assert_eq!(lines[2], format!("\x1b[31münï       \x1b[0m  {}…{}.apk", "x".repeat(50), "x".repeat(45)));
    }
}
