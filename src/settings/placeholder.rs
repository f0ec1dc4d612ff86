//! Variables that the CI did not replace, such as `$(NAME)` on Azure when the job has no such variable.

/// Whether the value is only a variable in a CI's or a shell's syntax: `$(NAME)`, `${NAME}`, `${{ secrets.NAME }}`.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let inner = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    let inner = inner("${{", "}}").or_else(|| inner("${", "}")).or_else(|| inner("$(", ")"));
    inner.is_some_and(|name| is_name(name.trim()))
}

/// Whether the value looks like one, but may be meant as it is: `$NAME`, `%NAME%`.
pub(super) fn may_be_placeholder(text: &str) -> bool {
    let text = text.trim();
    let name = text.strip_prefix('$').or_else(|| text.strip_prefix('%')?.strip_suffix('%'));
    name.is_some_and(|name| is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase()))
}

fn is_name(text: &str) -> bool {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_name_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_were_not_replaced_are_recognized() {
        for text in
            ["$(BUILDHOOK_URL)", " ${BUILDHOOK_URL}\n", "${{ secrets.webhook-url }}", "${{secrets.URL}}"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["$BUILDHOOK_URL", "%BUILDHOOK_URL%"] {
            assert!(!is_placeholder(text) && may_be_placeholder(text), "{text}");
        }
        for text in ["", "$", "$()", "$(a b)", "x$(A)", "https://x/$(A)", "$ecret", "%41", "$(A)$(B)"] {
            assert!(!is_placeholder(text) && !may_be_placeholder(text), "{text}");
        }
    }
}
