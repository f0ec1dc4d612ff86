//! The names of files for people.

use std::path::{Path, PathBuf};

use crate::repeated::Repeated;

/// The name of each file, or its path within `folder` if others have the same name.
pub fn shown_names(paths: &[PathBuf], folder: &Path) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = paths.iter().map(name).collect();
    let repeated = Repeated::among(names.clone());
    let within = |path: &Path| path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let shown = |(name, path): (String, &PathBuf)| if repeated.contains(&name) { within(path) } else { name };
    names.into_iter().zip(paths).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_same_name_show_their_paths() {
        let paths = ["/work/b/app.apk", "/work/app.ipa", "/work/a/app.apk", "/other/app.apk", "/work/zz"];
        let expected = ["b/app.apk", "app.ipa", "a/app.apk", "/other/app.apk", "zz"];
        assert_eq!(shown_names(&paths.map(PathBuf::from), Path::new("/work")), expected);
    }
}
