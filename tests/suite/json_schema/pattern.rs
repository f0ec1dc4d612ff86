//! The part of regular expressions that our schemas use: characters, classes and counts, perhaps anchored.

use std::str::Chars;

/// Characters that may follow each other a number of times.
struct Item {
    ranges: Vec<(char, char)>,
    is_negated: bool,
    min: usize,
    max: usize,
}

/// Whether the pattern is found in `text`. Panics at syntax that is not supported.
pub fn is_found(pattern: &str, text: &str) -> bool {
    let (pattern, from_start) = pattern.strip_prefix('^').map_or((pattern, false), |rest| (rest, true));
    let (pattern, to_end) = pattern.strip_suffix('$').map_or((pattern, false), |rest| (rest, true));
    let items = parse(pattern);
    let text: Vec<char> = text.chars().collect();
    let last_start = if from_start { 0 } else { text.len() };
    (0..=last_start).any(|start| begins_with(&items, &text[start..], to_end))
}

fn begins_with(items: &[Item], text: &[char], to_end: bool) -> bool {
    let Some((item, rest)) = items.split_first() else { return !to_end || text.is_empty() };
    let fits =
        |c: &&char| item.ranges.iter().any(|(first, last)| (first..=last).contains(c)) != item.is_negated;
    let count = text.iter().take(item.max).take_while(fits).count();
    (item.min..=count).rev().any(|count| begins_with(rest, &text[count..], to_end))
}

fn parse(pattern: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        assert!(!".()|\\^$".contains(c), "{c} in the pattern {pattern} is not supported");
        let (ranges, is_negated) = if c == '[' { class(&mut chars) } else { (vec![(c, c)], false) };
        let (min, max) = count(&mut chars);
        items.push(Item { ranges, is_negated, min, max });
    }
    items
}

/// The ranges of a class, and whether it begins with `^`.
fn class(chars: &mut Chars) -> (Vec<(char, char)>, bool) {
    let (class, rest) = chars.as_str().split_once(']').expect("a class ends with ]");
    *chars = rest.chars();
    let (class, is_negated) = class.strip_prefix('^').map_or((class, false), |class| (class, true));
    let mut ranges = Vec::new();
    let mut members = class.chars();
    while let Some(first) = members.next() {
        let last = members.as_str().strip_prefix('-').and_then(|rest| rest.chars().next());
        if last.is_some() {
            members.nth(1);
        }
        ranges.push((first, last.unwrap_or(first)));
    }
    (ranges, is_negated)
}

/// How often the characters may follow each other: `+`, `*`, `?`, `{2}`, `{2,}`, `{2,3}`, or else once.
fn count(chars: &mut Chars) -> (usize, usize) {
    let rest = chars.as_str();
    let counts = match rest.chars().next() {
        Some('+') => (1, usize::MAX),
        Some('*') => (0, usize::MAX),
        Some('?') => (0, 1),
        Some('{') => {
            let (numbers, rest) = rest[1..].split_once('}').expect("a count ends with }");
            *chars = rest.chars();
            let (min, max) = numbers.split_once(',').unwrap_or((numbers, numbers));
            return (min.parse().expect("a count"), max.parse().unwrap_or(usize::MAX));
        }
        _ => return (1, 1),
    };
    chars.next();
    counts
}

#[test]
fn patterns_are_found() {
    for (pattern, text, expected) in [
        ("^https?://", "https://example.com", true),
        ("^https?://", "http://example.com", true),
        ("^https?://", "ftp://example.com", false),
        ("^https?://", "see https://example.com", false),
        ("^[0-9a-f]{4}$", "01ef", true),
        ("^[0-9a-f]{4}$", "01e", false),
        ("^[0-9a-f]{4}$", "01ef0", false),
        ("^[0-9a-f]{4}$", "01eg", false),
        ("^[0-9]{2,}:[0-5][0-9]$", "100:59", true),
        ("^[0-9]{2,}:[0-5][0-9]$", "1:59", false),
        ("^[0-9]{1,2}$", "123", false),
        ("^[0-9]+[.]?[0-9]* [KM]?B$", "3.39 MB", true),
        ("^[0-9]+[.]?[0-9]* [KM]?B$", "3 B", true),
        ("^[0-9]+[.]?[0-9]* [KM]?B$", ".3 B", false),
        ("[.][0-9]{6}Z$", "53.000000Z", true),
        ("[.][0-9]{6}Z$", "53Z", false),
        ("^[^.]*Z$", "53Z", true),
        ("^[^.]*Z$", "53.0Z", false),
        ("^[!-~-]+$", "a-b", true),
        ("^[!-~-]+$", "a b", false),
    ] {
        assert_eq!(is_found(pattern, text), expected, "{pattern} in {text}");
    }
}
