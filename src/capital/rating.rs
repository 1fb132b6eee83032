//! Synthetic rating: a credit spread from interest cover, by a table that the caller supplies
//! (Damodaran, "Investment Valuation", chapter 8). The spread runs trials by lanes.

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot, record, value_of,
};
use crate::number::Number;

record! {
    /// One row of the table.
    pub struct RatingRow {
        /// Least interest cover for this rating.
        pub min_cover: f64 [Domain::NUMBER],
        /// The rating.
        pub rating: String,
        /// Its spread over the risk-free rate.
        pub spread: f64 [Domain::FRACTION],
    }
}

record! {
    /// An interest cover and the table to read it by.
    pub struct SyntheticRating<N> {
        /// Operating profit over interest.
        pub interest_cover: N [Domain::NUMBER],
        /// The ratings, by falling cover.
        pub table: Vec<RatingRow>,
    }
}

record! {
    /// A rating.
    pub struct SyntheticRatingOutput {
        /// The rating.
        pub rating: String,
        /// Its spread.
        pub spread: f64 [Domain::FRACTION],
    }
}

impl SyntheticRating {
    /// Reads the table.
    pub fn value(&self) -> Result<SyntheticRatingOutput, Error> {
        value_of(self)
    }
}

impl Engine for SyntheticRating {
    const SPEC: ModelSpec = ModelSpec {
        name: "synthetic_rating",
        about: "Rating and credit spread from interest cover",
        version: "1.0.0",
        primary: "spread",
        feature: "basic_analytics",
    };

    type Output = SyntheticRatingOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.table.is_empty() {
            problems.refuse("table", serde_json::json!([]), "at least one row");
        }
        for (i, pair) in self.table.windows(2).enumerate() {
            if pair[1].min_cover >= pair[0].min_cover {
                problems.refuse(
                    format!("table[{}].min_cover", i + 1),
                    pair[1].min_cover,
                    format!("below that of the row before ({})", pair[0].min_cover),
                );
            }
        }
    }

    fn compute(&self) -> Result<SyntheticRatingOutput, Error> {
        let row = self.table.iter().find(|row| self.interest_cover >= row.min_cover);
        row.map(|row| SyntheticRatingOutput { rating: row.rating.clone(), spread: row.spread })
            .ok_or_else(|| no_rating(self.interest_cover))
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots: SyntheticRating<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByLanes::boxed(slots, std::mem::take(numbers), &["spread"], outputs)
    }
}

fn no_rating(interest_cover: f64) -> Error {
    Error::undefined("rating", format!("interest cover {interest_cover} is below every row of the table"))
}

impl Formula for SyntheticRating<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "lane code")]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let cover = self.interest_cover.of(numbers);
        let (mut spread, mut fault) = (N::constant(0.0), N::constant(1.0));
        // From the worst rating to the best: the last one reached counts.
        for row in self.table.iter().rev() {
            let least = N::constant(row.min_cover);
            spread = cover.if_less(least, spread, N::constant(row.spread));
            fault = cover.if_less(least, fault, N::constant(0.0));
        }
        outputs[0] = spread;
        fault
    }

    fn error(&self, _: u8, numbers: &[f64]) -> Error {
        no_rating(self.interest_cover.of(numbers))
    }
}
