//! How wide letters are, as far as a picture without a font can know: a little more than in the usual sans-serif fonts, so
//! that what is wrapped here fits there.

/// Width of a text in pixels.
pub(super) fn width(text: &str, size: i32) -> i32 {
    text.chars().map(|letter| i32::from(percent(letter)) * size).sum::<i32>() / 100
}

/// Width of a letter in hundredths of the size.
fn percent(letter: char) -> u8 {
    match letter {
        ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | 'i' | 'j' | 'l' | 'і' | 'ї' | '(' | ')' | '-'
        | '/' => 40,
        'ж' | 'ш' | 'щ' | 'м' | 'ы' | 'ю' | 'ф' | 'җ' | 'm' | 'w' | '–' | '→' | '…' => 92,
        'Ж' | 'Ш' | 'Щ' | 'М' | 'Ы' | 'Ю' | 'Ф' | 'M' | 'W' => 108,
        letter if letter.is_uppercase() => 80,
        _ => 66,
    }
}

/// Words in lines no wider than `most` pixels; a word that is wider has a line of its own.
pub(super) fn wrap(text: &str, size: i32, most: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split_whitespace() {
        let longer = if current.is_empty() { word.to_owned() } else { format!("{current} {word}") };
        if !current.is_empty() && width(&longer, size) > most {
            lines.push(std::mem::replace(&mut current, word.to_owned()));
        } else {
            current = longer;
        }
    }
    if !current.is_empty() {
        lines.push(current);
    }
    lines
}

/// The same, in no more than `lines` lines: what is left over ends in dots.
pub(super) fn wrap_in(text: &str, size: i32, most: i32, lines: usize) -> Vec<String> {
    let mut wrapped = wrap(text, size, most);
    if wrapped.len() > lines {
        wrapped.truncate(lines);
        if let Some(last) = wrapped.last_mut() {
            while width(last, size) + width("…", size) > most && last.pop().is_some() {}
            last.push('…');
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_asked() {
        let text =
            "Алушы туралы сұрау ЖТ МДБ/ЗТ МДБ-ға, сенімхат туралы сұрау БНАЖ-ға шлюз арқылы жіберіледі.";
        let lines = wrap(text, 10, 150);
        assert!(lines.len() > 3 && lines.iter().all(|line| width(line, 10) <= 150), "{lines:?}");
        assert_eq!(lines.join(" "), text, "nothing is lost");
        let short = wrap_in(text, 10, 150, 2);
        assert_eq!(short.len(), 2);
        assert!(short[1].ends_with('…') && width(&short[1], 10) <= 150, "{short:?}");
        assert_eq!(wrap("", 10, 150), Vec::<String>::new());
    }
}
