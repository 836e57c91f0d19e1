//! Characters that show nothing themselves and change what stands around them: a name with them looks like another one, and
//! turns the line in which it is printed.

/// Whether a character controls the text instead of being part of it: controls, line and paragraph separators, marks of
/// direction, blanks without width, and invisible tags.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether a text that somebody typed is no longer than this, and shows all of itself.
#[must_use]
pub fn is_plain(text: &str, max_chars: usize) -> bool {
    text.chars().count() <= max_chars && !text.chars().any(is_hidden)
}

/// The text without such characters, and without blanks around it.
#[must_use]
pub fn without_hidden(text: &str) -> String {
    let shown: String = text.chars().filter(|character| !is_hidden(*character)).collect();
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_other_text_is_hidden_and_letters_of_all_scripts_are_not() {
        let hostile = "АЗС \u{202e}гнитюер\u{2066}\u{200b}\u{feff}\r\n\u{1b}[2J";
        assert_eq!(without_hidden(hostile), "АЗС гнитюер[2J");
        for plain in ["Шашлычная «У Ашота» № 5", "מקום", "駅", "É — 50 %", "⛽\u{fe0f}"]
        {
            assert_eq!(without_hidden(plain), plain);
        }
        assert_eq!(without_hidden(" \u{200b} "), "");
    }
}
