//! A page among rows in memory, found by passing over all of them.

use super::{Column, Key, Listed, Listing, Slice};

/// The rows of `items` that a listing wants.
pub(in crate::store) fn window<T: Listed>(items: impl Iterator<Item = T>, listing: &Listing) -> Slice<T> {
    let line = listing.line;
    let holds = |item: &T| {
        listing.equal.iter().all(|(column, value)| item.key(*column).as_ref() == Some(value))
            && listing.prefix.as_ref().is_none_or(|prefix| begins(item.key(line.order[0]), prefix))
    };
    let mut total = 0;
    let mut found: Vec<(Vec<Key>, T)> = Vec::new();
    for item in items.filter(holds) {
        total += 1;
        let keys = keys(&item, line.order);
        let follows = listing
            .position
            .as_ref()
            .is_none_or(|position| if listing.rises() { keys > position.keys } else { keys < position.keys });
        if follows {
            found.push((keys, item));
        }
    }
    let order = |a: &(Vec<Key>, T), b: &(Vec<Key>, T)| if listing.rises() { a.0.cmp(&b.0) } else { b.0.cmp(&a.0) };
    let wanted = listing.skip + listing.size + 1;
    if found.len() > wanted {
        found.select_nth_unstable_by(wanted, order);
        found.truncate(wanted);
    }
    found.sort_unstable_by(order);
    let found = found.into_iter().skip(listing.skip).map(|(_, item)| item).collect();
    Slice::of(found, listing, listing.total.then_some(total))
}

fn begins(key: Option<Key>, prefix: &str) -> bool {
    matches!(key, Some(Key::Text(text)) if text.starts_with(prefix))
}

/// What an item holds in the columns of an order; none of them is ever empty.
pub(super) fn keys<T: Listed>(item: &T, order: &[Column]) -> Vec<Key> {
    order.iter().filter_map(|column| item.key(*column)).collect()
}
