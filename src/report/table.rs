//! A table of text with aligned columns.

use std::io;

use super::printable;

/// The longest text that a cell shows.
const MAX_CHARS: usize = 100;

/// Rows of cells.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Colours of cells, by row and column.
    colours: Vec<(usize, usize, Colour)>,
}

/// A colour that every terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For what went well.
    Green,
    /// For what did not.
    Red,
    /// For what is not decided.
    Yellow,
}

impl Colour {
    /// The sequence that begins it, <https://www.ecma-international.org/publications-and-standards/standards/ecma-48>.
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
            colours: Vec::new(),
        }
    }

    /// Adds a row. Control characters are written out, long texts are cut.
    pub fn row(&mut self, cells: &[&str]) {
        self.rows.push(cells.iter().map(|cell| shortened(&printable(cell))).collect());
    }

    /// Gives a cell of the last row a colour.
    pub fn paint(&mut self, column: usize, colour: Colour) {
        self.colours.push((self.rows.len() - 1, column, colour));
    }

    /// Writes it, two spaces between columns and none at the end of a line.
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
                let colour = self.colours.iter().find(|(row, at, _)| (*row, *at) == (number, column));
                let (start, end) = colour.map_or(("", ""), |(_, _, colour)| (colour.start(), "\x1b[0m"));
                line.push_str(&format!("{start}{cell:<width$}{end}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{Colour, Table};

    #[test]
    fn columns_are_aligned_and_long_cells_are_cut() {
        let mut table = Table::new(&["FIELD", "VALUE"]);
        table.row(&["git.branch", "main"]);
        table.row(&["ünï", &"x".repeat(200)]);
        table.paint(0, Colour::Red);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "FIELD       VALUE");
        assert_eq!(lines[1], "git.branch  main");
        assert_eq!(lines[2], format!("\x1b[31münï       \x1b[0m  {}…", "x".repeat(99)));
    }
}
