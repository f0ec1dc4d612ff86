//! Imports between the top-level modules of the program, the files and folders directly in `src/`: they form no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules that each module imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_do_not_import_each_other_in_circles() {
    let imports = imports_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert!(imports["commands"].contains("session"), "imports are not found: {imports:?}");
    assert_eq!(circle_in(&imports), None, "move what both need into a module below them");
}

#[test]
fn circles_are_found_with_their_names() {
    let graph = |arrows: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (from, to) in arrows {
            imports.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        circle_in(&imports)
    };
    assert_eq!(graph(&[("commands", "event"), ("commands", "ids"), ("event", "ids")]), None);
    let circle =
        graph(&[("commands", "event"), ("event", "ids"), ("ids", "settings"), ("settings", "event")]);
    assert_eq!(circle.unwrap(), "event → ids → settings → event");
}

#[test]
fn imports_are_read_from_code_alone() {
    let source = "//! Like crate::cli.\nuse crate::{ci, event::{Event, EventDetails}};\nfn f() -> crate::ids::Ids {}\n\
        // crate::report\n#[cfg(test)]\nmod tests {\n    use crate::settings;\n}\n";
    assert_eq!(modules_used_by(source), ["ci", "event", "ids"].map(str::to_owned).into());
}

fn imports_in(src: &Path) -> Imports {
    let mut imports = Imports::new();
    for entry in fs::read_dir(src).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut used = BTreeSet::new();
        add_imports(&path, &mut used);
        used.remove(&module);
        imports.entry(module).or_default().extend(used);
    }
    imports
}

fn add_imports(path: &Path, used: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            add_imports(&entry.unwrap().path(), used);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        used.extend(modules_used_by(&fs::read_to_string(path).unwrap()));
    }
}

/// The modules after `crate::`, alone or in braces. Unit tests and documentation may use any module.
fn modules_used_by(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut modules = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        match path.strip_prefix('{') {
            Some(group) => modules.extend(first_names_in_group(group)),
            None => modules.extend(first_name(path)),
        }
    }
    modules
}

fn first_names_in_group(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut start) = (0, Vec::new(), 0);
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.extend(first_name(&group[start..index]));
                start = index + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> Option<String> {
    let path = path.trim_start();
    let end = path.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(path.len());
    Some(path[..end].to_owned()).filter(|name| !name.is_empty())
}

/// The modules of one circle, in the direction of their imports.
fn circle_in(imports: &Imports) -> Option<String> {
    imports
        .keys()
        .find_map(|module| path_back(module, &[module.as_str()], imports))
        .map(|path| path.join(" → "))
}

/// A path from the last module of `path` to `start`, with `start` at both ends.
fn path_back<'a>(start: &'a str, path: &[&'a str], imports: &'a Imports) -> Option<Vec<&'a str>> {
    for next in imports.get(*path.last()?)? {
        if next == start {
            return Some([path, &[start]].concat());
        }
        if !path.contains(&next.as_str())
            && let Some(found) = path_back(start, &[path, &[next.as_str()]].concat(), imports)
        {
            return Some(found);
        }
    }
    None
}
