//! Names in the styles of the languages, from the one snake_case name of the core.

/// `value_per_share` as `ValuePerShare`.
pub(crate) fn pascal(snake: &str) -> String {
    snake.split('_').map(capital).collect()
}

/// `value_per_share` as `valuePerShare`.
pub(crate) fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    words.next().unwrap_or_default().to_owned() + &words.map(capital).collect::<String>()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
