//! Sources and uses of a deal: where the money comes from and where it goes, as two stacks of one scale.

use std::fmt::Write as _;

use super::axis::{Axis, Range};
use super::format::{Format, UNDEFINED};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::{Emphasis, Table};
use super::text::fitted;

const TOP: f64 = 30.0;
/// Height of the two lines of a label.
const LABEL: f64 = 34.0;
const LEAST_HEIGHT: f64 = 260.0;
const BAR: f64 = 104.0;
const BETWEEN: f64 = 56.0;
/// Length of the line from a segment to its label.
const LEADER: f64 = 18.0;
const SHADES: [&str; 3] = ["accent", "soft", "pale"];

/// An amount with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct FundsItem {
    /// A name people read.
    pub name: String,
    /// The amount; one below zero hangs under the line.
    pub amount: f64,
}

/// Where the money of a deal comes from and where it goes.
#[derive(Clone, Debug)]
pub struct SourcesAndUses<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// Where it comes from, from the top; items of nothing are left out.
    pub sources: &'a [FundsItem],
    /// Where it goes, from the top; items of nothing are left out.
    pub uses: &'a [FundsItem],
    /// How amounts are written.
    pub format: Format,
}

/// One of the two stacks.
struct Stack<'a> {
    heading: &'static str,
    items: Vec<&'a FundsItem>,
    /// Left end of the bars.
    x: f64,
    /// Side on which labels stand.
    anchor: Anchor,
}

/// What a stack reaches below and above zero; not finite when the sums are too large.
struct Reach {
    below: f64,
    above: f64,
}

impl Stack<'_> {
    fn reach(&self) -> Reach {
        let finite = || self.items.iter().map(|item| item.amount).filter(|amount| amount.is_finite());
        Reach {
            below: finite().filter(|amount| *amount < 0.0).sum(),
            above: finite().filter(|amount| *amount > 0.0).sum(),
        }
    }

    fn total(&self) -> f64 {
        self.items.iter().map(|item| item.amount).sum::<f64>() + 0.0
    }

    /// From and to of each item's segment: positive ones from the top down to zero, then the others.
    fn segments(&self) -> Vec<(f64, f64)> {
        let reach = self.reach();
        let (mut above, mut below) = (reach.above, 0.0);
        let segment = |item: &&FundsItem| {
            let next = if item.amount > 0.0 { &mut above } else { &mut below };
            let from = *next;
            *next = if item.amount > 0.0 { from - item.amount } else { from + item.amount };
            (from, *next)
        };
        self.items.iter().map(segment).collect()
    }
}

