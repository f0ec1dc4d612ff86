//! Facts under headings: a label, a value and where the value comes from, aligned and wrapped to the width of the terminal.

use std::io;

use super::wrap::{output_width, wrapped};
use super::{printable, shortened};
use crate::system::System;

/// The width of the labels, with the blanks around them, in characters.
const LABEL_WIDTH: usize = 18;
/// The narrowest column of values that have a source.
const MIN_VALUE_WIDTH: usize = 20;
/// The widest such column.
const MAX_VALUE_WIDTH: usize = 60;

/// Sections of facts.
#[derive(Debug, Default)]
pub struct FactSheet {
    sections: Vec<Section>,
    width: usize,
    use_color: bool,
}

#[derive(Debug)]
struct Section {
    title: &'static str,
    text: String,
    facts: Vec<Fact>,
}

#[derive(Debug)]
struct Fact {
    label: &'static str,
    value: String,
    source: String,
}

impl FactSheet {
    /// An empty sheet, as wide as the terminal of stdout.
    pub fn new(system: &System) -> Self {
        Self { sections: Vec::new(), width: output_width(), use_color: system.use_color() }
    }

    /// Begins a section with the text of these parts. Text is escaped, here and in facts.
    #[inline(never)]
    pub fn section(&mut self, title: &'static str, text: &[&str]) {
        let text = printable(&text.concat()).into_owned();
        self.sections.push(Section { title, text, facts: Vec::new() });
    }

    /// Adds a fact of these parts to the last section.
    #[inline(never)]
    pub fn fact(&mut self, label: &'static str, value: &[&str]) {
        self.sourced(label, &value.concat(), "");
    }

    /// Adds a fact with its source, which must be a single line: the value is shortened to fit.
    pub fn sourced(&mut self, label: &'static str, value: &str, source: &str) {
        let [value, source] = [value, source].map(|text| printable(text).into_owned());
        if let Some(section) = self.sections.last_mut() {
            section.facts.push(Fact { label, value, source });
        }
    }

    /// Writes the sections, with empty lines between them.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for (number, section) in self.sections.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            let title = format!("{:LABEL_WIDTH$}", section.title);
            self.write_wrapped(&self.styled(&title, "\x1b[1m"), &section.text, out)?;
            let value_width = self.value_width(section);
            for Fact { label, value, source } in &section.facts {
                let label = format!("  {label:<0$}", LABEL_WIDTH - 2);
                if source.is_empty() {
                    self.write_wrapped(&label, value, out)?;
                } else {
                    let value = shortened(value, value_width);
                    let source = self.styled(source, "\x1b[2m");
                    writeln!(out, "{label}{value:<value_width$}  {source}")?;
                }
            }
        }
        Ok(())
    }

    /// The width of the values that have a source.
    fn value_width(&self, section: &Section) -> usize {
        let sourced = || section.facts.iter().filter(|fact| !fact.source.is_empty());
        let longest = |length: fn(&Fact) -> usize| sourced().map(length).max().unwrap_or(0);
        let source = longest(|fact| fact.source.chars().count());
        let free = self.width.saturating_sub(LABEL_WIDTH + 2 + source);
        longest(|fact| fact.value.chars().count()).min(free.clamp(MIN_VALUE_WIDTH, MAX_VALUE_WIDTH))
    }

    fn styled(&self, text: &str, start: &str) -> String {
        if self.use_color { format!("{start}{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Writes text behind a label. Further lines are indented like the first.
    fn write_wrapped(&self, label: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let mut start = label;
        let blank = " ".repeat(LABEL_WIDTH);
        for part in wrapped(text, self.width.saturating_sub(LABEL_WIDTH)) {
            writeln!(out, "{}", [start, part].concat().trim_end())?;
            start = &blank;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::FactSheet;

    fn written(sheet: &FactSheet) -> String {
        let mut out = Vec::new();
        sheet.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn facts_are_aligned_wrapped_and_escaped() {
        let mut sheet = FactSheet { sections: Vec::new(), width: 60, use_color: false };
        sheet.section("CI", &["Lab", " CI"]);
        sheet.sourced("branch", "ma\u{1b}in", "LAB_BRANCH");
        sheet.sourced("commit", &"x".repeat(90), "LAB_COMMIT");
        sheet.section("State", &["/folder"]);
        sheet.fact("lasts", &[&"twelve chars ".repeat(5)]);
        let expected = "CI                Lab CI\n\
            \x20 branch          ma\\u{1b}in                      LAB_BRANCH\n\
            \x20 commit          xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  LAB_COMMIT\n\
            \n\
            State             /folder\n\
            \x20 lasts           twelve chars twelve chars twelve chars\n\
            \x20                 twelve chars twelve chars\n";
        assert_eq!(written(&sheet), expected);
        sheet.use_color = true;
        assert!(written(&sheet).contains("\u{1b}[2mLAB_BRANCH\u{1b}[0m"));
    }
}