impl SourcesAndUses<'_> {
    /// Draws both stacks.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let stacks = self.stacks();
        let most = stacks.iter().map(|stack| stack.items.len()).max().unwrap_or(0);
        let bottom = TOP + LEAST_HEIGHT.max(most as f64 * LABEL);
        let reaches = stacks.iter().map(Stack::reach);
        let range = Range::over(reaches.flat_map(|reach| [reach.below, reach.above]).chain([0.0]));
        let heights = Axis::new(range, bottom, TOP);
        for stack in &stacks {
            let middle = stack.x + BAR / 2.0;
            let total = format!("{} {}", stack.heading, self.format.show(stack.total()));
            let room = BAR + BETWEEN - 6.0;
            canvas.text("strong", Anchor::Middle, middle, TOP - 12.0, &fitted(&total, 12.0, room));
            self.stack(&mut canvas, stack, &heights, bottom);
        }
        let zero = heights.at(0.0);
        let from = WIDTH / 2.0 - BETWEEN / 2.0 - BAR - 8.0;
        canvas.line("base", from, zero, WIDTH - from, zero);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 12.0)
    }

    fn stacks(&self) -> [Stack<'_>; 2] {
        let given = |items: &mut dyn Iterator<Item = _>| {
            let mut items: Vec<&FundsItem> = items.filter(|item: &&FundsItem| item.amount != 0.0).collect();
            // What hangs below zero stands below, so that labels follow their segments down the page.
            items.sort_by_key(|item| item.amount < 0.0);
            items
        };
        let (sources, uses) = (given(&mut self.sources.iter()), given(&mut self.uses.iter()));
        let middle = WIDTH / 2.0;
        [
            Stack { heading: "Sources", items: sources, x: middle - BETWEEN / 2.0 - BAR, anchor: Anchor::End },
            Stack { heading: "Uses", items: uses, x: middle + BETWEEN / 2.0, anchor: Anchor::Start },
        ]
    }

    fn stack(&self, canvas: &mut Canvas, stack: &Stack<'_>, heights: &Axis, bottom: f64) {
        let total = stack.total();
        let reach = stack.reach();
        let is_drawn = reach.below.is_finite() && reach.above.is_finite();
        if !is_drawn {
            canvas.hatch(stack.x, TOP, BAR, bottom - TOP);
        }
        let segments = stack.segments();
        let middles: Vec<f64> =
            segments.iter().map(|(from, to)| f64::midpoint(heights.at(*from), heights.at(*to))).collect();
        let labels = spread(&middles, LABEL, TOP, bottom);
        let (edge, direction) = if stack.anchor == Anchor::End { (stack.x, -1.0) } else { (stack.x + BAR, 1.0) };
        let at = edge + direction * (LEADER + 6.0);
        let room = if stack.anchor == Anchor::End { at } else { WIDTH - at };
        for (index, item) in stack.items.iter().enumerate() {
            let amount = self.format.show(item.amount);
            let share = item.amount / total;
            let amount = if share.is_finite() && total > 0.0 && item.amount > 0.0 {
                // A share below one in a hundred keeps a digit.
                let decimals = usize::from(share < 0.01);
                format!("{amount} · {}", Format::percent(decimals).show(share))
            } else {
                amount
            };
            if is_drawn && item.amount.is_finite() {
                let (from, to) = (heights.at(segments[index].0), heights.at(segments[index].1));
                let class = if item.amount < 0.0 { "loss" } else { SHADES[index % SHADES.len()] };
                // Neighbours stay apart by a hair of paper, unless they are thinner than that.
                let gap = if to - from > 2.0 { 1.0 } else { 0.0 };
                canvas.titled_rect(class, stack.x, from, BAR, to - from - gap, &format!("{}: {amount}", item.name));
            }
            let y = labels[index];
            canvas.line("fine", edge + direction * 2.0, middles[index], edge + direction * LEADER, y);
            canvas.text("", stack.anchor, at, y - 2.0, &fitted(&item.name, 12.0, room));
            canvas.text("small muted", stack.anchor, at, y + 12.0, &fitted(&amount, 11.0, room));
        }
    }

    fn description(&self) -> String {
        let mut text = String::new();
        for stack in self.stacks() {
            let _ = write!(text, "{} {}:", stack.heading, self.format.show(stack.total()));
            for (index, item) in stack.items.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(text, "{comma} {} {}", item.name, self.format.show(item.amount));
            }
            text.push_str(". ");
        }
        text.trim_end().to_owned()
    }

    fn table(&self) -> Table {
        let mut table = Table::new("").headings(["", "Amount", "Share"]);
        for stack in self.stacks() {
            let total = stack.total();
            table.push(Emphasis::Heading, [stack.heading]);
            for item in &stack.items {
                let share = item.amount / total;
                let share = if share.is_finite() { Format::percent(1).show(share) } else { UNDEFINED.into() };
                table.push(Emphasis::Plain, [item.name.clone(), self.format.show(item.amount), share]);
            }
            table.push(Emphasis::Total, ["Total".to_owned(), self.format.show(total)]);
        }
        table
    }
}

/// Places of labels of one height, each as near to its wish as the others let it, in their order
/// down the page and between `top` and `bottom` if there is room for all.
fn spread(wishes: &[f64], height: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let least = places.last().map_or(top + height / 2.0, |last| last + height);
        places.push(wish.max(least));
    }
    // What was pushed over the bottom moves up, and pushes those above it.
    let mut most = bottom - height / 2.0;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - height;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart_and_inside() {
        assert_eq!(spread(&[50.0, 52.0, 54.0], 20.0, 0.0, 100.0), [50.0, 70.0, 90.0]);
        assert_eq!(spread(&[90.0, 95.0, 99.0], 20.0, 0.0, 100.0), [50.0, 70.0, 90.0]);
        assert_eq!(spread(&[0.0, 99.0], 20.0, 0.0, 100.0), [10.0, 90.0]);
    }

    #[test]
    fn segments_stack_from_the_top_and_hang_below_zero() {
        let item = |amount| FundsItem { name: "x".into(), amount };
        let items = [item(60.0), item(0.0), item(-10.0), item(40.0)];
        let picture = SourcesAndUses { title: "", sources: &items, uses: &[], format: Format::number(0) };
        let [sources, uses] = picture.stacks();
        assert_eq!(sources.segments(), [(100.0, 40.0), (40.0, 0.0), (0.0, -10.0)]);
        assert_eq!((sources.total(), uses.total()), (90.0, 0.0));
    }
}
